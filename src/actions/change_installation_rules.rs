//! Turns the looks at customers' sites on or off, or changes how they are taken.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use super::take_over_settings::take_over_settings;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::installation::InstallationRules;
use crate::domain::problem::Problem;
use crate::domain::setting::SettingName;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::desk_settings::{self, NewVersion};
use crate::models::{installation, transaction};
use crate::services::Services;

pub struct ChangeInstallationRules {
    /// The newest version that the author knew; 0 for none.
    pub seen: i64,
    pub rules: InstallationRules,
    pub reason: String,
}

/// Counts at once. Refused where nothing changes.
pub async fn change_installation_rules(
    desk: &Services,
    input: ChangeInstallationRules,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let before = desk_settings::installation(&txn).await?;
    let mut problems = check_installation_rules(&before, &input.rules);
    problems.extend(check_reason(&input.reason).err());
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let reason = input.reason.trim();
    let new = NewVersion {
        name: SettingName::Installation,
        seen: input.seen,
        value: json!(input.rules),
        effective_on: jst_date(now),
        reason,
    };
    let version = desk_settings::store(&txn, new, actor, now).await?;
    installation::forget_turns(&txn).await?;
    let detail = json!({ "version": version, "reason": reason, "changes": before.changes_to(&input.rules) });
    let subject = "setting:installation".to_owned();
    let act = Act { action: "installation_rules_changed", subject, case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    take_over_settings(desk).await
}

/// Everything that is wrong with these rules after those that count so far.
pub fn check_installation_rules(before: &InstallationRules, rules: &InstallationRules) -> Vec<Problem> {
    let problems = rules.check();
    if problems.is_empty() && before == rules { vec![Problem::new("setting_unchanged")] } else { problems }
}
