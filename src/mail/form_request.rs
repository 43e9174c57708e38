//! The mails about a form that a customer asked for, because the certificate cannot be reissued.

use chrono::{DateTime, NaiveDate, Utc};

use super::compose::{instant, names};
use super::filling::{self, Contents, Words, one_line, reader_facts};
use crate::domain::certificate::ValidationType;
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::text::TextFault;
use crate::messages::{Texts, dates};

/// What these mails may name.
#[derive(Debug, Clone)]
pub struct FormLetter {
    pub to: Vec<Recipient>,
    /// 申請団体名
    pub company: String,
    /// Of the certificate.
    pub reception_number: ReceptionNumber,
    pub common_name: String,
    /// Names in the certificate besides the common name.
    pub other_domains: usize,
    pub validation: ValidationType,
    /// Of the certificate.
    pub last_day: NaiveDate,
    /// Which form, as the text `mail.form.<form>` names it.
    pub form: &'static str,
    pub asked_by: String,
    pub asked_at: DateTime<Utc>,
    /// The customer's page of the certificate.
    pub portal_url: String,
    /// Where the desk sees this mail.
    pub desk_url: String,
}

/// To whom the mail speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormReader {
    Customer,
    Desk,
}

impl FormReader {
    pub fn kind(self) -> MailKind {
        match self {
            Self::Customer => MailKind::FormRequestReceived,
            Self::Desk => MailKind::FormRequested,
        }
    }
}

pub fn compose(reader: FormReader, letter: &FormLetter, words: Words<'_>) -> Result<ComposedMail, TextFault> {
    let texts = Texts::JA;
    let facts = reader_facts(&letter.company, &letter.to)
        .text("receipt_no", letter.reception_number.to_string())
        .and(names(&letter.common_name, letter.other_domains))
        .text("cert_type", texts.s(&format!("mail.validation.{}", letter.validation.as_str())))
        .text("old_to", dates::long(texts, letter.last_day))
        .text("form", texts.s(&format!("mail.form.{}", letter.form)))
        .text("asked_by", one_line(&letter.asked_by))
        .text("asked_at", instant(letter.asked_at))
        .text("portal_url", &letter.portal_url)
        .text("desk_url", &letter.desk_url);
    filling::compose(Contents { kind: reader.kind(), to: letter.to.clone(), facts }, words)
}
