//! Made-up contents for 申請状況 and its forms.

use askama::Template;

use revocation_desk::domain::calendar::Calendar;
use revocation_desk::domain::problem::Problem;
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::parts::{Link, Serial, SiteNames, StatusLabel, Tone};
use revocation_desk::views::portal::business_months::{BusinessMonths, Limits};
use revocation_desk::views::portal::requests::{
    CallBandPage, Change, ConfirmPage, ConflictPage, ConflictRow, Consequences, ContactPage, CsrPage, Fact, FormFrame,
    HistoryEntry, IssuedCertificate, KeyCompromisePage, Replacement, RequestHead, RequestPage, RequestRow,
    RequestedOnPage, RequestsPage, RoleChoice, Todo,
};

use super::portal::chrome;
use super::{T, at, day, label};

const HREF: &str = "/portal/requests/RQ-260806-0182";

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let late = [Problem::on("requested_on", "date_change_too_late").with("desk_tel", "0120-000-000")];
    let phone = [Problem::on("phone", "phone_mobile_only"), Problem::on("name", "text_missing")];
    vec![
        ("portal-requests", list(rows(), rows()).render()),
        ("portal-requests-empty", list(Vec::new(), Vec::new()).render()),
        ("portal-request", request().render()),
        ("portal-request-urgent", urgent().render()),
        ("portal-request-date", requested_on(&[]).render()),
        ("portal-request-date-late", requested_on(&late).render()),
        ("portal-request-band", call_band().render()),
        ("portal-request-contact", contact(&[]).render()),
        ("portal-request-contact-refused", contact(&phone).render()),
        ("portal-request-compromise", key_compromise().render()),
        ("portal-request-csr", csr(&[Problem::on("csr", "csr_private_key")]).render()),
        ("portal-request-confirm", confirm(false).render()),
        ("portal-request-withdrawal", confirm(true).render()),
        ("portal-request-conflict", conflict().render()),
    ]
}

fn names() -> SiteNames {
    SiteNames::new(T, "shop.example.jp", 2)
}

fn head() -> RequestHead {
    RequestHead { reception_number: "RQ-260806-0182".to_owned(), ev: true, names: names() }
}

fn form(problems: &[Problem]) -> FormFrame {
    FormFrame { head: head(), csrf: "csrf-token".to_owned(), version: 3, errors: FieldErrors::of(T, problems) }
}

fn scheduled() -> StatusLabel {
    label("calendar-days", Tone::Hold, "予定　12/8(火)にお電話します")
}

fn rows() -> Vec<RequestRow> {
    let row = |number: &str, status: StatusLabel, requested_on: &str| RequestRow {
        reception_number: number.to_owned(),
        ev: true,
        names: names(),
        status,
        filed_on: "2026/08/06".to_owned(),
        requested_on: requested_on.to_owned(),
    };
    vec![
        row("RQ-260806-0182", scheduled(), "2026/12/08(火)"),
        row("RQ-261123-0007", label("shield-alert", Tone::Bad, "至急　24時間以内に失効します"), "24時間以内"),
    ]
}

fn list(open: Vec<RequestRow>, closed: Vec<RequestRow>) -> RequestsPage {
    let older = (!closed.is_empty()).then(|| "/portal/requests?before=17".to_owned());
    RequestsPage { chrome: chrome(), open: Some(open), closed, older }
}

fn fact(label: &str, value: &str, note: &str) -> Fact {
    Fact { label: label.to_owned(), value: value.to_owned(), note: note.to_owned() }
}

fn request() -> RequestPage {
    let todo = |text: &str| Todo { text: text.to_owned(), link: None };
    let change = |icon, path: &str, label: &str, note: &str| Change {
        icon,
        link: Link::new(format!("{HREF}/{path}"), label),
        note: note.to_owned(),
    };
    let entry = |hour, icon, text: &str, by: &str| HistoryEntry {
        at: at(hour, 0),
        icon,
        text: text.to_owned(),
        by: by.to_owned(),
    };
    RequestPage {
        chrome: chrome(),
        head: head(),
        status: scheduled(),
        urgent: None,
        next: vec![
            "2026年12月8日(火)に、申請責任者の例田 一郎様へお電話で確認し、再発行元証明書を失効します。".to_owned(),
        ],
        todo: vec![todo(T.s("request.todo.install")), todo(T.s("request.todo.wait"))],
        facts: vec![
            fact("コモンネーム", "shop.example.jp ほか2件", ""),
            fact("失効希望日", "2026/12/06(日)", ""),
            fact("お電話する日", "2026/12/08(火)", "2026年12月6日(日)は電話窓口の休業日です。"),
        ],
        replacement: Replacement {
            status: label("circle-check", Tone::Ok, "発行済み"),
            issued: Some(IssuedCertificate {
                period: "2026/11/17 – 2027/06/03".to_owned(),
                serial: Serial::new("1f63a1b2c3d4e5f60718293a4b5ce290"),
                downloads: vec![
                    Link::new("/portal/certificates/RQ-260806-0182/certificate.pem", "証明書（PEM）"),
                    Link::new("/portal/certificates/RQ-260806-0182/certificate.p7b", "中間証明書つき（PKCS#7）"),
                ],
            }),
        },
        changes: vec![
            change(
                "calendar-days",
                "requested_on",
                "失効希望日を変更する",
                "いまの失効希望日は 2026年12月6日(日) です。",
            ),
            change("ban", "withdrawal", "お申し込みを取り下げる", T.s("request.change.withdrawal_note")),
        ],
        deadline: Some("2026年12月7日(月) 18:00まで、この画面でお手続きいただけます。".to_owned()),
        history: vec![
            entry(11, "phone-missed", T.s("request.history.call_no_answer"), ""),
            entry(10, "calendar-days", "失効希望日を2026/12/06(日)に変更しました。", "例文 花 様"),
            entry(9, "file-text", T.s("request.history.filed"), "窓口"),
        ],
    }
}

/// A compromise whose CSR is to come.
fn urgent() -> RequestPage {
    RequestPage {
        status: label("shield-alert", Tone::Bad, "至急　24時間以内に失効します"),
        urgent: Some("2026年11月25日(水) 10:00までに失効します".to_owned()),
        todo: vec![Todo {
            text: T.s("request.todo.csr").to_owned(),
            link: Some(Link::new(format!("{HREF}/csr"), T.s("request.todo.csr_link"))),
        }],
        replacement: Replacement { status: label("file-text", Tone::Wait, "CSRの提出待ち"), issued: None },
        changes: Vec::new(),
        deadline: None,
        ..request()
    }
}

fn requested_on(problems: &[Problem]) -> RequestedOnPage {
    let limits = Limits {
        today: day(2026, 11, 24),
        first: day(2026, 11, 24),
        last: day(2027, 4, 1),
        chosen: Some(day(2026, 12, 8)),
    };
    RequestedOnPage {
        chrome: chrome(),
        form: form(problems),
        current: "2026年12月8日(火)".to_owned(),
        hint: T.f("request.date.hint", &[("from", &"2026年11月24日(火)"), ("to", &"2027年4月1日(木)")]),
        requested_on: "2026-12-08".to_owned(),
        first_day: "2026-11-24".to_owned(),
        last_day: "2027-04-01".to_owned(),
        months: BusinessMonths::new(T, &Calendar::shipped(), limits, None),
    }
}

fn call_band() -> CallBandPage {
    let bands = ["any", "morning", "early_afternoon", "late_afternoon"];
    let choice = |band| Choice::new(band, T.s(&format!("call_band.{band}")), band == "morning");
    let lead = [("day", "2026年12月8日(火)"), ("role", "申請責任者"), ("name", "例田 一郎")];
    let lead: Vec<(&str, &(dyn std::fmt::Display + Sync))> =
        lead.iter().map(|(name, value)| (*name, value as &(dyn std::fmt::Display + Sync))).collect();
    CallBandPage {
        chrome: chrome(),
        form: form(&[]),
        lead: T.f("request.band.lead", &lead),
        bands: bands.into_iter().map(choice).collect(),
    }
}

fn contact(problems: &[Problem]) -> ContactPage {
    ContactPage {
        chrome: chrome(),
        form: form(problems),
        under_way: vec![vec![
            "2026年11月20日(金)に、新しい手続き担当者として後任 薫 様のお申し出を受け付けました。".to_owned(),
            T.s("request.contact.open_stage_received").to_owned(),
        ]],
        late: Some(T.f("request.contact.late", &[("day", &"2026年11月25日(水)")])),
        roles: vec![RoleChoice {
            choice: Choice::new("application_responsible", "申請責任者", true),
            note: "いまのご登録: 例田 一郎 様（電話番号 末尾4182）　失効の確認のお電話を差し上げる方".to_owned(),
        }],
        name: String::new(),
        name_kana: "こうにん かおる".to_owned(),
        department: "情報システム部".to_owned(),
        email: "kaoru@example.jp".to_owned(),
        phone: "090-0000-1111".to_owned(),
    }
}

fn meaning() -> Vec<String> {
    ["request.compromise.no_call", "request.compromise.final", "request.compromise.old_key"]
        .map(|key| T.s(key).to_owned())
        .to_vec()
}

fn key_compromise() -> KeyCompromisePage {
    KeyCompromisePage { chrome: chrome(), form: form(&[]), consequences: meaning(), ground: String::new() }
}

fn csr(problems: &[Problem]) -> CsrPage {
    CsrPage { chrome: chrome(), form: form(problems), csr: String::new() }
}

fn confirm(grave: bool) -> ConfirmPage {
    let heading = T.s("request.withdrawal.meaning").to_owned();
    ConfirmPage {
        chrome: chrome(),
        form: form(&[]),
        title: T.s(if grave { "request.withdrawal.title" } else { "request.date.title" }).to_owned(),
        consequences: grave.then(|| Consequences { heading, sentences: meaning() }),
        rows: vec![
            fact("失効希望日（いま）", "2026年12月8日(火)", ""),
            fact("お電話する日", "2026年12月14日(月)", "2026年12月12日(土)は電話窓口の休業日です。"),
        ],
        hidden: vec![("requested_on".to_owned(), "2026-12-12".to_owned())],
        action: format!("{HREF}/requested_on"),
        button: T.s(if grave { "request.withdrawal.button" } else { "request.date.button" }).to_owned(),
        grave,
        has_form: !grave,
    }
}

fn conflict() -> ConflictPage {
    ConflictPage {
        chrome: chrome(),
        form: form(&[]),
        changed: Some("11/24(火) 10:00に窓口が更新しました。".to_owned()),
        rows: vec![ConflictRow {
            label: "失効希望日".to_owned(),
            before: "2026/12/08(火)".to_owned(),
            now: "2026/12/15(火)".to_owned(),
        }],
        typed: vec![("新しい失効希望日".to_owned(), "2026年12月10日(木)".to_owned())],
        hidden: vec![("requested_on".to_owned(), "2026-12-10".to_owned())],
        again: Some(format!("{HREF}/requested_on")),
    }
}
