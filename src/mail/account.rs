//! The mails about a customer's account: facts and words. They are about no case.

use chrono::{DateTime, Utc};

use super::compose::{DeskWords, one_line};
use super::templates;
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
    Ok(filled.addressed(occasion.kind(), vec![letter.to.clone()]))
}

/// The facts as they are written; names that also stand in mails about cases are the same there.
pub(super) struct AccountWords {
    pub company: String,
    pub to_names: Vec<String>,
    pub login: String,
    /// The portal's product name.
    pub product: String,
    pub desk: DeskWords,
}

impl AccountWords {
    fn new(letter: &AccountLetter, desk: &Desk) -> Self {
        Self {
            company: one_line(&letter.company),
            to_names: vec![letter.to.name().to_owned()],
            login: letter.login.clone(),
            product: desk.portal_product.clone(),
            desk: DeskWords::new(desk),
        }
    }
}
