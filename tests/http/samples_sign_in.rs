//! Made-up contents of the pages around the log-in of staff.

use askama::Template;

use revocation_desk::domain::problem::Problem;
use revocation_desk::messages::Texts;
use revocation_desk::views::chrome::{Chrome, Place};
use revocation_desk::views::desk::account::{
    NewPasskeyPage, PasskeyRow, SessionRow, StaffAccountPage, StaffCodeOffPage, StaffEnrolPage, StaffRecoveryPage,
};
use revocation_desk::views::desk::settings::accounts::SsoPage;
use revocation_desk::views::form::FieldErrors;
use revocation_desk::views::parts::Tone;
use revocation_desk::views::portal::qr::QrPicture;
use revocation_desk::views::session::LoginPage;
use revocation_desk::views::sign_in::{CodePage, LeavePage, ProofPage};

use crate::samples::{label, login};

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let wrong = || Problem::on("code", "confirmation_code_refused");
    let used = || Problem::on("recovery", "recovery_code_refused");
    let password = || Problem::on("proof_password", "password_current_wrong");
    vec![
        ("login-ways", every_way(&[]).render()),
        ("login-sso-refused", every_way(&[Problem::new("sso_refused")]).render()),
        ("login-code", code(&[]).render()),
        ("login-code-wrong", code(&[wrong()]).render()),
        ("login-code-used", code(&[used()]).render()),
        ("proof", proof(&[]).render()),
        ("proof-wrong", proof(&[password()]).render()),
        ("proof-sso", ProofPage { by_sso: true, ..proof(&[]) }.render()),
        ("proof-sso-of-another", ProofPage { by_sso: true, ..proof(&[Problem::new("sso_of_another")]) }.render()),
        ("proof-leave", leave().render()),
        ("account", account(true).render()),
        ("account-bare", account(false).render()),
        ("account-code", enrol(false, &[]).render()),
        ("account-code-required", enrol(true, &[]).render()),
        ("account-code-wrong", enrol(false, &[wrong()]).render()),
        (
            "account-recovery",
            StaffRecoveryPage { chrome: chrome(), codes: vec![text("abcd-efgh-jkmn-pqrs"); 10] }.render(),
        ),
        ("account-code-off", code_off(&[]).render()),
        ("account-code-off-refused", code_off(&[Problem::new("second_factor_required")]).render()),
        ("account-passkey", passkey(&[]).render()),
        ("account-passkey-refused", passkey(&[Problem::on("name", "passkey_name_invalid")]).render()),
        ("settings-sso", sso(true).render()),
        ("settings-sso-off", sso(false).render()),
    ]
}

fn chrome() -> Chrome {
    crate::samples::chrome(Place::Preferences)
}

fn text(value: &str) -> String {
    value.to_owned()
}

fn every_way(problems: &[Problem]) -> LoginPage {
    LoginPage { sso: Some(text("/login/sso?next=/desk/cases")), passkey: Some(text("{}")), ..login(problems) }
}

fn code(problems: &[Problem]) -> CodePage {
    CodePage {
        t: T,
        product: text("失効デスク"),
        csrf: text("csrf-token"),
        by_code: true,
        passkey: Some(text("{\"challenge\":\"YQ\"}")),
        errors: FieldErrors::of(T, problems),
    }
}

fn proof(problems: &[Problem]) -> ProofPage {
    ProofPage {
        t: T,
        product: text("失効デスク"),
        name: text("管理 恵"),
        login: text("megumi@ca.example"),
        action: text("/desk/settings/users/2/disable"),
        fields: vec![(text("_csrf"), text("csrf-token")), (text("reason"), text("退職 & \"<b>\""))],
        by_code: true,
        by_sso: false,
        passkey: Some(text("{}")),
        back: text("/desk/settings/users/2"),
        errors: FieldErrors::of(T, problems),
    }
}

fn leave() -> LeavePage {
    LeavePage {
        t: T,
        product: text("失効デスク"),
        name: text("管理 恵"),
        back: text("/desk/settings/users/2"),
        url: text("https://login.example.co.jp/authorize?prompt=login&max_age=0"),
    }
}

pub fn sessions() -> Vec<SessionRow> {
    let row = |id: &str, browser: &str, current| SessionRow {
        id: text(id),
        browser: text(browser),
        address: text("192.0.2.7"),
        by: text("パスキー"),
        began: text("11/24(火) 9:01"),
        seen: text("11/24(火) 10:20"),
        current,
    };
    vec![row("a1", "Chrome / Windows", true), row("b2", "Safari / iPhone", false)]
}

fn account(full: bool) -> StaffAccountPage {
    let row = PasskeyRow {
        name: text("事務所のノートPC"),
        created: text("11/02(月) 9:00"),
        used: text("11/24(火) 9:01"),
        removal: text("/desk/account/passkeys/1/removal"),
    };
    StaffAccountPage {
        chrome: chrome(),
        recovery_left: full.then(|| T.f("sign_in.recovery_left", &[("n", &9)])),
        may_add_passkey: full,
        passkeys: if full { vec![row] } else { Vec::new() },
        sessions: sessions(),
        errors: FieldErrors::default(),
    }
}

fn enrol(required: bool, problems: &[Problem]) -> StaffEnrolPage {
    StaffEnrolPage {
        chrome: chrome(),
        required,
        may_add_passkey: true,
        secret: text("ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567"),
        qr: QrPicture::of("otpauth://totp/x:hana?secret=ABCD&issuer=x"),
        errors: FieldErrors::of(T, problems),
    }
}

fn code_off(problems: &[Problem]) -> StaffCodeOffPage {
    StaffCodeOffPage { chrome: chrome(), errors: FieldErrors::of(T, problems) }
}

fn passkey(problems: &[Problem]) -> NewPasskeyPage {
    NewPasskeyPage { chrome: chrome(), options: text("{}"), name: String::new(), errors: FieldErrors::of(T, problems) }
}

fn sso(on: bool) -> SsoPage {
    let key = if on { "settings.sso.on" } else { "settings.sso.off" };
    SsoPage {
        chrome: Chrome { role: revocation_desk::domain::role::Role::Admin, ..crate::samples::chrome(Place::Settings) },
        status: label("circle-check", Tone::Ok, T.s(key)),
        facts: vec![(text(T.s("settings.sso.issuer")), text("https://login.example.co.jp"))],
        may_check: on,
    }
}
