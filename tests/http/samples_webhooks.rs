//! Made-up webhooks of the settings.

use askama::Template;
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::role::Role;
use revocation_desk::domain::webhook::EventKind;
use revocation_desk::messages::Texts;
use revocation_desk::views::chrome::{Chrome, Place};
use revocation_desk::views::desk::settings::accounts::UserDeed;
use revocation_desk::views::desk::settings::webhooks::{
    DeliveryRow, NewWebhookForm, NewWebhookPage, WebhookPage, WebhookRow, WebhooksPage,
};
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::parts::Tone;

use crate::samples::label;

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let refused = [Problem::on("url", "webhook_url_not_tls"), Problem::on("events", "webhook_events_missing")];
    vec![
        ("settings-webhooks", list(true).render()),
        ("settings-webhooks-empty", list(false).render()),
        ("settings-webhook", one(true).render()),
        ("settings-webhook-unused", one(false).render()),
        ("settings-webhook-new", new(&[]).render()),
        ("settings-webhook-new-refused", new(&refused).render()),
    ]
}

fn chrome() -> Chrome {
    Chrome { role: Role::Admin, user_name: "管理 恵".to_owned(), ..crate::samples::chrome(Place::Settings) }
}

fn text(value: &str) -> String {
    value.to_owned()
}

fn list(some: bool) -> WebhooksPage {
    let row = WebhookRow {
        href: text("/desk/settings/webhooks/1"),
        name: text("注文システム"),
        url: text("https://orders.example.jp/hooks/revocation-desk?tenant=0123456789abcdef"),
        events: text("5種類"),
        waiting: text("0"),
        status: label("circle-check", Tone::Ok, T.s("settings.webhooks.standing.on")),
    };
    WebhooksPage { chrome: chrome(), rows: if some { vec![row] } else { Vec::new() } }
}

fn one(some: bool) -> WebhookPage {
    let row = |id: &str, status, resend: bool| DeliveryRow {
        at: text("11/24(火) 10:20"),
        event: text("case.revocation_accepted"),
        message_id: text(id),
        status,
        answer: text("拒否 (500)"),
        attempts: text("3"),
        resend: resend.then(|| text("/desk/settings/webhooks/1/deliveries/1/resend")),
        resend_label: T.f("settings.webhooks.resend_one", &[("id", &id)]),
    };
    let rows = vec![
        row("msg_5f2b8c1e9a704d6fb0c3e2d1a4f59687", label("clock", Tone::Wait, "送信待ち"), false),
        row("msg_0a1b2c3d4e5f60718293a4b5c6d7e8f9", label("triangle-alert", Tone::Bad, "送信断念"), true),
    ];
    WebhookPage {
        chrome: chrome(),
        href: text("/desk/settings/webhooks/1"),
        name: text("注文システム"),
        status: label("triangle-alert", Tone::Bad, T.s("settings.webhooks.standing.resting")),
        facts: vec![(text("URL"), text("https://orders.example.jp/hooks")), (text("送信待ち"), text("2"))],
        events: vec![text("申込（case.filed）")],
        deeds: vec![UserDeed {
            path: "pause",
            icon: "pause",
            label: T.s("settings.webhooks.pause"),
            effect: T.s("settings.webhooks.pause_effect"),
        }],
        deliveries: if some { rows } else { Vec::new() },
        cut: some.then(|| T.f("settings.cut", &[("n", &50)])),
    }
}

fn new(problems: &[Problem]) -> NewWebhookPage {
    let choice = |kind: EventKind| {
        let words = T.s(&format!("audit.action.{}", kind.action()));
        Choice::new(kind.to_string(), format!("{words}（{kind}）"), kind.action() == "filed")
    };
    NewWebhookPage {
        chrome: chrome(),
        form: NewWebhookForm { url: text("http://orders.example.jp"), ..NewWebhookForm::default() },
        events: EventKind::all().map(choice).collect(),
        errors: FieldErrors::of(T, problems),
    }
}
