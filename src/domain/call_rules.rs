//! How the desk calls: how long a case is held, how often somebody is called again who does not answer, how long a
//! confirmation counts, when customers are reminded. Owns the limits of these numbers.

use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::setting::Change;

/// Reminders that one case gets at most.
const MOST_REMINDERS: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallRules {
    /// Unanswered calls after which the customer is written to and a supervisor decides.
    pub attempts: u32,
    /// Business days over which those calls are spread at most.
    pub attempts_within_business_days: u32,
    /// Minutes between two calls at least.
    pub attempts_apart_minutes: u32,
    /// Minutes for which a claimed case is held without input.
    pub lease_minutes: u32,
    /// Minutes after which a claim ends even with input.
    pub lease_hard_stop_minutes: u32,
    /// Business days before `due_on` on which the customer is reminded.
    pub reminder_business_days: Vec<u32>,
    /// Business days before `due_on` from which a confirmation counts.
    pub window_business_days: u32,
    /// Business days after which a confirmation is too old to revoke on.
    pub confirmation_max_age_business_days: u32,
}

impl Default for CallRules {
    fn default() -> Self {
        Self {
            attempts: 3,
            attempts_within_business_days: 2,
            attempts_apart_minutes: 60,
            lease_minutes: 15,
            lease_hard_stop_minutes: 45,
            reminder_business_days: vec![5, 1],
            window_business_days: 0,
            confirmation_max_age_business_days: 5,
        }
    }
}

impl CallRules {
    /// The rules that are one number each, with their limits, in the order of the page.
    fn numbers(&self) -> [(&'static str, u32, u32, u32); 7] {
        [
            ("attempts", self.attempts, 1, 20),
            ("attempts_within_business_days", self.attempts_within_business_days, 1, 20),
            ("attempts_apart_minutes", self.attempts_apart_minutes, 0, 1440),
            ("lease_minutes", self.lease_minutes, 1, 120),
            ("lease_hard_stop_minutes", self.lease_hard_stop_minutes, self.lease_minutes, 480),
            ("window_business_days", self.window_business_days, 0, 20),
            ("confirmation_max_age_business_days", self.confirmation_max_age_business_days, 1, 20),
        ]
    }

    /// Every number that is outside of its limits, named by its field.
    pub fn check(&self) -> Vec<Problem> {
        let out_of_range =
            |field, from: u32, to: u32| Problem::on(field, "setting_out_of_range").with("from", from).with("to", to);
        let mut problems: Vec<Problem> = self
            .numbers()
            .into_iter()
            .filter(|(_, value, from, to)| !(from..=to).contains(&value))
            .map(|(field, _, from, to)| out_of_range(field, from, to))
            .collect();
        let reminders = &self.reminder_business_days;
        if reminders.iter().any(|days| !(1..=60).contains(days)) {
            problems.push(out_of_range("reminder_business_days", 1, 60));
        } else if reminders.len() > MOST_REMINDERS {
            problems.push(Problem::on("reminder_business_days", "reminders_too_many").with("limit", MOST_REMINDERS));
        }
        problems
    }

    /// The value of each rule as it is typed, in the order of the page.
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        let reminders: Vec<String> = self.reminder_business_days.iter().map(ToString::to_string).collect();
        let mut entries: Vec<_> =
            self.numbers().into_iter().map(|(field, value, _, _)| (field, value.to_string())).collect();
        entries.insert(5, ("reminder_business_days", reminders.join(", ")));
        entries
    }

    /// What differs in `new`.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        let pairs = self.entries().into_iter().zip(new.entries());
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        changed.map(|((field, before), (_, after))| Change { field: field.to_owned(), before, after }).collect()
    }
}
