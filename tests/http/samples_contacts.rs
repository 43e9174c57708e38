//! Made-up contents of 連絡先変更 and 代理申請.

use askama::Template;

use revocation_desk::domain::problem::Problem;
use revocation_desk::messages::Texts;
use revocation_desk::views::chrome::Place;
use revocation_desk::views::desk::case::{LeaseBanner, SameKeyRow, Side};
use revocation_desk::views::desk::contacts::{
    AffectedCase, ComparedFact, Comparison, ContactPage, ContactRow, ContactStep, ContactsPage, Decision,
    NewContactPage, SuccessorForm, SuccessorInput,
};
use revocation_desk::views::desk::reissues::{
    AgreementPage, FoundCertificate, ReissueForm, ReissueInput, ReissuePage, ReissueSearchPage,
};
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::parts::{Link, Pager, Pill, PillColor, Serial, SiteNames, Tone};

use crate::samples::{HREF, case, chrome, confirmed, guard, label, people, tab};

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let refused = [
        Problem::on("phone", "phone_malformed"),
        Problem::on("phone_source", "phone_source_missing"),
        Problem::on("verified_on", "verified_on_missing"),
    ];
    let undeclined = [Problem::on("ground", "decline_ground_missing")];
    vec![
        ("contacts", contacts().render()),
        ("contact-verify", contact(verify(), false, &[]).render()),
        ("contact-verify-refused", contact(verify(), false, &refused).render()),
        ("contact-approve", contact(approve(), true, &[]).render()),
        ("contact-approve-refused", contact(approve(), true, &undeclined).render()),
        ("contact-own", contact(own(), true, &[]).render()),
        ("contact-read", contact(ContactStep::Read(T.s("contacts.read_only").to_owned()), true, &[]).render()),
        ("contact-new", new_contact().render()),
        ("reissue-search", search().render()),
        ("reissue", reissue(false, &[]).render()),
        ("reissue-refused", reissue(false, &refusals()).render()),
        ("reissue-compromise-only", reissue(true, &[]).render()),
        ("agreement", agreement().render()),
        ("case-compromise", compromised_case()),
    ]
}

fn contacts() -> ContactsPage {
    let row = |by: &str, successor: &str, ground: &str, stage| ContactRow {
        href: "/desk/contacts/proposals/1".to_owned(),
        at: "11/24(火) 09:41".to_owned(),
        by: by.to_owned(),
        company: "例示商事株式会社".to_owned(),
        role: "手続き担当者".to_owned(),
        former: "例文 花".to_owned(),
        successor: successor.to_owned(),
        ground: ground.to_owned(),
        first_date: "2026/12/08(火)".to_owned(),
        cases: "2件".to_owned(),
        status: stage,
    };
    ContactsPage {
        chrome: chrome(Place::Contacts),
        total: "3件".to_owned(),
        tabs: vec![
            tab("対応待ち", 3, false, true),
            tab("受付", 2, false, false),
            tab("確認中（承認待ち）", 1, false, false),
            tab("承認", 12, false, false),
            tab("差し戻し", 2, false, false),
            tab("すべて", 17, false, false),
        ],
        rows: vec![
            row(
                "お客様のお申し出",
                "例外 次郎",
                "お客様のお申し出（番号は未確認）",
                label("file-text", Tone::Call, "受付"),
            ),
            row(
                "窓口 美咲",
                "髙例 﨑子",
                "法人番号公表サイト（2026/11/24確認）",
                label("user-pen", Tone::Wait, "確認中（承認待ち）"),
            ),
        ],
        pager: Pager { shown: "3件中 2件を表示".to_owned(), previous: None, next: None },
        empty: None,
    }
}

fn contact(step: ContactStep, verified: bool, problems: &[Problem]) -> ContactPage {
    let row = |key: &str, former: &str, proposed: &str, new: &str, number| ComparedFact {
        label: T.s(key).to_owned(),
        former: former.to_owned(),
        proposed: proposed.to_owned(),
        verified: new.to_owned(),
        number,
    };
    ContactPage {
        chrome: chrome(Place::Contacts),
        company: "例示商事株式会社".to_owned(),
        role: "手続き担当者".to_owned(),
        status: label("file-text", Tone::Call, "受付"),
        comparison: Comparison {
            proposed: true,
            verified,
            rows: vec![
                row("contact.name", "例文 花", "例外 次郎", "例外 次郎", false),
                row("contacts.kana", "レイブン ハナ", "レイガイ ジロウ", "レイガイ ジロウ", false),
                row("contacts.department", "情報システム部", "情報システム部", "情報システム部", false),
                row("contacts.email", "hana@example.jp", "jiro@example.jp", "jiro@example.jp", false),
                row("contact.phone", "03-0000-4182", "03-0000-7777", "03-0000-8888", true),
                row("case.phone_source", "登記簿", "", "法人番号公表サイト", false),
                row("contacts.verified", "2026/05/08 受付 健", "", "2026/11/24 窓口 美咲", false),
            ],
        },
        facts: vec![
            (T.s("contacts.fact.proposed").to_owned(), "2026年11月24日(火) 09:41　例文 花".to_owned()),
            (T.s("col.reception_number").to_owned(), "RQ-260806-0182".to_owned()),
        ],
        history: vec![Decision {
            at: "11/24(火) 09:58".to_owned(),
            by: "責任 任".to_owned(),
            ground: "番号の出所が古いため、もう一度確かめてください。".to_owned(),
        }],
        cases: vec![AffectedCase {
            link: Link::new(HREF, "RQ-260806-0182"),
            common_name: "shop.example.jp".to_owned(),
            requested_on: "2026/12/08(火)".to_owned(),
            status: label("user-pen", Tone::Hold, "担当者変更待ち"),
        }],
        step,
        errors: FieldErrors::of(T, problems),
    }
}

fn successor(roles: Vec<Choice>) -> SuccessorForm {
    SuccessorForm {
        input: SuccessorInput {
            name: "例外 次郎".to_owned(),
            name_kana: "レイガイ ジロウ".to_owned(),
            department: "情報システム部".to_owned(),
            email: "jiro@example.jp".to_owned(),
            verified_on: "2026-11-24".to_owned(),
            ..SuccessorInput::default()
        },
        today: "2026-11-24".to_owned(),
        proposed_phone: if roles.is_empty() { "03-0000-7777".to_owned() } else { String::new() },
        roles,
    }
}

fn verify() -> ContactStep {
    ContactStep::Verify {
        href: "/desk/contacts/proposals/1".to_owned(),
        guard: guard(),
        form: Box::new(successor(Vec::new())),
        ground: String::new(),
    }
}

fn approve() -> ContactStep {
    ContactStep::Approve { href: "/desk/contacts/changes/1".to_owned(), guard: guard(), ground: String::new() }
}

fn own() -> ContactStep {
    ContactStep::Own {
        href: "/desk/contacts/changes/1".to_owned(),
        guard: guard(),
        ground: String::new(),
        sentence: T.problem(&Problem::new("own_contact_change")),
    }
}

fn new_contact() -> NewContactPage {
    NewContactPage {
        chrome: chrome(Place::Contacts),
        case: Link::new(HREF, "RQ-260806-0182 例示商事株式会社"),
        reception_number: "RQ-260806-0182".to_owned(),
        company: "例示商事株式会社".to_owned(),
        facts: vec![("手続き担当者".to_owned(), "例文 花　03-0000-4182".to_owned())],
        waiting: vec![Link::new(HREF, "担当者変更があります　手続き担当者 例外 次郎 様（受付　11/24(火) 09:41）")],
        guard: guard(),
        form: successor(vec![
            Choice::new("procedure_contact", "手続き担当者", true),
            Choice::new("application_responsible", "申請責任者", false),
        ]),
        errors: FieldErrors::default(),
    }
}

fn search() -> ReissueSearchPage {
    let row = |number: &str, ev, status, case| FoundCertificate {
        href: "/desk/reissues/new?certificate=1".to_owned(),
        ev,
        other_kind: false,
        reception_number: number.to_owned(),
        company: "例示商事株式会社".to_owned(),
        names: SiteNames::new(T, "shop.example.jp", 2),
        period: "2026/03/02 – 2027/04/03".to_owned(),
        status,
        case,
    };
    ReissueSearchPage {
        chrome: chrome(Place::Reissue),
        q: "例示商事".to_owned(),
        total: "2件".to_owned(),
        rows: vec![
            row("RQ-260302-0004", true, label("circle-check", Tone::Ok, "有効"), None),
            row("", false, label("clock", Tone::Wait, "申請中"), Some(Link::new(HREF, "RQ-260806-0182"))),
        ],
        empty: None,
    }
}

fn refusals() -> Vec<Problem> {
    vec![
        Problem::on("reason", "reissue_reason_missing"),
        Problem::on("requested_on", "requested_on_missing"),
        Problem::on("csr_choice", "csr_choice_missing"),
        Problem::on("caller", "caller_missing"),
        Problem::on("filing_ground", "filing_ground_missing"),
        Problem::on("consent", "consent_unconfirmed"),
    ]
}

fn reissue(compromise_only: bool, problems: &[Problem]) -> ReissuePage {
    let fact = |key: &str, text: &str| (T.s(key).to_owned(), text.to_owned());
    let reason = |value: &str| Choice::new(value, T.s(&format!("mail.reason.{value}")), compromise_only);
    let reasons = if compromise_only {
        vec![reason("key_compromise")]
    } else {
        ["server_replacement", "key_lost_or_damaged", "key_compromise", "other"].map(reason).to_vec()
    };
    let refused = Problem::on("certificate_id", "issued_within_30_days").with("first_day", "2026-12-10");
    ReissuePage {
        chrome: chrome(Place::Reissue),
        company: "例示商事株式会社".to_owned(),
        ev: true,
        common_name: "shop.example.jp".to_owned(),
        facts: vec![
            fact("cert.common_name", "shop.example.jp、www.shop.example.jp"),
            fact("cert.period", "2026/03/02 – 2027/04/03"),
            fact("cert.serial", "4a:91:0c:e7:5d:22:b8:7c:3a"),
            fact("cert.key", "RSA 2048"),
            fact("filing.callee", "申請責任者 例田 一郎"),
        ],
        refusals: if compromise_only { vec![T.problem(&refused)] } else { Vec::new() },
        open_case: None,
        notice: None,
        form: Some(Box::new(ReissueForm {
            guard: guard(),
            certificate_id: 1,
            input: ReissueInput { requested_on: "2026-12-08".to_owned(), ..ReissueInput::default() },
            reasons,
            exposures: vec![
                Choice::new("yes", T.s("reissue.exposed_yes"), false),
                Choice::new("no", T.s("reissue.exposed_no"), false),
            ],
            csr_choices: vec![
                Choice::new("reuse", T.s("reissue.reuse"), false),
                Choice::new("given", T.s("filing.csr_given"), !compromise_only),
                Choice::new("later", T.s("filing.csr_later"), compromise_only),
            ],
            callers: people(),
            first_day: "2026-11-24".to_owned(),
            last_day: "2027-04-03".to_owned(),
            limits: T.f("filing.limits", &[("from", &"2026年11月24日(火)"), ("to", &"2027年4月3日(土)")]),
            closed_days: T.f("filing.closed_days", &[("days", &"土日、12/29(火) 年末年始")]),
            deadline: "2026年11月25日(水) 10:24".to_owned(),
            agreement_version: "1.0".to_owned(),
            consented: false,
            compromise_only,
        })),
        errors: FieldErrors::of(T, problems),
    }
}

fn agreement() -> AgreementPage {
    AgreementPage {
        chrome: chrome(Place::Reissue),
        version: "1.0".to_owned(),
        sha256: "ab".repeat(32),
        text: "第1条（目的）\n　本契約は、例示のために作られた文です。\n\n第2条（失効）\n　失効した証明書は元に戻せません。".to_owned(),
    }
}

fn compromised_case() -> askama::Result<String> {
    let mut page = case(Side::Panel(confirmed()), LeaseBanner::None);
    page.head
        .pills
        .insert(0, Pill { color: PillColor::Red, icon: Some("shield-alert"), text: "期限超過 10:00".to_owned() });
    page.head.pills.push(Pill { color: PillColor::Blue, icon: None, text: T.s("pill.filed_for").to_owned() });
    page.handovers = vec![Link::new(HREF, "担当者変更があります　手続き担当者 例外 次郎 様（受付　11/24(火) 09:41）")];
    page.filed_for = vec![
        (T.s("filed_for.caller").to_owned(), "例代 理子".to_owned()),
        (T.s("filed_for.ground").to_owned(), "公開リポジトリに鍵があった".to_owned()),
        (T.s("filed_for.by").to_owned(), "2026年11月24日(火) 09:41　窓口 美咲".to_owned()),
    ];
    let row = |name: &str, case, file| SameKeyRow {
        common_name: name.to_owned(),
        company: "同じ鍵の会社".to_owned(),
        serial: Serial::new("1f630c77a1e290"),
        last_day: "2027/02/21".to_owned(),
        case,
        file,
    };
    page.same_key = vec![
        row("same.example.jp", None, Some(Link::new("/desk/reissues/new", T.s("same_key.file")))),
        row("also.example.jp", Some(Link::new(HREF, "RQ-261124-0003")), None),
    ];
    page.render()
}
