//! The halt of the desk: a database that was restored knows less than the CA and the customers do.
//!
//! While the desk is halted nothing is decided. What the CA says is still written down, and people can log in.

use super::case::CaseEvent;
use super::problem::Problem;

/// Why the desk stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HaltCause {
    /// The database lacks what was seen of it before: it was restored or swapped.
    Restored,
    /// A person wants it so.
    Ordered,
}

impl HaltCause {
    pub const ALL: [Self; 2] = [Self::Restored, Self::Ordered];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Ordered => "ordered",
        }
    }

    /// Whether the open cases have to be reconciled before the desk goes on.
    pub fn needs_reconciliation(self) -> bool {
        match self {
            Self::Restored => true,
            Self::Ordered => false,
        }
    }
}

impl std::str::FromStr for HaltCause {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|cause| cause.as_str() == text)
            .ok_or_else(|| Problem::on("cause", "value_unknown").with("value", text))
    }
}

/// What the reconciliation of one case came to, where a person should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// The CA shows the source revoked: taken over.
    FoundRevoked,
    /// Was confirmed; a withdrawal may be lost, so the contact is phoned again.
    ConfirmationVoided,
    /// Confirmed by a report of key compromise, which cannot be withdrawn: it is revoked once the desk goes on.
    CompromiseStays,
    /// The CA shows the replacement revoked.
    ReplacementRevoked,
    /// The desk has a receipt of the CA, which shows the certificate good.
    NotRevokedAtCa,
    /// Waits for its replacement, which may have been issued already.
    IssueUnsure,
    /// The CA did not answer.
    NoAnswer,
}

impl Finding {
    pub const ALL: [Self; 7] = [
        Self::FoundRevoked,
        Self::ConfirmationVoided,
        Self::CompromiseStays,
        Self::ReplacementRevoked,
        Self::NotRevokedAtCa,
        Self::IssueUnsure,
        Self::NoAnswer,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::FoundRevoked => "found_revoked",
            Self::ConfirmationVoided => "confirmation_voided",
            Self::CompromiseStays => "compromise_stays",
            Self::ReplacementRevoked => "replacement_revoked",
            Self::NotRevokedAtCa => "not_revoked_at_ca",
            Self::IssueUnsure => "issue_unsure",
            Self::NoAnswer => "no_answer",
        }
    }
}

impl std::str::FromStr for Finding {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|finding| finding.as_str() == text)
            .ok_or_else(|| Problem::on("finding", "value_unknown").with("value", text))
    }
}

/// Acts besides the steps of cases that are recorded while the desk is halted: its own, and those that let people in or
/// keep them out.
const ALLOWED: &[&str] = &[
    "desk_halted",
    "desk_reconciled",
    "desk_released",
    "logged_in",
    "customer_logged_in",
    "password_changed",
    "preferences_chosen",
    "customer_password_set",
    "confirmation_code_on",
    "confirmation_code_off",
    "customer_disabled",
    "user_created",
    "token_created",
];

/// Whether an act may be recorded while the desk is halted.
pub fn may_happen(action: &str) -> bool {
    match CaseEvent::ALL.into_iter().find(|event| event.as_str() == action) {
        Some(event) => event.counts_while_halted(),
        None => ALLOWED.contains(&action),
    }
}

/// The refusal of everything else.
pub fn refusal() -> Problem {
    Problem::new("desk_halted")
}
