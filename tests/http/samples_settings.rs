//! Made-up contents of the settings.

use askama::Template;

use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::role::Role;
use revocation_desk::messages::Texts;
use revocation_desk::views::chrome::{Chrome, Place};
use revocation_desk::views::desk::settings::accounts::{
    NewTokenForm, NewTokenPage, NewUserForm, NewUserPage, SecretPage, TokenRow, TokensPage, UserDeed, UserPage,
    UserRow, UsersPage,
};
use revocation_desk::views::desk::settings::rules::{
    AuthorityRow, CaPage, CaRatePage, CalendarPage, ClosureForm, ClosureRow, DatedPage, HolidayYear, RuleForm, RuleRow,
    TypedField, ValidityPage, WhatIf,
};
use revocation_desk::views::desk::settings::{Button, ChangeRow, ConfirmPage, Section, SettingsPage, VersionRow};
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::parts::{Link, Tone};

use crate::samples::{guard, label};

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let out_of_range = Problem::on("lease_minutes", "setting_out_of_range").with("from", 1).with("to", 120);
    let before_opening = Problem::on("closes", "hours_end_before_they_begin").with("opens", "10:00");
    let too_long = Problem::on("number", "validity_rule_too_long").with("on", "2027-03-15").with("limit", 100);
    let no_reason = || Problem::on("reason", "change_reason_missing");
    let new_user = [Problem::on("name", "user_name_invalid"), Problem::on("email", "email_invalid"), no_reason()];
    let new_token = [Problem::on("name", "token_name_invalid"), Problem::on("days", "token_lifetime_invalid")];
    let closure = [Problem::on("date", "date_malformed"), Problem::on("file", "holiday_file_missing")];
    vec![
        ("settings", settings().render()),
        ("settings-calls", calls(&[]).render()),
        ("settings-calls-refused", calls(&[out_of_range]).render()),
        ("settings-hours", hours(&[]).render()),
        ("settings-hours-refused", hours(&[before_opening]).render()),
        ("settings-confirm", confirm(&[]).render()),
        ("settings-confirm-refused", confirm(&[no_reason()]).render()),
        ("settings-confirm-overtaken", confirm(&[Problem::new("setting_overtaken")]).render()),
        ("settings-validity", validity(&[]).render()),
        ("settings-validity-refused", validity(&[too_long]).render()),
        ("settings-calendar", calendar(&[]).render()),
        ("settings-calendar-refused", calendar(&closure).render()),
        ("settings-ca", ca(false).render()),
        ("settings-ca-paused", ca(true).render()),
        ("settings-ca-rate", ca_rate(&[]).render()),
        ("settings-ca-rate-refused", ca_rate(&[Problem::on("per_second", "number_malformed")]).render()),
        ("settings-users", users().render()),
        ("settings-user", user(false).render()),
        ("settings-user-own", user(true).render()),
        ("settings-user-new", new_user_page(&[]).render()),
        ("settings-user-new-refused", new_user_page(&new_user).render()),
        ("settings-tokens", tokens(true).render()),
        ("settings-tokens-empty", tokens(false).render()),
        ("settings-token-new", new_token_page(&[]).render()),
        ("settings-token-new-refused", new_token_page(&new_token).render()),
        ("settings-secret", secret().render()),
    ]
}

fn chrome() -> Chrome {
    Chrome { role: Role::Admin, user_name: "管理 恵".to_owned(), ..crate::samples::chrome(Place::Settings) }
}

fn text(value: &str) -> String {
    value.to_owned()
}

fn settings() -> SettingsPage {
    let section = |href, icon, key: &str, what: &str, facts: &[&str], warning: Option<&str>| Section {
        href,
        icon,
        title: T.s(key),
        what: T.s(what),
        facts: facts.iter().map(|fact| text(fact)).collect(),
        warning: warning.map(text),
    };
    SettingsPage {
        chrome: chrome(),
        sections: vec![
            section(
                "/desk/settings/calendar",
                "calendar-days",
                "settings.calendar.title",
                "settings.calendar.what",
                &["国民の祝日は2027年まで登録されています", "これからの臨時休業日 2日"],
                Some("2028年の国民の祝日が登録されていません。"),
            ),
            section(
                "/desk/settings/calls",
                "phone",
                "settings.calls.title",
                "settings.calls.what",
                &["不在 3回まで（2営業日のうちに、60分以上あけて）", "確保 15分（入力があれば最長45分）"],
                None,
            ),
        ],
    }
}

fn history() -> Vec<VersionRow> {
    vec![VersionRow {
        at: text("11/24(火) 10:20"),
        by: text("管理 恵"),
        effective_on: text("2026/11/24(火)"),
        reason: text("年末の混雑に備えるため"),
        status: label("circle-check", Tone::Ok, "適用中"),
    }]
}

fn calls(problems: &[Problem]) -> DatedPage {
    let field = |name, value: &str| TypedField {
        name,
        label: T.s(&format!("settings.calls.field.{name}")),
        hint: T.s(&format!("settings.calls.hint.{name}")),
        value: text(value),
        kind: "text",
        mode: "numeric",
        needed: name != "reminder_business_days",
    };
    DatedPage {
        chrome: chrome(),
        title: T.s("settings.calls.title"),
        href: "/desk/settings/calls",
        guard: guard(),
        fields: vec![
            field("attempts", "3"),
            field("attempts_within_business_days", "2"),
            field("attempts_apart_minutes", "60"),
            field("lease_minutes", "121"),
            field("lease_hard_stop_minutes", "45"),
            field("reminder_business_days", "5, 1"),
            field("window_business_days", "0"),
            field("confirmation_max_age_business_days", "5"),
        ],
        effective_on: text("2026-11-24"),
        planned: Some(T.f("settings.calls.planned", &[("day", &"2026年12月1日(火)")])),
        history: history(),
        errors: FieldErrors::of(T, problems),
    }
}

fn hours(problems: &[Problem]) -> DatedPage {
    let field = |name, kind, value: &str| TypedField {
        name,
        label: T.s(&format!("settings.hours.field.{name}")),
        hint: T.s(&format!("settings.hours.hint.{name}")),
        value: text(value),
        kind,
        mode: "text",
        needed: true,
    };
    DatedPage {
        title: T.s("settings.hours.title"),
        href: "/desk/settings/hours",
        fields: vec![
            field("opens", "time", "10:00"),
            field("closes", "time", "09:30"),
            field("words", "text", "平日 10:00～17:30"),
        ],
        planned: Some(T.f("settings.hours.planned", &[("day", &"2026年12月1日(火)")])),
        ..calls(problems)
    }
}

fn confirm(problems: &[Problem]) -> ConfirmPage {
    ConfirmPage {
        chrome: chrome(),
        title: text(T.s("settings.calls.confirm")),
        back: Link::new("/desk/settings/calls", T.s("settings.calls.title")),
        action: text("/desk/settings/calls"),
        guard: guard(),
        hidden: vec![("lease_minutes", text("20"))],
        effect: text(T.s("settings.calls.effect_now")),
        warnings: vec![text("この日を失効予定日とする案件が3件あります。")],
        changes: vec![ChangeRow::new("案件を確保する時間", "15分", "20分")],
        cut: Some(T.f("settings.calendar.more", &[("n", &12)])),
        reason: String::new(),
        button: Button { icon: "circle-check", label: T.s("settings.save"), danger: false },
        errors: FieldErrors::of(T, problems),
    }
}

fn validity(problems: &[Problem]) -> ValidityPage {
    let rule = |from: &str, value: &str, term: &str, status, removable| RuleRow {
        from: text(from),
        from_value: text(value),
        term: text(term),
        status,
        removable,
    };
    ValidityPage {
        chrome: chrome(),
        guard: guard(),
        rules: vec![
            rule("2020/09/01(火)", "2020-09-01", "13か月−1日", label("clock", Tone::Hold, "終了"), false),
            rule("2026/03/15(日)", "2026-03-15", "199日", label("circle-check", Tone::Ok, "適用中"), false),
            rule("2027/03/15(月)", "2027-03-15", "99日", label("calendar-days", Tone::Wait, "予定"), true),
            rule("2029/03/15(木)", "2029-03-15", "46日", label("calendar-days", Tone::Wait, "予定"), true),
        ],
        what_if: WhatIf {
            issued_on: text("2021-01-10"),
            entitlement_end_on: text("2022-08-10"),
            facts: vec![(text(T.s("settings.validity.not_after")), text("2022年2月9日(水)"))],
            problems: if problems.is_empty() { Vec::new() } else { vec![text("日付を入力してください。")] },
        },
        form: RuleForm { from: text("2027-03-15"), number: text("101"), ..RuleForm::default() },
        kinds: vec![Choice::new("days", T.s("settings.validity.kind_of.days"), true)],
        history: history(),
        errors: FieldErrors::of(T, problems),
    }
}

fn calendar(problems: &[Problem]) -> CalendarPage {
    CalendarPage {
        chrome: chrome(),
        hours: Link::new("/desk/settings/hours", T.s("settings.hours.change")),
        years: vec![HolidayYear {
            label: text("2026年（18日）"),
            open: true,
            days: vec![(text("2026/11/23(月)"), text("勤労感謝の日"))],
        }],
        closures: vec![ClosureRow {
            date: text("2026/12/07(月)"),
            name: text("創立記念日"),
            removal: text("/desk/settings/calendar/closures/2026-12-07/removal"),
        }],
        closure: ClosureForm::default(),
        facts: vec![(text(T.s("settings.calendar.hours")), text("09:00–18:00"))],
        errors: FieldErrors::of(T, problems),
    }
}

fn ca(paused: bool) -> CaPage {
    let (path, key) = if paused { ("resume", "settings.ca.resume") } else { ("pause", "settings.ca.pause") };
    CaPage {
        chrome: chrome(),
        status: label("circle-check", Tone::Ok, "接続中"),
        facts: vec![(text(T.s("settings.ca.kind")), text(T.s("settings.ca.embedded")))],
        authorities: authorities(),
        switch: Link::new(format!("/desk/settings/ca/{path}"), T.s(key)),
        paused,
        history: if paused { history() } else { Vec::new() },
    }
}

fn authorities() -> Vec<AuthorityRow> {
    let row = |name: &str, kind, status, outside: bool| AuthorityRow {
        name: text(name),
        kind,
        issuer: text("CN=例示発行認証局,O=例示認証局株式会社,C=JP"),
        status,
        rate: if outside { T.f("settings.ca.rate_value", &[("n", &10)]) } else { text(T.s("settings.ca.rate_none")) },
        edit: outside.then(|| format!("/desk/settings/ca/rate/{name}")),
        edit_label: T.f("settings.ca.rate_of", &[("name", &name)]),
        check: format!("/desk/settings/ca/check/{name}"),
        check_label: T.f("settings.ca.check_of", &[("name", &name)]),
    };
    let resting = T.f("settings.ca.resting", &[("s", &25)]);
    vec![
        row("own", "embedded", label("circle-check", Tone::Ok, T.s("settings.ca.inside")), false),
        row("main", "cfssl", label("circle-check", Tone::Ok, T.s("settings.ca.well")), true),
        row("reserve", "ejbca", label("ban", Tone::Bad, &resting), true),
    ]
}

fn ca_rate(problems: &[Problem]) -> CaRatePage {
    CaRatePage {
        chrome: chrome(),
        name: text("main"),
        href: text("/desk/settings/ca/rate/main"),
        guard: guard(),
        facts: vec![(text(T.s("settings.ca.name")), text("main"))],
        per_second: text("10"),
        errors: FieldErrors::of(T, problems),
    }
}

fn users() -> UsersPage {
    let row = |name: &str, email: &str, role: &str, status| UserRow {
        href: text("/desk/settings/users/1"),
        name: text(name),
        email: text(email),
        role: text(role),
        factor: text("確認コード・パスキー"),
        status,
        last_login: text("11/24(火) 9:01"),
        created: text("2026/11/02(月)"),
    };
    UsersPage {
        chrome: chrome(),
        rows: vec![
            row("管理 恵", "megumi@ca.example", "管理者", label("circle-check", Tone::Ok, "有効")),
            row("窓口 美咲", "misaki@ca.example", "窓口担当", label("lock", Tone::Wait, "パスワード未設定")),
            row("受付 健", "ken@ca.example", "窓口担当", label("ban", Tone::Hold, "停止")),
        ],
        cut: Some(T.f("settings.cut", &[("n", &200)])),
    }
}

fn user(own: bool) -> UserPage {
    let deed = |path, icon, label: &str, effect: &str| UserDeed { path, icon, label: T.s(label), effect: T.s(effect) };
    UserPage {
        chrome: chrome(),
        href: text("/desk/settings/users/1"),
        name: text("窓口 美咲"),
        status: label("circle-check", Tone::Ok, "有効"),
        facts: vec![(text(T.s("settings.users.email")), text("misaki@ca.example"))],
        locked: own.then(|| text(T.s("settings.users.own"))),
        roles: if own { Vec::new() } else { vec![Choice::new("agent", T.s("role.agent"), true)] },
        deeds: if own {
            Vec::new()
        } else {
            vec![
                deed("password", "lock", "settings.users.reset", "settings.users.reset_effect"),
                deed("factor", "lock", "settings.users.release_factor", "settings.users.release_factor_effect"),
                deed("disable", "ban", "settings.users.disable", "settings.users.disable_effect"),
            ]
        },
        sessions: if own { Vec::new() } else { crate::samples_sign_in::sessions() },
    }
}

fn new_user_page(problems: &[Problem]) -> NewUserPage {
    NewUserPage {
        chrome: chrome(),
        form: NewUserForm::default(),
        roles: vec![Choice::new("agent", T.s("role.agent"), true)],
        errors: FieldErrors::of(T, problems),
    }
}

fn tokens(some: bool) -> TokensPage {
    let row = TokenRow {
        name: text("注文システム"),
        role: text("窓口担当"),
        scopes: text("読み書き"),
        created: text("2026/11/02(月)　管理 恵"),
        expires: text("2027/11/02(火)"),
        status: label("circle-check", Tone::Ok, "有効"),
        revocation: Some(text("/desk/settings/tokens/1/revocation")),
    };
    TokensPage { chrome: chrome(), rows: if some { vec![row] } else { Vec::new() }, cut: None }
}

fn new_token_page(problems: &[Problem]) -> NewTokenPage {
    NewTokenPage {
        chrome: chrome(),
        form: NewTokenForm { days: text("365"), ..NewTokenForm::default() },
        roles: vec![Choice::new("agent", T.s("role.agent"), true)],
        scopes: vec![Choice::new("read", T.s("settings.scope.read"), true)],
        errors: FieldErrors::of(T, problems),
    }
}

fn secret() -> SecretPage {
    SecretPage {
        chrome: chrome(),
        title: T.f("settings.users.created_title", &[("name", &"例文 花")]),
        lead: text(T.s("settings.users.secret_lead")),
        label: T.s("settings.users.one_time_password"),
        secret: text("abcde-fghjk-mnpqr-stuvw"),
        facts: vec![(text(T.s("settings.users.email")), text("hana@ca.example"))],
        back: Link::new("/desk/settings/users/2", "例文 花"),
    }
}
