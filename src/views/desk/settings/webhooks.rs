//! Webhook: the receivers, one of them with its last deliveries, and the form for a new one.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::accounts::UserDeed;
use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::StatusLabel;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/webhooks.html")]
pub struct WebhooksPage {
    pub chrome: Chrome,
    pub rows: Vec<WebhookRow>,
}

#[derive(Debug, Clone)]
pub struct WebhookRow {
    pub href: String,
    pub name: String,
    pub url: String,
    pub events: String,
    pub waiting: String,
    pub status: StatusLabel,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/webhook_new.html")]
pub struct NewWebhookPage {
    pub chrome: Chrome,
    pub form: NewWebhookForm,
    pub events: Vec<Choice>,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NewWebhookForm {
    pub name: String,
    pub url: String,
    pub events: Vec<String>,
    pub reason: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/webhook.html")]
pub struct WebhookPage {
    pub chrome: Chrome,
    pub href: String,
    pub name: String,
    pub status: StatusLabel,
    pub facts: Vec<(String, String)>,
    /// What is told.
    pub events: Vec<String>,
    pub deeds: Vec<UserDeed>,
    pub deliveries: Vec<DeliveryRow>,
    /// There are more than are shown.
    pub cut: Option<String>,
}

#[derive(Debug, Clone)]
pub struct DeliveryRow {
    pub at: String,
    pub event: String,
    pub message_id: String,
    pub status: StatusLabel,
    pub answer: String,
    pub attempts: String,
    /// Where it is sent once more, when it is over.
    pub resend: Option<String>,
    pub resend_label: String,
}
