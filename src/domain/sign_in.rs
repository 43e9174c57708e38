//! By what a member of staff proved who they are, what is still asked for, and for how long a proof counts.

use chrono::{DateTime, TimeDelta, Utc};

use super::problem::Problem;

/// What was asked for last when somebody logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    Password,
    /// A password, and a code of the authenticator app.
    Code,
    /// A password, and a code that was kept for the day without the app.
    RecoveryCode,
    /// A key that its owner unlocked on their device.
    Passkey,
    /// The company's own log-in, which asks for what it finds right.
    SingleSignOn,
}

impl Means {
    pub const ALL: [Self; 5] = [Self::Password, Self::Code, Self::RecoveryCode, Self::Passkey, Self::SingleSignOn];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
            Self::SingleSignOn => "sso",
        }
    }

    /// Whether more than a password was asked for.
    pub fn is_strong(self) -> bool {
        match self {
            Self::Password => false,
            Self::Code | Self::RecoveryCode | Self::Passkey | Self::SingleSignOn => true,
        }
    }

    /// Whether the account's own password was asked for.
    fn by_password(self) -> bool {
        match self {
            Self::Password | Self::Code | Self::RecoveryCode => true,
            Self::Passkey | Self::SingleSignOn => false,
        }
    }
}

impl std::str::FromStr for Means {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|means| means.as_str() == text);
        found.ok_or_else(|| Problem::new("malformed_request"))
    }
}

/// What comes before anything else at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Choosing a password in place of one that somebody else knows.
    Password,
    /// Setting up a second factor.
    SecondFactor,
}

/// Whoever has a second factor came in with it: the log-in asks for it.
pub fn due(means: Means, must_change_password: bool, second_factor_required: bool) -> Option<Due> {
    if must_change_password && means.by_password() {
        Some(Due::Password)
    } else if second_factor_required && !means.is_strong() {
        Some(Due::SecondFactor)
    } else {
        None
    }
}

/// For how long somebody who proved who they are may do what asks for a proof of its own.
pub const PROOF_COUNTS: TimeDelta = TimeDelta::minutes(5);

/// Clocks of nodes differ: what another one noted a moment ahead of this one counts.
pub fn is_fresh(proven_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    proven_at.is_some_and(|at| now < at + PROOF_COUNTS)
}

/// How long ago the company's own log-in may have asked for who somebody is, to count as a proof: the way back from it. One
/// that did not ask, because it still knew them, names a time long past or none.
pub const SSO_ANSWER_COUNTS: TimeDelta = TimeDelta::minutes(2);
/// By how much its clock may be ahead.
const SSO_CLOCK_AHEAD: TimeDelta = TimeDelta::minutes(1);

pub fn was_just_asked(authenticated_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    authenticated_at.is_some_and(|at| at <= now + SSO_CLOCK_AHEAD && now < at + SSO_ANSWER_COUNTS)
}
