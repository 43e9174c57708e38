//! The revocation case: its states, what may happen to it, and what must hold before a certificate dies.
//!
//! Owns the one transition table (`domain.md` section 4) and the execution guards. Every state change in the
//! program goes through [`CaseState::after`]; every revocation through [`check_execution`].

use chrono::{DateTime, NaiveDate, Utc};

use super::authorization::{Authorization, AuthorizationKind};
use super::calendar::{Calendar, jst_time};
use super::certificate::CertificateIdentity;
use super::problem::Problem;

/// Where a case stands. Everything else a page shows (要電話, 再架電, 繰り越し, …) is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CaseState {
    AwaitingReissue,
    AwaitingCall,
    Confirmed,
    Revoking,
    Revoked,
    Completed,
    OnHold,
    Withdrawn,
    Expired,
}

impl CaseState {
    pub const ALL: [Self; 9] = [
        Self::AwaitingReissue,
        Self::AwaitingCall,
        Self::Confirmed,
        Self::Revoking,
        Self::Revoked,
        Self::Completed,
        Self::OnHold,
        Self::Withdrawn,
        Self::Expired,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingReissue => "awaiting_reissue",
            Self::AwaitingCall => "awaiting_call",
            Self::Confirmed => "confirmed",
            Self::Revoking => "revoking",
            Self::Revoked => "revoked",
            Self::Completed => "completed",
            Self::OnHold => "on_hold",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// An open case blocks another one on the same certificate (unique index).
    pub fn is_open(self) -> bool {
        !Self::CLOSED.contains(&self)
    }

    /// The transition table: where `event` leads from here, or a refusal that names both.
    pub fn after(self, event: CaseEvent) -> Result<Self, TransitionRefused> {
        self.next(event).ok_or(TransitionRefused { state: self, event })
    }

    fn next(self, event: CaseEvent) -> Option<Self> {
        use CaseEvent as E;
        match event {
            E::ReplacementRegistered => match self {
                Self::AwaitingReissue => Some(Self::AwaitingCall),
                // A reported compromise does not wait for its replacement; it may arrive at any time, also when all else
                // is done: the customer still has to hand in a CSR with a new key.
                Self::Confirmed => Some(Self::Confirmed),
                Self::Revoked => Some(Self::Revoked),
                Self::Completed => Some(Self::Completed),
                Self::OnHold => Some(Self::OnHold),
                Self::AwaitingCall | Self::Revoking | Self::Withdrawn | Self::Expired => None,
            },
            E::CallConfirmed => self.only(&[Self::AwaitingCall], Self::Confirmed),
            E::CallUnanswered | E::CallBackPromised => self.only(&[Self::AwaitingCall], Self::AwaitingCall),
            E::CallBlocked => self.only(&[Self::AwaitingCall], Self::OnHold),
            E::HoldPlaced => self.only(&[Self::AwaitingCall, Self::Confirmed], Self::OnHold),
            E::DateChanged => match self {
                // No new certificate yet: the new date is kept, the case goes on waiting for it.
                Self::AwaitingReissue => Some(Self::AwaitingReissue),
                Self::AwaitingCall | Self::Confirmed | Self::OnHold => Some(Self::AwaitingCall),
                Self::Revoking | Self::Revoked | Self::Completed | Self::Withdrawn | Self::Expired => None,
            },
            // Also before the call: a form that was opened on the former contact must not count for the new one.
            E::SubstanceChanged => self.only(&[Self::AwaitingCall, Self::Confirmed], Self::AwaitingCall),
            E::ConfirmationLapsed => self.only(&[Self::Confirmed], Self::AwaitingCall),
            E::ConfirmationVoided => self.only(&[Self::Confirmed, Self::Revoking], Self::AwaitingCall),
            E::HoldResolved => self.only(&[Self::OnHold], Self::AwaitingCall),
            E::KeyCompromiseReported => {
                self.only(&[Self::AwaitingReissue, Self::AwaitingCall, Self::Confirmed, Self::OnHold], Self::Confirmed)
            }
            E::OverrideApproved => self.only(&[Self::AwaitingCall, Self::OnHold], Self::Confirmed),
            E::FoundRevoked => self.only(&Self::UNDECIDED, Self::Revoked),
            E::ExecutionStarted => self.only(&[Self::Confirmed], Self::Revoking),
            E::RevocationAccepted => self.only(&[Self::Revoking], Self::Revoked),
            E::CaUnavailable => self.only(&[Self::Revoking], Self::Revoking),
            E::CaRefused => self.only(&[Self::Revoking], Self::OnHold),
            E::ProofSeen => self.only(&[Self::Revoked], Self::Completed),
            E::Withdrawn => self.only(&Self::UNDECIDED, Self::Withdrawn),
            E::SourceExpired => self.only(&Self::UNDECIDED, Self::Expired),
        }
    }

    /// Over: nothing leaves these states.
    pub const CLOSED: [Self; 3] = [Self::Completed, Self::Withdrawn, Self::Expired];

    /// Nothing irreversible has happened yet.
    pub const UNDECIDED: [Self; 4] = [Self::AwaitingReissue, Self::AwaitingCall, Self::Confirmed, Self::OnHold];

    /// Open, and not revoked as far as anybody knows.
    pub const UNREVOKED: [Self; 5] =
        [Self::AwaitingReissue, Self::AwaitingCall, Self::Confirmed, Self::OnHold, Self::Revoking];

    fn only(self, from: &[Self], to: Self) -> Option<Self> {
        from.contains(&self).then_some(to)
    }
}

impl std::str::FromStr for CaseState {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Problem::on("state", "state_unknown").with("value", text))
    }
}

/// What can happen to a case. Filing is not an event: it makes the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaseEvent {
    ReplacementRegistered,
    CallConfirmed,
    CallUnanswered,
    CallBackPromised,
    /// The call showed that nobody entitled can be reached: contact changed, wrong number, identity failed.
    CallBlocked,
    HoldPlaced,
    HoldResolved,
    DateChanged,
    /// Contact, reason or certificate changed under a confirmation.
    SubstanceChanged,
    /// The confirmation is older than the configured number of business days.
    ConfirmationLapsed,
    /// The database was restored from a backup: a withdrawal may be lost, and the CA shows the source good.
    ConfirmationVoided,
    KeyCompromiseReported,
    OverrideApproved,
    /// The CA already shows the source revoked, and not by us.
    FoundRevoked,
    ExecutionStarted,
    RevocationAccepted,
    CaUnavailable,
    CaRefused,
    ProofSeen,
    Withdrawn,
    SourceExpired,
}

impl CaseEvent {
    pub const ALL: [Self; 21] = [
        Self::ReplacementRegistered,
        Self::CallConfirmed,
        Self::CallUnanswered,
        Self::CallBackPromised,
        Self::CallBlocked,
        Self::HoldPlaced,
        Self::HoldResolved,
        Self::DateChanged,
        Self::SubstanceChanged,
        Self::ConfirmationLapsed,
        Self::ConfirmationVoided,
        Self::KeyCompromiseReported,
        Self::OverrideApproved,
        Self::FoundRevoked,
        Self::ExecutionStarted,
        Self::RevocationAccepted,
        Self::CaUnavailable,
        Self::CaRefused,
        Self::ProofSeen,
        Self::Withdrawn,
        Self::SourceExpired,
    ];

    /// The word in audit events, `docs/states.md` and the timeline.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReplacementRegistered => "replacement_registered",
            Self::CallConfirmed => "call_confirmed",
            Self::CallUnanswered => "call_unanswered",
            Self::CallBackPromised => "call_back_promised",
            Self::CallBlocked => "call_blocked",
            Self::HoldPlaced => "hold_placed",
            Self::HoldResolved => "hold_resolved",
            Self::DateChanged => "date_changed",
            Self::SubstanceChanged => "substance_changed",
            Self::ConfirmationLapsed => "confirmation_lapsed",
            Self::ConfirmationVoided => "confirmation_voided",
            Self::KeyCompromiseReported => "key_compromise_reported",
            Self::OverrideApproved => "override_approved",
            Self::FoundRevoked => "found_revoked",
            Self::ExecutionStarted => "execution_started",
            Self::RevocationAccepted => "revocation_accepted",
            Self::CaUnavailable => "ca_unavailable",
            Self::CaRefused => "ca_refused",
            Self::ProofSeen => "proof_seen",
            Self::Withdrawn => "withdrawn",
            Self::SourceExpired => "source_expired",
        }
    }

    /// Whether it may be written down while the desk is halted: only what the CA says, and what takes a permission away.
    pub fn counts_while_halted(self) -> bool {
        match self {
            Self::FoundRevoked
            | Self::RevocationAccepted
            | Self::CaUnavailable
            | Self::CaRefused
            | Self::ConfirmationVoided => true,
            Self::ReplacementRegistered
            | Self::CallConfirmed
            | Self::CallUnanswered
            | Self::CallBackPromised
            | Self::CallBlocked
            | Self::HoldPlaced
            | Self::HoldResolved
            | Self::DateChanged
            | Self::SubstanceChanged
            | Self::ConfirmationLapsed
            | Self::KeyCompromiseReported
            | Self::OverrideApproved
            | Self::ExecutionStarted
            | Self::ProofSeen
            | Self::Withdrawn
            | Self::SourceExpired => false,
        }
    }
}

/// An event that the table does not allow in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot follow in state {}", event.as_str(), state.as_str())]
pub struct TransitionRefused {
    pub state: CaseState,
    pub event: CaseEvent,
}

impl TransitionRefused {
    pub fn problem(self) -> Problem {
        Problem::new("transition_refused").with("state", self.state.as_str()).with("event", self.event.as_str())
    }
}

/// Why a case is on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldReason {
    ContactChanged,
    WrongNumber,
    IdentityFailed,
    CaRefused,
    /// Placed by a person, with a note.
    Manual,
}

impl HoldReason {
    pub const ALL: [Self; 5] =
        [Self::ContactChanged, Self::WrongNumber, Self::IdentityFailed, Self::CaRefused, Self::Manual];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContactChanged => "contact_changed",
            Self::WrongNumber => "wrong_number",
            Self::IdentityFailed => "identity_failed",
            Self::CaRefused => "ca_refused",
            Self::Manual => "manual",
        }
    }
}

impl std::str::FromStr for HoldReason {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| Problem::on("hold_reason", "hold_reason_unknown").with("value", text))
    }
}

impl HoldReason {
    /// Whether the desk waits for a word of the customer: a successor, a number that reaches the right person.
    pub fn waits_for_customer(self) -> bool {
        match self {
            Self::ContactChanged | Self::WrongNumber | Self::IdentityFailed => true,
            Self::CaRefused | Self::Manual => false,
        }
    }
}

/// Whether customers may still change their case by themselves. Staff may later; what the state allows is the
/// transition table's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeWindow {
    /// When the desk closes on the business day before `due_on`; at that instant it is too late.
    pub deadline: DateTime<Utc>,
    /// The desk called in vain or waits on hold, and asked the customer to act: the planned call is no longer ahead, so
    /// the deadline does not count.
    pub asked_back: bool,
}

impl ChangeWindow {
    pub fn new(due_on: NaiveDate, asked_back: bool, calendar: &Calendar) -> Self {
        Self { deadline: calendar.closing_on(calendar.previous_business_day(due_on)), asked_back }
    }

    pub fn is_open(self, now: DateTime<Utc>) -> bool {
        self.asked_back || now < self.deadline
    }
}

/// What customers change by themselves until the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerChange {
    RequestedDate,
    Withdrawal,
    CallBand,
}

impl CustomerChange {
    /// The refusal after the deadline. Its sentence also names the desk's telephone, which the rule does not know.
    pub fn check(self, window: ChangeWindow, now: DateTime<Utc>) -> Result<(), Problem> {
        if window.is_open(now) {
            return Ok(());
        }
        let refused = match self {
            Self::RequestedDate => Problem::on("requested_on", "date_change_too_late"),
            Self::Withdrawal => Problem::new("withdrawal_too_late"),
            Self::CallBand => Problem::on("call_band", "call_band_too_late"),
        };
        Err(refused.with("deadline", window.deadline).with("closes", jst_time(window.deadline)))
    }
}

/// What a revocation is decided on, read in the transaction that starts it.
#[derive(Debug, Clone)]
pub struct ExecutionFacts<'a> {
    pub state: CaseState,
    pub version: i64,
    pub due_on: NaiveDate,
    /// The newest authorization of the case, whatever version it was given for.
    pub authorization: Option<&'a Authorization>,
    /// Issuer, serial and SHA-256 as registered with the case.
    pub registered: &'a CertificateIdentity,
    /// The same three read again from the certificate's own bytes.
    pub target: &'a CertificateIdentity,
    /// Whether a replacement stands in the books for this case.
    pub has_replacement: bool,
    /// Whether the source is the newest certificate of its chain of reissues.
    pub source_is_newest: bool,
}

/// Why a revocation may not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionRefused {
    #[error("the case is {}, not confirmed", .0.as_str())]
    NotConfirmed(CaseState),
    #[error("nothing permits this revocation")]
    NoAuthorization,
    #[error("the authorization was given for version {given}, the case is at version {current}")]
    AuthorizationVoid { given: i64, current: i64 },
    #[error("the confirmation of {confirmed_on} is too old")]
    ConfirmationLapsed { confirmed_on: NaiveDate },
    #[error("not due before {due_on}")]
    NotDue { due_on: NaiveDate },
    #[error("no replacement has been issued")]
    NoReplacement,
    #[error("the certificate differs from the registered one")]
    TargetDiffers,
    #[error("the certificate is the newest of its chain")]
    TargetIsNewest,
}

impl ExecutionRefused {
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotConfirmed(state) => Problem::new("not_confirmed").with("state", state.as_str()),
            Self::NoAuthorization => Problem::new("no_authorization"),
            Self::AuthorizationVoid { .. } => Problem::new("authorization_void"),
            Self::ConfirmationLapsed { confirmed_on } => {
                Problem::new("confirmation_lapsed").with("confirmed_on", confirmed_on)
            }
            Self::NotDue { due_on } => Problem::new("not_due").with("due_on", due_on),
            Self::NoReplacement => Problem::new("no_replacement"),
            Self::TargetDiffers => Problem::new("target_differs"),
            Self::TargetIsNewest => Problem::new("target_is_newest"),
        }
    }
}

/// How long a phone confirmation counts, in business days [ours, a setting; default 5].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfirmationAge(pub u32);

/// The execution guards (`domain.md` section 4), all of them, in the order an agent can act on them.
pub fn check_execution(
    facts: &ExecutionFacts<'_>,
    today: NaiveDate,
    calendar: &Calendar,
    max_age: ConfirmationAge,
) -> Result<(), ExecutionRefused> {
    let authorization = facts.authorization.ok_or(ExecutionRefused::NoAuthorization);
    if facts.state != CaseState::Confirmed {
        // Without an authorization the missing one is what the agent has to get first.
        authorization?;
        return Err(ExecutionRefused::NotConfirmed(facts.state));
    }
    let authorization = authorization?;
    if authorization.case_version != facts.version {
        return Err(ExecutionRefused::AuthorizationVoid { given: authorization.case_version, current: facts.version });
    }
    check_lapse(authorization, today, calendar, max_age)?;
    if today < facts.due_on && authorization.kind.waits_for_due_date() {
        return Err(ExecutionRefused::NotDue { due_on: facts.due_on });
    }
    if !facts.has_replacement && authorization.kind.needs_replacement() {
        return Err(ExecutionRefused::NoReplacement);
    }
    if facts.target != facts.registered {
        return Err(ExecutionRefused::TargetDiffers);
    }
    // Without a replacement (compromise, incident) the source is rightly the only one of its chain.
    if facts.source_is_newest && facts.has_replacement {
        return Err(ExecutionRefused::TargetIsNewest);
    }
    Ok(())
}

/// Refuses a phone confirmation older than `max_age` business days.
pub fn check_lapse(
    authorization: &Authorization,
    today: NaiveDate,
    calendar: &Calendar,
    max_age: ConfirmationAge,
) -> Result<(), ExecutionRefused> {
    if authorization.kind != AuthorizationKind::PhoneConfirmation {
        return Ok(());
    }
    let confirmed_on = super::calendar::jst_date(authorization.granted_at);
    if today > calendar.add_business_days(confirmed_on, max_age.0) {
        return Err(ExecutionRefused::ConfirmationLapsed { confirmed_on });
    }
    Ok(())
}
