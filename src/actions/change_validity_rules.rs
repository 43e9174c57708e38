//! Adds a row to the table of validity rules, replaces one or takes one away. A row counts from its own day on.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use super::take_over_settings::take_over_settings;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::problem::Problem;
use crate::domain::setting::SettingName;
use crate::domain::validity::{RuleChange, ValidityPolicy, ValidityRule};
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::desk_settings::{self, NewVersion};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleStep {
    Set(ValidityRule),
    Remove(NaiveDate),
}

impl RuleStep {
    /// The table after this step.
    pub fn apply(self, table: &ValidityPolicy, today: NaiveDate) -> Result<ValidityPolicy, Problem> {
        let new = match self {
            Self::Set(rule) => table.with_rule(rule, today)?,
            Self::Remove(from) => table.without_rule(from, today)?,
        };
        if new == *table { Err(Problem::new("setting_unchanged")) } else { Ok(new) }
    }
}

pub struct ChangeValidityRules {
    /// The newest version that the author knew; 0 for none.
    pub seen: i64,
    pub step: RuleStep,
    pub reason: String,
}

pub async fn change_validity_rules(
    desk: &Services,
    input: ChangeValidityRules,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let today = jst_date(now);
    let reason = check_reason(&input.reason)?;
    let txn = transaction::begin(&desk.db).await?;
    let before = desk.policy_of(&desk_settings::live(&txn).await?);
    let after = input.step.apply(&before, today)?;
    let new = NewVersion {
        name: SettingName::ValidityRules,
        seen: input.seen,
        value: json!(after.rules()),
        effective_on: today,
        reason,
    };
    let version = desk_settings::store(&txn, new, actor, now).await?;
    let changes: Vec<_> = before.changes_to(&after).into_iter().map(recorded).collect();
    let detail = json!({ "version": version, "reason": reason, "changes": changes });
    let act =
        Act { action: "validity_rules_changed", subject: "setting:validity_rules".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    take_over_settings(desk).await
}

fn recorded(change: RuleChange) -> serde_json::Value {
    json!({ "field": change.from, "before": change.before, "after": change.after })
}
