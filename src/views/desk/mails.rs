//! S8 メール送信履歴 `/desk/mails`: did it arrive, and what exactly was said.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::parts::{Empty, Link, Pager, StatusLabel, Tab, query};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/mails.html")]
pub struct MailsPage {
    pub chrome: Chrome,
    pub total: String,
    pub tabs: Vec<Tab>,
    pub filter: MailFilter,
    pub kinds: Vec<Choice>,
    pub rows: Vec<MailRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct MailRow {
    pub href: String,
    pub at: String,
    pub kind: String,
    pub to: String,
    pub subject: String,
    /// Mails of the program itself have no case.
    pub case: Option<Link>,
    pub status: StatusLabel,
    pub reason: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct MailFilter {
    pub view: String,
    pub from: String,
    pub to: String,
    pub kind: String,
    pub q: String,
    pub after: String,
    pub before: String,
}

impl MailFilter {
    pub fn page_after(&self, cursor: &str) -> String {
        self.address(("after", cursor))
    }

    pub fn page_before(&self, cursor: &str) -> String {
        self.address(("before", cursor))
    }

    fn address(&self, cursor: (&str, &str)) -> String {
        let filter = [
            ("view", self.view.as_str()),
            ("from", &self.from),
            ("to", &self.to),
            ("kind", &self.kind),
            ("q", &self.q),
            cursor,
        ];
        format!("/desk/mails?{}", query(&filter))
    }
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/mail.html")]
pub struct MailPage {
    pub chrome: Chrome,
    pub kind: String,
    pub status: StatusLabel,
    /// Address, subject, message id, times.
    pub headers: Vec<(String, String)>,
    pub case: Option<Link>,
    pub subject: String,
    /// The exact text; not that of a mail with a secret.
    pub body: Option<String>,
    pub deliveries: Vec<Delivery>,
    /// 再送する, where it makes sense and is allowed.
    pub resend: Option<Link>,
    /// 送信を取り消す, as long as it can be.
    pub cancel: Option<Cancel>,
    /// This mail, sent once more.
    pub copies: Vec<(Link, StatusLabel)>,
    /// The mail that this one sends once more.
    pub original: Option<Link>,
}

/// One try to hand the mail over, or one report that came back.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub at: String,
    pub status: StatusLabel,
    /// The server's answer, or whom the report names and its words.
    pub answer: String,
}

#[derive(Debug, Clone)]
pub struct Cancel {
    pub href: String,
    /// When the mail will leave.
    pub leaves_at: String,
    pub guard: Guard,
}

/// What is about to be sent once more, and to whom.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/mail_resend.html")]
pub struct ResendPage {
    pub chrome: Chrome,
    /// Of the mail.
    pub href: String,
    pub kind: String,
    pub status: StatusLabel,
    /// Why it did not arrive.
    pub reason: Option<String>,
    /// Where the contact itself is corrected.
    pub contact: Option<Link>,
    pub case: Option<Link>,
    pub addresses: Vec<AddressField>,
    /// Who is registered for the case now.
    pub contacts: Option<String>,
    pub subject: String,
    pub body: String,
    pub guard: Guard,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone)]
pub struct AddressField {
    /// Its element has the id `f-<field>`; all are posted as `to`, in this order.
    pub field: &'static str,
    pub label: String,
    pub value: String,
    /// The server's words when it refused the address.
    pub refused: Option<String>,
    /// Says that the value is another address than the mail had.
    pub replaced: Option<String>,
}

/// `POST /desk/mails/{id}/resend`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ResendForm {
    /// One for each addressee; without any, all as they were.
    pub to: Vec<String>,
}
