//! The rules of phone work as the file has them; an administrator may change them later, from a day on.

use serde::Deserialize;

use super::{SettingsError, is_a_line, require};
use crate::domain::call_rules::CallRules;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calls {
    /// Business days before `due_on` from which a confirmation counts.
    pub window_business_days: u32,
    /// Minutes for which a claimed case is held without input.
    pub lease_minutes: u32,
    /// Minutes after which a claim ends even with input.
    pub lease_hard_stop_minutes: u32,
    /// Business days after which a confirmation is too old to revoke on.
    pub confirmation_max_age_business_days: u32,
    /// Unanswered calls after which the customer is written to and a supervisor decides.
    pub attempts: u32,
    /// Business days over which those calls are spread at most.
    pub attempts_within_business_days: u32,
    /// Minutes between two calls at least.
    pub attempts_apart_minutes: u32,
    /// Business days before `due_on` on which the customer is reminded.
    pub reminder_business_days: Vec<u32>,
    /// Cases that one person can take on a day: above this for all who phone, the calendar calls a day crowded.
    pub cases_a_day: u32,
    /// Version of the call script in `views/`, kept with each recorded call.
    pub script_version: String,
}

impl Default for Calls {
    fn default() -> Self {
        let rules = CallRules::default();
        Self {
            window_business_days: rules.window_business_days,
            lease_minutes: rules.lease_minutes,
            lease_hard_stop_minutes: rules.lease_hard_stop_minutes,
            confirmation_max_age_business_days: rules.confirmation_max_age_business_days,
            attempts: rules.attempts,
            attempts_within_business_days: rules.attempts_within_business_days,
            attempts_apart_minutes: rules.attempts_apart_minutes,
            reminder_business_days: rules.reminder_business_days,
            cases_a_day: 20,
            script_version: "2026-11".to_owned(),
        }
    }
}

impl Calls {
    /// The rules as the file has them: those that count until an administrator changes them
    /// ([`crate::services::Services::calls_on`]).
    pub fn rules(&self) -> CallRules {
        CallRules {
            attempts: self.attempts,
            attempts_within_business_days: self.attempts_within_business_days,
            attempts_apart_minutes: self.attempts_apart_minutes,
            lease_minutes: self.lease_minutes,
            lease_hard_stop_minutes: self.lease_hard_stop_minutes,
            reminder_business_days: self.reminder_business_days.clone(),
            window_business_days: self.window_business_days,
            confirmation_max_age_business_days: self.confirmation_max_age_business_days,
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if let Some(problem) = self.rules().check().first() {
            let key = format!("calls.{}", problem.field.unwrap_or_default());
            return Err(SettingsError::Value { key, reason: problem.to_string() });
        }
        require("calls.cases_a_day", (1..=500).contains(&self.cases_a_day), "is not within 1..=500")?;
        is_a_line("calls.script_version", &self.script_version)
    }
}
