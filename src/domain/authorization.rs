//! What permits the revocation of one version of a case.
//!
//! An authorization is a fact row. Changing date, contact, reason or certificate makes a new version of the case,
//! so an authorization given before no longer counts; nobody has to remember to delete it.

use chrono::{DateTime, Utc};

use super::named::named;
use super::problem::Problem;

named! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum AuthorizationKind {
        /// The right contact agreed on the phone.
        PhoneConfirmation = "phone_confirmation",
        /// Key compromise reported: 24 h clock, no phone gate (BR 4.9.1.1).
        KeyCompromise = "key_compromise",
        /// Two supervisors with a written ground.
        SupervisorOverride = "supervisor_override",
        /// Mass revocation after an incident of the CA.
        Incident = "incident",
    }
    else |text| Problem::on("kind", "authorization_kind_unknown").with("value", text)
}

impl AuthorizationKind {
    /// Key compromise takes no date.
    pub fn waits_for_due_date(self) -> bool {
        match self {
            Self::KeyCompromise => false,
            Self::PhoneConfirmation | Self::SupervisorOverride | Self::Incident => true,
        }
    }

    /// Compromise and incident revoke even a certificate that has no successor.
    pub fn needs_replacement(self) -> bool {
        match self {
            Self::KeyCompromise | Self::Incident => false,
            Self::PhoneConfirmation | Self::SupervisorOverride => true,
        }
    }

    /// Whether the customer was on the telephone when it was given.
    pub fn was_given_in_a_call(self) -> bool {
        match self {
            Self::PhoneConfirmation => true,
            Self::KeyCompromise | Self::SupervisorOverride | Self::Incident => false,
        }
    }
}

/// The permission to revoke version `case_version` of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    pub kind: AuthorizationKind,
    pub case_version: i64,
    pub granted_at: DateTime<Utc>,
}

/// An override takes two people: the second may not be the first.
pub fn check_second_person(requested_by: &str, approver: &str) -> Result<(), Problem> {
    if requested_by == approver { Err(Problem::new("own_request")) } else { Ok(()) }
}
