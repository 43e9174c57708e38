//! The facts a mail is written from.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::actor::{Actor, Identity};
use crate::domain::application::ReissueReason;
use crate::domain::call::CallOutcome;
use crate::domain::call_band::CallBand;
use crate::domain::certificate::{SerialNumber, ValidationType};
use crate::domain::contact::ContactRole;
use crate::domain::mail::{MailKind, Recipient};
use crate::domain::reception_number::ReceptionNumber;

/// What every mail about a case may name (`copy-ja.md` section 2).
#[derive(Debug, Clone)]
pub struct CaseLetter {
    pub reception_number: ReceptionNumber,
    /// 申請団体名
    pub company: String,
    /// Who gets the mail and is greeted, in this order.
    pub to: Vec<Recipient>,
    pub common_name: String,
    /// Names in the certificate besides the common name.
    pub other_domains: usize,
    pub validation: ValidationType,
    pub reason: ReissueReason,
    /// Revoked within 24 hours, without a call and whatever date was asked for.
    pub key_compromise: bool,
    pub source: CertificateFacts,
    pub replacement: Option<CertificateFacts>,
    pub requested_on: NaiveDate,
    pub due_on: NaiveDate,
    /// Until then customers change their application by themselves.
    pub change_until: DateTime<Utc>,
    pub callee: Callee,
    /// The customer's page of this case.
    pub portal_url: String,
    /// Only where the term of the replacement is shortened.
    pub reissue_again: Option<ReissueAgain>,
}

#[derive(Debug, Clone)]
pub struct CertificateFacts {
    pub serial: SerialNumber,
    pub last_day: NaiveDate,
}

/// Whom the desk phones.
#[derive(Clone)]
pub struct Callee {
    pub role: ContactRole,
    pub name: String,
    /// The last four digits; a mail never shows more of a number.
    pub phone_tail: String,
}

/// Logs never carry a name.
impl std::fmt::Debug for Callee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callee").field("role", &self.role).finish_non_exhaustive()
    }
}

/// A further reissue on or after `from` reaches the end of what was ordered.
#[derive(Debug, Clone, Copy)]
pub struct ReissueAgain {
    pub replacement_last_day: NaiveDate,
    pub from: NaiveDate,
    /// The last day of that chance, when a stricter rule comes.
    pub until: Option<NaiveDate>,
    pub entitlement_end: NaiveDate,
}

/// Why the mail is written, with the facts that only this mail needs.
#[derive(Debug, Clone)]
pub enum Occasion {
    ApplicationReceived,
    ReplacementIssued,
    RevocationReminder {
        /// Until the requested date.
        business_days: u32,
    },
    ContactUnreached {
        calls: Vec<CallInVain>,
        reply_by: DateTime<Utc>,
    },
    RequestedDateChanged {
        before: NaiveDate,
        by: Performer,
    },
    Withdrawn {
        by: Performer,
    },
    RevocationCompleted {
        revoked_at: DateTime<Utc>,
        /// Whether a call permitted it: a mail must not claim one after a key compromise or an override.
        confirmed_by_phone: bool,
    },
    /// To the desk itself; `CaseLetter::to` is the agent and the supervisors.
    RevocationFailed(Failure),
    ContactChangeNeeded {
        reply_by: DateTime<Utc>,
    },
    ContactChanged,
    OldCertificateInUse {
        hosts: Vec<String>,
    },
    KeyCompromiseNotice {
        revoked_by: DateTime<Utc>,
    },
    CaseExpired,
    CallBandNoted {
        /// `None`: any time.
        band: Option<CallBand>,
        by: Performer,
    },
}

impl Occasion {
    pub fn kind(&self) -> MailKind {
        match self {
            Self::ApplicationReceived => MailKind::ApplicationReceived,
            Self::ReplacementIssued => MailKind::ReplacementIssued,
            Self::RevocationReminder { .. } => MailKind::RevocationReminder,
            Self::ContactUnreached { .. } => MailKind::ContactUnreached,
            Self::RequestedDateChanged { .. } => MailKind::RequestedDateChanged,
            Self::Withdrawn { .. } => MailKind::Withdrawn,
            Self::RevocationCompleted { .. } => MailKind::RevocationCompleted,
            Self::RevocationFailed(_) => MailKind::RevocationFailed,
            Self::ContactChangeNeeded { .. } => MailKind::ContactChangeNeeded,
            Self::ContactChanged => MailKind::ContactChanged,
            Self::OldCertificateInUse { .. } => MailKind::OldCertificateInUse,
            Self::KeyCompromiseNotice { .. } => MailKind::KeyCompromiseNotice,
            Self::CaseExpired => MailKind::CaseExpired,
            Self::CallBandNoted { .. } => MailKind::CallBandNoted,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct CallInVain {
    pub at: DateTime<Utc>,
    pub outcome: CallOutcome,
}

/// Who carried out what the mail tells.
#[derive(Clone)]
pub enum Performer {
    Contact {
        role: ContactRole,
        name: String,
    },
    /// By an account of the portal; whether its owner is a contact, nobody has checked.
    Customer {
        name: String,
    },
    /// The desk, because the customer asked for it.
    Desk,
}

impl Performer {
    /// Whoever acts without a call.
    pub fn of(actor: &Actor) -> Self {
        match &actor.identity {
            Identity::Customer { name, .. } => Self::Customer { name: name.clone() },
            Identity::Staff { .. } | Identity::Token { .. } | Identity::Batch | Identity::System => Self::Desk,
        }
    }
}

/// Logs never carry a name.
impl std::fmt::Debug for Performer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Contact { .. } => "Contact",
            Self::Customer { .. } => "Customer",
            Self::Desk => "Desk",
        })
    }
}

/// A revocation that did not come to an end.
#[derive(Debug, Clone)]
pub struct Failure {
    /// `None`: started from a page.
    pub batch_run: Option<String>,
    /// `E-CA-TIMEOUT`
    pub error_code: String,
    /// The CA's words.
    pub error_text: String,
    /// `None`: not tried again without a person.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The desk's page of the case.
    pub case_url: String,
}
