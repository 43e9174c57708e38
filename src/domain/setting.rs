//! The settings that administrators change while the program runs: their names, and what a change consists of.

use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// One setting of the desk, kept with all its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingName {
    /// [`super::call_rules::CallRules`]
    Calls,
    /// The rows of [`super::validity::ValidityPolicy`].
    ValidityRules,
    /// Whether the CA is asked for anything.
    CaConnection,
    /// [`super::calendar::hours::AnnouncedHours`]
    OpeningHours,
    /// [`super::installation::InstallationRules`]
    Installation,
    /// Calls a second that a CA may be asked, by its name.
    CaRates,
}

impl SettingName {
    pub const ALL: [Self; 6] =
        [Self::Calls, Self::ValidityRules, Self::CaConnection, Self::OpeningHours, Self::Installation, Self::CaRates];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::ValidityRules => "validity_rules",
            Self::CaConnection => "ca_connection",
            Self::OpeningHours => "opening_hours",
            Self::Installation => "installation",
            Self::CaRates => "ca_rates",
        }
    }
}

impl std::str::FromStr for SettingName {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| Problem::on("name", "value_unknown").with("value", text))
    }
}

/// One value that a change replaces. Nothing stands for what was or will not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub field: String,
    pub before: String,
    pub after: String,
}

/// The value of [`SettingName::CaConnection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaConnection {
    /// Due cases wait, and no replacement is issued.
    pub paused: bool,
}
