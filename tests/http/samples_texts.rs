//! Made-up contents of メールの文面, 通話の進め方 and of sending a mail once more.

use askama::Template;

use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::text::script::{self, Step};
use revocation_desk::domain::text::{TextBook, TextKey};
use revocation_desk::mail::sample::{Sample, call_facts};
use revocation_desk::messages::{Texts, shipped};
use revocation_desk::settings::Desk;
use revocation_desk::views::chrome::Place;
use revocation_desk::views::desk::mails::{AddressField, Cancel, MailPage, ResendPage};
use revocation_desk::views::desk::texts::{
    ConfirmPage, EditPage, Overtaken, PlaceRow, Preview, TextHead, TextInput, TextRow, TextsPage, VersionPage,
    VersionRow, difference,
};
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::parts::{Link, Tone};

use crate::samples::{HREF, chrome, guard, label, mail};

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let misspelt = Problem::on("body", "text_place_unknown_similar")
        .with("value", "{{companx}}")
        .with("similar", "{{company}}")
        .with("line", 1);
    vec![
        ("texts", index().render()),
        ("text-edit", edit(&[], None).render()),
        ("text-edit-refused", edit(&[misspelt], None).render()),
        ("text-edit-restoring", edit(&[], Some("第2版の文面を読み込みました。".to_owned())).render()),
        ("text-confirm", confirm(mail_preview(), &[]).render()),
        ("text-confirm-refused", confirm(mail_preview(), &[Problem::on("reason", "text_reason_missing")]).render()),
        ("text-confirm-overtaken", overtaken().render()),
        ("text-confirm-script", confirm(Preview::Steps(steps()), &[]).render()),
        ("text-confirm-situations", confirm(Preview::Situations(situations()), &[]).render()),
        ("text-version", version().render()),
        ("mail-resend", resend(&[]).render()),
        ("mail-resend-refused", resend(&[Problem::on("to_1", "email_malformed")]).render()),
        ("mail-leaving", leaving().render()),
    ]
}

/// As shipped, for EV.
fn script(key: TextKey) -> String {
    let desk = Desk {
        company: "例示認証局株式会社".to_owned(),
        short_name: "例示認証局".to_owned(),
        service_name: "サービスデスク".to_owned(),
        staff_product: "失効デスク".to_owned(),
        portal_product: "証明書管理ポータル".to_owned(),
        telephone: "0120-000-000".to_owned(),
        hours: "平日 9:00～18:00".to_owned(),
        email: "desk@example.com".to_owned(),
        caller_number: "03-0000-0100".to_owned(),
        ct_search: None,
    };
    shipped::fill(key, &call_facts(Sample::Ev, "窓口", &desk), &TextBook::default()).unwrap().body
}

pub fn steps() -> Vec<Step> {
    script::steps(&script(TextKey::EvScript))
}

pub fn situations() -> Vec<(String, String)> {
    script::situations(&script(TextKey::Situations))
}

fn index() -> TextsPage {
    let row = |name: &str, version: &str, since: &str, planned: &[&str]| TextRow {
        text: Link::new("/desk/settings/texts/withdrawn", name),
        version: version.to_owned(),
        since: since.to_owned(),
        planned: planned.iter().map(|one| (*one).to_owned()).collect(),
    };
    TextsPage {
        chrome: chrome(Place::Settings),
        title: T.s("texts.mails"),
        explanation: T.s("texts.mails_explained"),
        other: Link::new("/desk/settings/call_scripts", T.s("texts.call_scripts")),
        rows: vec![
            row("申請受付", "出荷時の文面", "", &[]),
            row("失効の取り下げ", "第2版", "2026/11/20(金)", &["第3版（2026/12/08(火)から）"]),
        ],
    }
}

fn head() -> TextHead {
    TextHead {
        name: "失効の取り下げ",
        href: "/desk/settings/texts/withdrawn".to_owned(),
        family: Link::new("/desk/settings/mail_texts", T.s("texts.mails")),
        has_subject: true,
        form: None,
    }
}

const BODY: &str = "{{company}}\n{{to_name}} 様\n\n次の証明書の失効のお申し込みを取り下げました。\n";

fn input() -> TextInput {
    TextInput {
        version: 2,
        subject: "【{{ca_name}}】取り下げました（{{receipt_no}}）".to_owned(),
        body: BODY.to_owned(),
        effective_on: "2026-12-08".to_owned(),
        reason: "言い回しを改めるため".to_owned(),
        ..TextInput::default()
    }
}

fn edit(problems: &[Problem], restoring: Option<String>) -> EditPage {
    let place = |written: &str, meaning: &'static str, usage: &'static str| PlaceRow {
        written: written.to_owned(),
        meaning,
        usage,
    };
    let version = |label: &str, current: bool, planned: bool| VersionRow {
        version: Link::new("/desk/settings/texts/withdrawn/versions/2", label),
        effective_on: "2026/11/20(金)".to_owned(),
        saved: "管理 花子（11/20(金) 09:14）".to_owned(),
        reason: "言い回しを改めるため".to_owned(),
        current,
        planned,
    };
    EditPage {
        chrome: chrome(Place::Settings),
        head: head(),
        guard: guard(),
        input: input(),
        restoring,
        places: vec![
            place("{{receipt_no}}", T.s("texts.place.receipt_no"), T.s("texts.usage.needed")),
            place("{{to_name}}", T.s("texts.place.to_name"), T.s("texts.usage.lines")),
            place(
                "{{#has_replacement}}…{{/has_replacement}}",
                T.s("texts.place.has_replacement"),
                T.s("texts.usage.condition"),
            ),
            place("{{company}}", T.s("texts.place.company"), ""),
        ],
        versions: vec![
            version("第3版", false, true),
            version("第2版", true, false),
            version("出荷時の文面", false, false),
        ],
        errors: FieldErrors::of(T, problems),
    }
}

fn mail_preview() -> Preview {
    Preview::Mail {
        subject: "【例示認証局】取り下げました（RQ-260806-0182）".to_owned(),
        text: "例示商事株式会社\n例文 花 様\n\n次の証明書の失効のお申し込みを取り下げました。\n".to_owned(),
        html: "<p>例示商事株式会社<br>\n例文 花 様</p>\n".to_owned(),
    }
}

fn confirm(preview: Preview, problems: &[Problem]) -> ConfirmPage {
    ConfirmPage {
        chrome: chrome(Place::Settings),
        head: head(),
        guard: guard(),
        input: input(),
        overtaken: None,
        compared: "2026年12月8日(火)に使われる第2版と比べています".to_owned(),
        difference: difference("一\n二\n三\n四\n五", "一\n2\n三\n四\n五\n六"),
        samples: vec![Choice::new("ov", "OV証明書", true), Choice::new("ev", "EV証明書（期間の短縮あり）", false)],
        is_mail: matches!(preview, Preview::Mail { .. }),
        preview,
        sent: problems.is_empty().then(|| "admin@ca.exampleへテストメールを送りました。".to_owned()),
        first_day: "2026-11-24".to_owned(),
        errors: FieldErrors::of(T, problems),
    }
}

fn overtaken() -> ConfirmPage {
    let text = T.f("texts.overtaken", &[("name", &"管理 太郎"), ("time", &"10:20"), ("n", &3)]);
    ConfirmPage {
        overtaken: Some(Overtaken { text, difference: difference("一", "壱") }),
        ..confirm(mail_preview(), &[])
    }
}

fn version() -> VersionPage {
    VersionPage {
        chrome: chrome(Place::Settings),
        head: head(),
        title: "失効の取り下げ　第2版".to_owned(),
        facts: vec![(T.s("texts.effective_on").to_owned(), "2026年11月20日(金)".to_owned())],
        subject: input().subject,
        body: BODY.to_owned(),
        difference: difference("一\n二", "一\n弐"),
        restore: Link::new("/desk/settings/texts/withdrawn?from=2", T.s("texts.restore")),
    }
}

fn resend(problems: &[Problem]) -> ResendPage {
    ResendPage {
        chrome: chrome(Place::Mails),
        href: "/desk/mails/12".to_owned(),
        kind: "失効完了".to_owned(),
        status: label("mail-warning", Tone::Bad, "不達"),
        reason: Some("550 5.1.1: Recipient address rejected".to_owned()),
        contact: Some(Link::new("/desk/contacts/new?case=RQ-260806-0182", T.s("contacts.register"))),
        case: Some(Link::new(HREF, "RQ-260806-0182")),
        addresses: vec![AddressField {
            field: "to_1",
            label: T.f("mails.address_of", &[("name", &"例文 花")]),
            value: "hana@shoji.example.jp".to_owned(),
            refused: Some("550 5.1.1: Recipient address rejected".to_owned()),
            replaced: Some(T.f("mails.bounce.replaced", &[("before", &"hana@old.example.jp")])),
        }],
        contacts: Some(T.f(
            "mails.bounce.contacts",
            &[(
                "contacts",
                &"手続き担当者 例文 花 <hana@shoji.example.jp>、申請責任者 例田 一郎 <ichiro@shoji.example.jp>",
            )],
        )),
        subject: "【例示認証局】証明書を失効しました（RQ-260806-0182）".to_owned(),
        body: "例示商事株式会社\n例文 花 様\n".to_owned(),
        guard: guard(),
        errors: FieldErrors::of(T, problems),
    }
}

/// A copy that may still be taken back.
fn leaving() -> MailPage {
    let cancel = Cancel {
        href: "/desk/mails/13/cancel".to_owned(),
        leaves_at: T.f("mails.leaves_at", &[("time", &"10:24:10")]),
        guard: guard(),
    };
    MailPage {
        cancel: Some(cancel),
        resend: None,
        original: Some(Link::new("/desk/mails/12", T.s("mails.original"))),
        copies: vec![(
            Link::new("/desk/mails/14", "11/24(火) 10:30に再送したメール"),
            label("clock", Tone::Hold, "送信待ち"),
        )],
        ..mail()
    }
}
