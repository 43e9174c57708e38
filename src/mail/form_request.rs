//! The mails about a form that a customer asked for, because the certificate cannot be reissued.

use chrono::{DateTime, NaiveDate, Utc};

use super::compose::{DeskWords, instant, names, one_line};
use super::templates;
use crate::domain::certificate::ValidationType;
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::domain::reception_number::ReceptionNumber;
use crate::messages::{Texts, dates};
use crate::settings::Desk;

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

pub fn compose(reader: FormReader, letter: &FormLetter, desk: &Desk) -> Result<ComposedMail, askama::Error> {
    let filled = templates::fill_form_request(reader, &FormWords::new(letter, desk))?;
    Ok(filled.addressed(reader.kind(), letter.to.clone()))
}

/// The facts as they are written, named as in `compose::Placeholders`.
pub(super) struct FormWords {
    pub company: String,
    pub to_names: Vec<String>,
    pub receipt_no: String,
    pub names: String,
    pub cert_type: &'static str,
    pub last_day: String,
    pub form: &'static str,
    pub asked_by: String,
    pub asked_at: String,
    pub portal_url: String,
    pub desk_url: String,
    pub desk: DeskWords,
}

impl FormWords {
    fn new(letter: &FormLetter, desk: &Desk) -> Self {
        let texts = Texts::JA;
        Self {
            company: one_line(&letter.company),
            to_names: letter.to.iter().map(|recipient| recipient.name().to_owned()).collect(),
            receipt_no: letter.reception_number.to_string(),
            names: names(&letter.common_name, letter.other_domains),
            cert_type: texts.s(&format!("mail.validation.{}", letter.validation.as_str())),
            last_day: dates::long(texts, letter.last_day),
            form: texts.s(&format!("mail.form.{}", letter.form)),
            asked_by: one_line(&letter.asked_by),
            asked_at: instant(letter.asked_at),
            portal_url: letter.portal_url.clone(),
            desk_url: letter.desk_url.clone(),
            desk: DeskWords::new(desk),
        }
    }
}
