//! The mails about a successor whom a customer named. Such a proposal may come without a case.

use super::filling::{self, Contents, Words, one_line, reader_facts};
use crate::domain::contact::ContactRole;
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::text::TextFault;
use crate::messages::Texts;

/// What these mails may name.
#[derive(Debug, Clone)]
pub struct ProposalLetter {
    pub reception_number: Option<ReceptionNumber>,
    /// 申請団体名
    pub company: String,
    pub to: Vec<Recipient>,
    pub role: ContactRole,
    pub successor: Recipient,
    /// The last four digits; a mail never shows more of a number.
    pub phone_tail: String,
    /// Where the reader goes on: the customer's page, or the desk's.
    pub page_url: String,
}

#[derive(Debug, Clone)]
pub enum ProposalOccasion {
    /// 担当者変更のお申し出を承りました
    Received,
    /// To the desk itself: somebody has to verify the number.
    Arrived,
    /// The desk could not verify it.
    Declined { ground: String },
}

impl ProposalOccasion {
    pub fn kind(&self) -> MailKind {
        match self {
            Self::Received => MailKind::ContactProposalReceived,
            Self::Arrived => MailKind::ContactProposalArrived,
            Self::Declined { .. } => MailKind::ContactProposalDeclined,
        }
    }
}

pub fn compose(
    occasion: &ProposalOccasion,
    letter: &ProposalLetter,
    words: Words<'_>,
) -> Result<ComposedMail, TextFault> {
    let number = letter.reception_number.map(|number| number.to_string());
    let facts = reader_facts(&letter.company, &letter.to)
        .text("receipt_no", number.unwrap_or_default())
        .text("role", Texts::JA.s(&format!("mail.role.{}", letter.role.as_str())))
        .text("successor", letter.successor.name())
        .text("tel_tail", one_line(&letter.phone_tail))
        .text("page_url", &letter.page_url);
    let facts = match occasion {
        ProposalOccasion::Received | ProposalOccasion::Arrived => facts,
        ProposalOccasion::Declined { ground } => facts.text("ground", one_line(ground)),
    };
    filling::compose(Contents { kind: occasion.kind(), to: letter.to.clone(), facts }, words)
}
