//! The mails about a customer's account: facts and words. They are about no case.

use chrono::{DateTime, Utc};

use super::compose::one_line;
use super::{templates, width};
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::settings::Desk;

/// What every mail about an account may name.
pub struct AccountLetter {
    /// The organisation.
    pub company: String,
    pub to: Recipient,
    /// ユーザーID
    pub login: String,
}

/// Why the mail is written. Not `Debug`: the link lets whoever has it in.
pub enum AccountOccasion {
    Invited { url: String, until: DateTime<Utc> },
    PasswordReset { url: String, until: DateTime<Utc> },
    PasswordChanged { at: DateTime<Utc> },
}

impl AccountOccasion {
    pub fn kind(&self) -> MailKind {
        match self {
            Self::Invited { .. } => MailKind::CustomerInvited,
            Self::PasswordReset { .. } => MailKind::PasswordReset,
            Self::PasswordChanged { .. } => MailKind::PasswordChanged,
        }
    }
}

/// Writes the mail.
pub fn compose_account(
    occasion: &AccountOccasion,
    letter: &AccountLetter,
    desk: &Desk,
) -> Result<ComposedMail, askama::Error> {
    let filled = templates::fill_account(occasion, &AccountWords::new(letter, desk))?;
    Ok(ComposedMail {
        kind: occasion.kind(),
        recipients: vec![letter.to.clone()],
        subject: one_line(&filled.subject),
        text: width::fit(&filled.text),
        html: filled.html,
    })
}

/// The facts as they are written; names that also stand in mails about cases are the same there.
pub(super) struct AccountWords {
    pub company: String,
    pub to_names: Vec<String>,
    pub login: String,
    /// The portal's product name.
    pub product: String,
    pub ca_name: String,
    pub ca_legal_name: String,
    pub desk: String,
    pub desk_name: String,
    pub desk_tel: String,
    pub desk_hours: String,
    pub desk_email: String,
}

impl AccountWords {
    fn new(letter: &AccountLetter, desk: &Desk) -> Self {
        Self {
            company: one_line(&letter.company),
            to_names: vec![letter.to.name().to_owned()],
            login: letter.login.clone(),
            product: desk.portal_product.clone(),
            ca_name: desk.short_name.clone(),
            ca_legal_name: desk.company.clone(),
            desk: format!("{}{}", desk.short_name, desk.service_name),
            desk_name: desk.service_name.clone(),
            desk_tel: desk.telephone.clone(),
            desk_hours: desk.hours.clone(),
            desk_email: desk.email.clone(),
        }
    }
}
