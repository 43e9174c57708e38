//! Made-up contents for the customers' pages.

use askama::Template;

use revocation_desk::domain::validity::{ValidityPolicy, replacement_validity};
use revocation_desk::messages::dates;
use revocation_desk::views::chrome::{Flash, FlashKind};
use revocation_desk::views::parts::{Empty, Link, Pager, Period, Serial, SiteNames, StatusLabel, Tone};
use revocation_desk::views::portal::certificate::{
    CertificateFacts, CertificatePage, Compromise, ContactFact, Download, FormOffer, Obstacle, Reissue, RequestRow,
};
use revocation_desk::views::portal::certificates::{CertificateRow, CertificatesFilter, CertificatesPage};
use revocation_desk::views::portal::chrome::{DeskContact, PortalChrome, PortalUser};
use revocation_desk::views::portal::reissue_picture::ReissuePicture;

use super::{T, day, label, tab};

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("portal-certificates", certificates(rows()).render()),
        ("portal-certificates-empty", certificates(Vec::new()).render()),
        ("portal-certificate", certificate(shortened()).render()),
        ("portal-certificate-plain", certificate(plain()).render()),
        ("portal-certificate-unit", certificate(symbols_only()).render()),
        ("portal-certificate-recent", recent().render()),
        ("portal-certificate-in-progress", in_progress().render()),
        ("portal-certificate-ended", ended().render()),
    ]
}

pub fn chrome() -> PortalChrome {
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
            email: "desk@example.com".to_owned(),
        },
        halted: false,
        flash: None,
    }
}

fn certificates(rows: Vec<CertificateRow>) -> CertificatesPage {
    let filter = CertificatesFilter::default();
    CertificatesPage {
        chrome: chrome(),
        tabs: vec![
            tab("有効", 62, false, true),
            tab("手続き中", 3, false, false),
            tab("失効・満了", 18, false, false),
            tab("すべて", 80, false, false),
        ],
        empty: rows.is_empty().then(|| Empty {
            text: T.s("certificate_list.empty").to_owned(),
            link: Some(Link::new("#contact", T.s("certificate_list.contact"))),
        }),
        pager: Pager {
            shown: T.f("list.shown", &[("total", &62), ("n", &rows.len())]),
            previous: None,
            next: Some(filter.page_after("1785974400.412")),
        },
        filter,
        rows,
    }
}

fn rows() -> Vec<CertificateRow> {
    let row = |no: &str, name: &str, others: usize, ev: bool, status: StatusLabel| CertificateRow {
        reception_number: Some(no.to_owned()),
        names: SiteNames::new(T, name, others),
        ev,
        kind: if ev { "EV" } else { "OV" },
        from: "2026/08/06".to_owned(),
        to: "2027/02/20".to_owned(),
        status,
    };
    vec![
        row("RQ-260806-0182", "shop.example.jp", 2, true, label("calendar-days", Tone::Wait, "失効予定 12/8(火)")),
        row("RQ-260802-0021", "*.members.shop.example.jp", 1, false, label("circle-check", Tone::Ok, "有効")),
        row("RQ-260721-0102", "api.shop.example.jp", 0, false, label("clock", Tone::Wait, "新証明書の発行待ち")),
        row(
            "RQ-260610-0007",
            "a-very-long-host-name-for-the-mobile-application.shop.example.jp",
            0,
            false,
            label("shield-alert", Tone::Bad, "至急 11/25(水) 10:00までに失効"),
        ),
        row("RQ-250810-0418", "old.shop.example.jp", 0, false, label("ban", Tone::Bad, "失効済み")),
        row("RQ-250210-0033", "shop.example.jp", 0, true, label("minus", Tone::Hold, "満了")),
    ]
}

/// The manual's example.
fn shortened() -> Reissue {
    let (source, issued_on) = (Period { from: day(2020, 8, 10), to: day(2022, 8, 10) }, day(2021, 1, 10));
    let validity = replacement_validity(&ValidityPolicy::shipped(), issued_on, source.to).unwrap();
    Reissue::Offered {
        notice: Some(T.f("problem.reexamination_needed", &[("validation_expired_on", &"2020年12月20日(日)")])),
        picture: Some(ReissuePicture::new(T, source, issued_on, source.to, validity)),
        regained: None,
    }
}

fn plain() -> Reissue {
    let regained = T.f("certificate_page.regained", &[("end", &dates::long(T, day(2022, 8, 10)))]);
    Reissue::Offered { notice: None, picture: None, regained: Some(regained) }
}

fn symbols_only() -> Reissue {
    let form = |form: &str, asked: bool| FormOffer {
        action: format!("/portal/certificates/RQ-200810-0182/forms/{form}"),
        label: T.s(&format!("desk_form.{form}.ask")),
        asked: asked.then(|| T.f(&format!("desk_form.{form}.asked"), &[("at", &"2021年1月10日(日) 10:00")])),
    };
    Reissue::Refused {
        obstacles: vec![
            Obstacle {
                text: T.f("obstacle.ou_symbols_only", &[("unit", &"‐")]),
                link: None,
                forms: vec![form("new_application", true), form("revocation_application", false)],
            },
            Obstacle {
                text: T.f("obstacle.issued_within_30_days", &[("first_day", &"2021年1月20日(水)")]),
                link: None,
                forms: Vec::new(),
            },
        ],
        ask_the_desk: true,
    }
}

fn certificate(reissue: Reissue) -> CertificatePage {
    let number = "RQ-200810-0182";
    let file = |file: &str, label: &str, note: &str| Download {
        href: format!("/portal/certificates/{number}/{file}"),
        label: T.s(label),
        note: T.s(note),
    };
    CertificatePage {
        chrome: chrome(),
        csrf: "csrf-token".to_owned(),
        reception_number: number.to_owned(),
        status: label("circle-check", Tone::Ok, "有効"),
        names: SiteNames::new(T, "shop.example.jp", 2),
        ev: true,
        kind: "EV",
        period: "2020/08/10 – 2022/08/10".to_owned(),
        remaining: T.f("cert.remaining", &[("n", &577)]),
        reissue,
        open_requests: Vec::new(),
        past_requests: Vec::new(),
        facts: facts(),
        downloads: vec![
            file("certificate.pem", "download.pem", "download.pem_note"),
            file("chain.pem", "download.chain", "download.chain_note"),
            file("certificate.p7b", "download.pkcs7", "download.pkcs7_note"),
            file("certificate.cer", "download.der", "download.der_note"),
        ],
        issuers_unknown: false,
        contacts: vec![
            contact("手続き担当者", "例文 花", "4182", false),
            contact("申請責任者", "例田 一郎", "3390", true),
        ],
        compromise: Compromise::Report { href: "/portal/certificates/RQ-200810-0182/reissue".to_owned() },
    }
}

fn contact(role: &'static str, name: &str, tail: &str, called: bool) -> ContactFact {
    ContactFact { role, name: name.to_owned(), phone: T.f("certificate_page.phone_tail", &[("tail", &tail)]), called }
}

fn facts() -> CertificateFacts {
    CertificateFacts {
        common_name: "shop.example.jp".to_owned(),
        dns_names: ["shop.example.jp", "www.shop.example.jp", "cart.shop.example.jp"].map(str::to_owned).to_vec(),
        organization: "例示商事株式会社".to_owned(),
        period: "2020/08/10(月) – 2022/08/10(水)".to_owned(),
        entitlement: None,
        serial: Serial::new("4a910ce75d22b84f31c6a05e7be2907c3a01d95f"),
        key: "RSA 2048".to_owned(),
        signature: "SHA-256 with RSA".to_owned(),
        issuer: "CN=Example CA G3,O=Example Certification Authority Co., Ltd.,C=JP".to_owned(),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        chain: Vec::new(),
    }
}

fn request(no: &str, status: StatusLabel) -> RequestRow {
    RequestRow {
        reception_number: no.to_owned(),
        href: format!("/portal/requests/{no}"),
        filed: "2021/01/10(日)".to_owned(),
        what: T.s("certificate_page.revokes").to_owned(),
        status,
    }
}

/// A fresh replacement whose term was shortened, of a CA that is not ours.
fn recent() -> CertificatePage {
    let young = Obstacle {
        text: T.f("obstacle.issued_within_30_days", &[("first_day", &"2021年2月10日(水)")]),
        link: None,
        forms: Vec::new(),
    };
    let (end, days) = (dates::long(T, day(2022, 8, 10)), T.days(day(2021, 7, 11), None));
    let entitlement = T.f("certificate_page.entitlement_again", &[("end", &end), ("days", &days)]);
    let source = Link::new("/portal/certificates/RQ-190810-0007", "RQ-190810-0007（2019/08/10 – 2021/08/10）");
    let page = certificate(Reissue::Refused { obstacles: vec![young], ask_the_desk: true });
    CertificatePage {
        facts: CertificateFacts {
            entitlement: Some(entitlement),
            dns_names: (1..=14).map(|n| format!("host{n}.shop.example.jp")).collect(),
            chain: vec![(T.s("reissue_picture.source"), source)],
            ..facts()
        },
        downloads: page.downloads.into_iter().filter(|file| !file.href.ends_with("p7b")).collect(),
        issuers_unknown: true,
        contacts: Vec::new(),
        compromise: Compromise::TellTheDesk,
        ..certificate(page.reissue)
    }
}

fn in_progress() -> CertificatePage {
    let mut chrome = chrome();
    let text = T.s("desk_form.new_application.done").to_owned();
    chrome.flash = Some(Flash { kind: FlashKind::Done, text, next_call: false });
    let text = T
        .f("obstacle.case_in_progress", &[("reception_number", &"RQ-210110-0042"), ("filed_on", &"2021年1月10日(日)")]);
    let link = Link::new("/portal/requests/RQ-210110-0042", T.s("obstacle.see_request"));
    CertificatePage {
        chrome,
        status: label("calendar-days", Tone::Wait, "失効予定 2/8(月)"),
        open_requests: vec![request("RQ-210110-0042", label("calendar-days", Tone::Wait, "失効予定 2/8(月)"))],
        past_requests: vec![request("RQ-201110-0003", label("minus", Tone::Hold, "取り下げ"))],
        compromise: Compromise::Reported { href: "/portal/requests/RQ-210110-0042".to_owned() },
        ..certificate(Reissue::Refused {
            obstacles: vec![Obstacle { text, link: Some(link), forms: Vec::new() }],
            ask_the_desk: false,
        })
    }
}

fn ended() -> CertificatePage {
    let link = Link::new("/portal/certificates/RQ-210110-0042", T.s("obstacle.see_replacement"));
    CertificatePage {
        status: label("ban", Tone::Bad, "失効済み"),
        remaining: String::new(),
        past_requests: vec![request("RQ-210110-0042", label("ban", Tone::Bad, "失効済み"))],
        compromise: Compromise::Over,
        ..certificate(Reissue::Refused {
            obstacles: vec![Obstacle {
                text: T.s("obstacle.certificate_revoked").to_owned(),
                link: Some(link),
                forms: Vec::new(),
            }],
            ask_the_desk: true,
        })
    }
}
