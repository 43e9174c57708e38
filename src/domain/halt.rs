//! The halt of the desk: a database that was restored knows less than the CA and the customers do.
//!
//! While the desk is halted nothing is decided. What the CA says is still written down, and people can log in.

use super::case::CaseEvent;
use super::named::named;
use super::problem::Problem;

named! {
    /// Why the desk stands still.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum HaltCause {
        /// The database lacks what was seen of it before: it was restored or swapped.
        Restored = "restored",
        /// A person wants it so.
        Ordered = "ordered",
    }
    else |text| Problem::on("cause", "value_unknown").with("value", text)
}

impl HaltCause {
    /// Whether the open cases have to be reconciled before the desk goes on.
    pub fn needs_reconciliation(self) -> bool {
        match self {
            Self::Restored => true,
            Self::Ordered => false,
        }
    }
}

named! {
    /// What the reconciliation of one case came to, where a person should know.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Finding {
        /// The CA shows the source revoked: taken over.
        FoundRevoked = "found_revoked",
        /// Was confirmed; a withdrawal may be lost, so the contact is phoned again.
        ConfirmationVoided = "confirmation_voided",
        /// Confirmed by a report of key compromise, which cannot be withdrawn: it is revoked once the desk goes on.
        CompromiseStays = "compromise_stays",
        /// The CA shows the replacement revoked.
        ReplacementRevoked = "replacement_revoked",
        /// The desk has a receipt of the CA, which shows the certificate good.
        NotRevokedAtCa = "not_revoked_at_ca",
        /// Waits for its replacement, which may have been issued already.
        IssueUnsure = "issue_unsure",
        /// The CA did not answer.
        NoAnswer = "no_answer",
    }
    else |text| Problem::on("finding", "value_unknown").with("value", text)
}

/// Acts besides the steps of cases that are recorded while the desk is halted: its own, those that let people in or keep
/// them out, and those of people who look what happened.
const ALLOWED: &[&str] = &[
    "desk_halted",
    "desk_reconciled",
    "desk_released",
    "logged_in",
    "identity_proven",
    "identity_refused",
    "staff_code_on",
    "staff_code_off",
    "passkey_added",
    "passkey_removed",
    "sessions_ended",
    "user_factor_released",
    "access_reviewed",
    "secrets_sealed",
    "master_key_rotated",
    "customer_logged_in",
    "password_changed",
    "preferences_chosen",
    "customer_password_set",
    "confirmation_code_on",
    "confirmation_code_off",
    "customer_disabled",
    "user_created",
    "user_disabled",
    "user_password_reset",
    "token_created",
    "audit_exported",
    "audit_unlocked",
    "report_exported",
    "token_revoked",
    "ca_paused",
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
