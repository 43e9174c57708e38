//! Made-up contents for the pages of the application.

use askama::Template;
use chrono::{DateTime, NaiveDate};

use revocation_desk::domain::calendar::Calendar;
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::validity::{ValidityPolicy, replacement_validity};
use revocation_desk::messages::Texts;
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::parts::{Link, Period};
use revocation_desk::views::portal::business_months::{BusinessMonths, Limits};
use revocation_desk::views::portal::chrome::{DeskContact, PortalChrome, PortalUser};
use revocation_desk::views::portal::reissue::{
    AgreementText, Callee, ConfirmCsr, ConfirmDate, ConfirmPage, CsrPage, CsrRead, DateField, Difference, DonePage,
    NewValidity, ReasonPage, ReplacementStatus, ReuseBox, Target,
};
use revocation_desk::views::portal::reissue_picture::ReissuePicture;

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("portal-reason", reason("server_replacement", "2026-12-08", &[]).render()),
        ("portal-reason-closed-day", closed_day().render()),
        ("portal-reason-lost", reason("key_lost_or_damaged", "", &lost()).render()),
        ("portal-reason-compromise", reason("key_compromise", "", &[]).render()),
        ("portal-reason-refused", reason("", "", &nothing()).render()),
        ("portal-csr", csr(&[], "", None).render()),
        ("portal-csr-read", csr(&[], PEM, Some(read())).render()),
        ("portal-csr-refused", csr(&[Problem::on("csr", "csr_private_key")], "", None).render()),
        ("portal-csr-compromise", compromised_csr().render()),
        ("portal-confirm", confirm(&[]).render()),
        ("portal-confirm-shortened", shortened().render()),
        ("portal-confirm-refused", confirm(&[Problem::on("consent", "consent_missing")]).render()),
        ("portal-confirm-compromise", compromised().render()),
        ("portal-done", done().render()),
        ("portal-done-compromise", compromised_done().render()),
    ]
}

fn chrome() -> PortalChrome {
    PortalChrome {
        t: T,
        product: "証明書管理ポータル".to_owned(),
        environment: None,
        user: Some(PortalUser {
            organisation: "例示商事株式会社".to_owned(),
            name: "例文 花".to_owned(),
            csrf: "csrf-token".to_owned(),
        }),
        desk: DeskContact {
            name: "例示認証局 サービスデスク".to_owned(),
            telephone: "0120-000-000".to_owned(),
            hours: "平日 9:00～18:00".to_owned(),
            email: "servicedesk@example.com".to_owned(),
        },
        halted: false,
        flash: None,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn target() -> Target {
    Target {
        reception_number: "RQ-260914-0051".to_owned(),
        common_name: "www.example.jp".to_owned(),
        ev: true,
        validity: "2026/09/14 – 2027/04/01".to_owned(),
        remaining: "残り128日".to_owned(),
        notice: None,
    }
}

fn nothing() -> [Problem; 2] {
    [Problem::on("reason", "reissue_reason_missing"), Problem::on("requested_on", "requested_on_missing")]
}

fn lost() -> [Problem; 1] {
    [Problem::on("key_possibly_exposed", "key_exposure_unanswered")]
}

fn reason(chosen: &str, requested_on: &str, problems: &[Problem]) -> ReasonPage {
    let choice = |value: &str| Choice::new(value, T.s(&format!("mail.reason.{value}")), value == chosen);
    let limits = Limits {
        today: day("2026-11-24"),
        first: day("2026-11-24"),
        last: day("2027-04-01"),
        chosen: requested_on.parse().ok(),
    };
    ReasonPage {
        chrome: chrome(),
        action: "/portal/certificates/RQ-260914-0051/reissue/reason".to_owned(),
        target: target(),
        errors: FieldErrors::of(T, problems),
        reasons: ["server_replacement", "key_lost_or_damaged", "key_compromise", "other"].map(choice).to_vec(),
        exposed: vec![
            Choice::new("yes", T.s("reissue.exposed_yes"), false),
            Choice::new("no", T.s("reissue.exposed_no"), false),
        ],
        requested_on: DateField {
            value: requested_on.to_owned(),
            is_date: true,
            min: "2026-11-24".to_owned(),
            max: "2027-04-01".to_owned(),
            explanations: Vec::new(),
        },
        months: BusinessMonths::new(T, &Calendar::shipped(), limits, None),
        callee: Some(Callee {
            role: "申請責任者（EV証明書）".to_owned(),
            name: "例田 一郎".to_owned(),
            phone: "電話番号 末尾4182".to_owned(),
        }),
    }
}

fn closed_day() -> ReasonPage {
    let mut page = reason("other", "2026-12-29", &[]);
    let moved = Problem::on("requested_on", "requested_on_moved_year_end")
        .with("requested_on", "2026-12-29")
        .with("due_on", "2027-01-04");
    page.requested_on.explanations = vec![T.problem(&moved)];
    page
}

const PEM: &str = "-----BEGIN CERTIFICATE REQUEST-----\nMIHKMHICAQAwEDEOMAwGA1UEAwwFdGVzdDEwWTATBgcqhkjOPQIBBggqhkjOPQMB\n-----END CERTIFICATE REQUEST-----\n";

fn read() -> CsrRead {
    CsrRead {
        common_name: "shop.example.jp".to_owned(),
        key: "ECDSA P-256".to_owned(),
        signature: "SHA-256 with ECDSA".to_owned(),
        key_sha256: "5f0c2e7b9d1a4863c2b7f6a90e3d51847b2c9e60f1a3d5b7089c4e6f2a1b3c5d".to_owned(),
        differences: vec![
            Difference {
                field: "コモンネーム".to_owned(),
                requested: "shop.example.jp".to_owned(),
                source: "www.example.jp".to_owned(),
            },
            Difference {
                field: "部署名（OU）".to_owned(),
                requested: "Web Division".to_owned(),
                source: "なし".to_owned(),
            },
        ],
    }
}

fn csr(problems: &[Problem], typed: &str, read: Option<CsrRead>) -> CsrPage {
    CsrPage {
        chrome: chrome(),
        action: "/portal/certificates/RQ-260914-0051/reissue/csr".to_owned(),
        target: target(),
        errors: FieldErrors::of(T, problems),
        reuse: Some(ReuseBox { checked: false, key: "RSA 2048".to_owned() }),
        no_reuse: None,
        later: None,
        csr: typed.to_owned(),
        read,
    }
}

fn compromised_csr() -> CsrPage {
    CsrPage {
        reuse: None,
        no_reuse: Some(T.s("reissue.no_reuse_key").to_owned()),
        later: Some(false),
        ..csr(&[], "", None)
    }
}

fn confirm(problems: &[Problem]) -> ConfirmPage {
    ConfirmPage {
        chrome: chrome(),
        action: "/portal/certificates/RQ-260914-0051/reissue/confirm".to_owned(),
        reason_href: "/portal/certificates/RQ-260914-0051/reissue/reason".to_owned(),
        csr_href: "/portal/certificates/RQ-260914-0051/reissue/csr".to_owned(),
        target: target(),
        errors: FieldErrors::of(T, problems),
        draft: "1-1".to_owned(),
        reason: T.s("mail.reason.server_replacement").to_owned(),
        reason_note: None,
        date: ConfirmDate {
            text: "2026年12月8日(火)".to_owned(),
            notes: vec![T.f(
                "reissue.callee_on_day",
                &[("day", &"2026年12月8日(火)"), ("role", &"申請責任者"), ("name", &"例田 一郎"), ("tail", &"4182")],
            )],
        },
        csr: ConfirmCsr { text: T.s("reissue.csr_new").to_owned(), key: "ECDSA P-256".to_owned(), read: Some(read()) },
        validity: NewValidity {
            text: "2026/11/24 – 2027/04/01".to_owned(),
            note: T.s("reissue.validity_same").to_owned(),
            picture: None,
        },
        agreement: AgreementText {
            version: "1.0".to_owned(),
            paragraphs: include_str!("../../config/agreement-ja.txt").split("\n\n").map(str::to_owned).collect(),
        },
        warning: T.f("reissue.warning", &[("day", &"12月8日(火)")]),
    }
}

fn shortened() -> ConfirmPage {
    let (today, end) = (day("2021-01-10"), day("2022-08-10"));
    let validity = replacement_validity(&ValidityPolicy::shipped(), today, end).unwrap();
    let source = Period { from: day("2020-08-10"), to: end };
    let mut page = confirm(&[]);
    page.validity = NewValidity {
        text: "2021/01/10 – 2022/02/09".to_owned(),
        note: T.s("reissue.validity_shortened").to_owned(),
        picture: Some(ReissuePicture::new(T, source, today, end, validity)),
    };
    page
}

fn compromised() -> ConfirmPage {
    ConfirmPage {
        reason: T.s("mail.reason.key_compromise").to_owned(),
        date: ConfirmDate {
            text: T.s("reissue.within_24_hours").to_owned(),
            notes: vec![T.s("reissue.no_call").to_owned()],
        },
        csr: ConfirmCsr { text: T.s("reissue.csr_later").to_owned(), key: String::new(), read: None },
        warning: T.s("reissue.warning_compromise").to_owned(),
        ..confirm(&[])
    }
}

fn done() -> DonePage {
    let day = "2026年12月8日(火)";
    DonePage {
        chrome: chrome(),
        reception_number: "RQ-261124-0007".to_owned(),
        common_name: "www.example.jp".to_owned(),
        ev: true,
        date: ConfirmDate { text: day.to_owned(), notes: Vec::new() },
        call: Some(T.f(
            "reissue.call_from",
            &[
                ("day", &day),
                ("role", &"申請責任者"),
                ("name", &"例田 一郎"),
                ("tail", &"4182"),
                ("number", &"0120-000-000"),
            ],
        )),
        mailed_to: vec!["h***@example.jp".to_owned()],
        replacement: ReplacementStatus {
            text: T.s("reissue.issued").to_owned(),
            note: T.s("reissue.issued_note").to_owned(),
            link: Some(Link::new("/portal/certificates/RQ-261124-0007", T.s("reissue.download"))),
            may_change: false,
        },
        next: vec![
            T.f("reissue.next_replace", &[("day", &day)]),
            T.f("reissue.next_call", &[("day", &day)]),
            T.s("reissue.next_revoked").to_owned(),
        ],
        request_href: "/portal/requests/RQ-261124-0007".to_owned(),
    }
}

fn compromised_done() -> DonePage {
    let deadline: DateTime<chrono::Utc> = "2026-11-25T01:00:00Z".parse().unwrap();
    let deadline = revocation_desk::messages::dates::long_instant(T, deadline);
    DonePage {
        date: ConfirmDate {
            text: T.f("reissue.deadline", &[("deadline", &deadline)]),
            notes: vec![T.s("reissue.no_call").to_owned()],
        },
        call: None,
        replacement: ReplacementStatus {
            text: T.s("reissue.waiting_csr").to_owned(),
            note: T.s("reissue.waiting_csr_note").to_owned(),
            link: Some(Link::new("/portal/requests/RQ-261124-0007/csr", T.s("reissue.supply_csr"))),
            may_change: false,
        },
        next: vec![T.s("reissue.next_csr").to_owned(), T.s("reissue.next_replace_now").to_owned()],
        ..done()
    }
}
