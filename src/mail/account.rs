//! The mails about a customer's account: facts and words. They are about no case.

use chrono::{DateTime, Utc};

use super::compose::instant;
use super::filling::{self, Contents, Words, reader_facts};
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::domain::text::TextFault;
use crate::domain::text::template::Facts;

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
    words: Words<'_>,
) -> Result<ComposedMail, TextFault> {
    let to = vec![letter.to.clone()];
    let facts = reader_facts(&letter.company, &to)
        .text("login", &letter.login)
        .text("portal_name", &words.desk.portal_product)
        .and(own_facts(occasion));
    filling::compose(Contents { kind: occasion.kind(), to, facts }, words)
}

fn own_facts(occasion: &AccountOccasion) -> Facts {
    let facts = Facts::default();
    match occasion {
        AccountOccasion::Invited { url, until } | AccountOccasion::PasswordReset { url, until } => {
            facts.text("url", url).text("until", instant(*until))
        }
        AccountOccasion::PasswordChanged { at } => facts.text("changed_at", instant(*at)),
    }
}
