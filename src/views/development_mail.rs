//! The mails of a program that runs without a mail server; development only.

use askama::Template;
use askama_web::WebTemplate;

use crate::messages::Texts;

/// `GET /dev/mail`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "development/mails.html")]
pub struct DevelopmentMailsPage {
    pub t: Texts,
    pub product: String,
    pub rows: Vec<DevelopmentMailRow>,
}

#[derive(Debug, Clone)]
pub struct DevelopmentMailRow {
    pub href: String,
    pub subject: String,
    pub to: String,
    pub date: String,
}

/// `GET /dev/mail/{name}`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "development/mail.html")]
pub struct DevelopmentMailPage {
    pub t: Texts,
    pub product: String,
    pub subject: String,
    pub headers: Vec<(String, String)>,
    pub text: String,
    /// The HTML part as a page of its own.
    pub html_href: String,
}
