//! The mails about a successor whom a customer named. Such a proposal may come without a case.

use super::compose::{DeskWords, one_line};
use super::templates;
use crate::domain::contact::ContactRole;
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::domain::reception_number::ReceptionNumber;
use crate::messages::Texts;
use crate::settings::Desk;

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
    desk: &Desk,
) -> Result<ComposedMail, askama::Error> {
    let filled = templates::fill_proposal(occasion, &ProposalWords::new(letter, desk))?;
    Ok(filled.addressed(occasion.kind(), letter.to.clone()))
}

/// The facts as they are written, named as in `compose::Placeholders`.
pub(super) struct ProposalWords {
    pub company: String,
    pub to_names: Vec<String>,
    pub receipt_no: String,
    /// `（RQ-260806-0182）` or nothing, for the subject.
    pub number: String,
    pub role: &'static str,
    pub name: String,
    pub tel_tail: String,
    pub page_url: String,
    pub desk: DeskWords,
}

impl ProposalWords {
    fn new(letter: &ProposalLetter, desk: &Desk) -> Self {
        let texts = Texts::JA;
        let receipt_no = letter.reception_number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            company: one_line(&letter.company),
            to_names: letter.to.iter().map(|recipient| recipient.name().to_owned()).collect(),
            number: match letter.reception_number {
                Some(number) => texts.f("mail.in_brackets", &[("number", &number)]),
                None => String::new(),
            },
            receipt_no,
            role: texts.s(&format!("mail.role.{}", letter.role.as_str())),
            name: letter.successor.name().to_owned(),
            tel_tail: one_line(&letter.phone_tail),
            page_url: letter.page_url.clone(),
            desk: DeskWords::new(desk),
        }
    }
}
