//! Sets how many calls a second a CA outside may be asked, at once on every node.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use super::take_over_settings::take_over_settings;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::problem::Problem;
use crate::domain::setting::SettingName;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::desk_settings::{self, NewVersion};
use crate::models::transaction;
use crate::services::Services;
use crate::settings::RATES;

pub struct ChangeCaRate {
    /// The newest version that the author knew; 0 for none.
    pub seen: i64,
    /// The CA's name in the settings.
    pub authority: String,
    pub per_second: u32,
    pub reason: String,
}

/// Refused where nothing changes, and for the CA inside, which has no rate.
pub async fn change_ca_rate(desk: &Services, input: ChangeCaRate, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let mut rates = desk_settings::live(&txn).await?.ca_rates().clone();
    let before = rates.get(&input.authority).copied().map_or_else(|| configured(desk, &input.authority), Ok)?;
    let mut problems = check_ca_rate(before, input.per_second);
    problems.extend(check_reason(&input.reason).err());
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    rates.insert(input.authority.clone(), input.per_second);
    let reason = input.reason.trim();
    let value = json!(rates);
    let new = NewVersion { name: SettingName::CaRates, seen: input.seen, value, effective_on: jst_date(now), reason };
    desk_settings::store(&txn, new, actor, now).await?;
    let detail = json!({
        "authority": input.authority,
        "reason": reason,
        "before": before,
        "after": input.per_second,
    });
    let act = Act { action: "ca_rate_changed", subject: "setting:ca_rates".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    take_over_settings(desk).await
}

/// The rate that the file gives a CA outside.
fn configured(desk: &Services, authority: &str) -> Result<u32> {
    desk.authorities
        .named(authority)
        .and_then(|member| member.per_second)
        .ok_or_else(|| Error::not_found("authority_not_found"))
}

/// Everything that is wrong with this rate after the one that counts so far.
pub fn check_ca_rate(before: u32, per_second: u32) -> Vec<Problem> {
    if !RATES.contains(&per_second) {
        let problem = Problem::on("per_second", "setting_out_of_range");
        return vec![problem.with("from", RATES.start()).with("to", RATES.end())];
    }
    if per_second == before { vec![Problem::new("setting_unchanged")] } else { Vec::new() }
}
