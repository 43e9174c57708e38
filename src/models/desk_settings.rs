//! Versions of the settings that administrators change while the program runs.
//!
//! On a day that version counts whose own day came last, and of two with the same day the newer. Rows are never changed:
//! who plans something else stores another version.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect};
use serde::de::DeserializeOwned;

use super::_entities::desk_settings::{ActiveModel, Column, Entity};
use crate::domain::actor::Actor;
use crate::domain::calendar::Calendar;
use crate::domain::calendar::hours::AnnouncedHours;
use crate::domain::call_rules::CallRules;
use crate::domain::installation::InstallationRules;
use crate::domain::problem::Problem;
use crate::domain::setting::{CaConnection, SettingName};
use crate::domain::validity::{ValidityPolicy, ValidityRule};
use crate::errors::{Error, Result};

pub use super::_entities::desk_settings::Model as SettingVersion;

/// Versions that are read: far more than anybody plans ahead.
const PLANNED: u64 = 50;

/// A change that came after another one that its author had not seen.
pub const OVERTAKEN: &str = "setting_overtaken";

/// The settings in force and those that are planned. What nobody changed is not there: the file counts.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The latest day first.
    calls: Vec<(Date, CallRules)>,
    policy: Option<Arc<ValidityPolicy>>,
    pause: Option<Pause>,
    /// The latest day first.
    hours: Vec<(Date, AnnouncedHours)>,
    installation: InstallationRules,
    ca_rates: BTreeMap<String, u32>,
}

/// Why the CA is not asked for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub since: DateTimeUtc,
    pub by: String,
    pub reason: String,
}

impl Live {
    pub fn calls_on(&self, day: Date) -> Option<&CallRules> {
        self.calls.iter().find(|(from, _)| *from <= day).map(|(_, rules)| rules)
    }

    /// The first day after `today` on which other rules for calls begin to count.
    pub fn next_calls_day(&self, today: Date) -> Option<Date> {
        self.calls.iter().map(|(from, _)| *from).filter(|from| *from > today).min()
    }

    /// What an administrator set for that day.
    pub fn hours_on(&self, day: Date) -> Option<&AnnouncedHours> {
        self.hours.iter().find(|(from, _)| *from <= day).map(|(_, hours)| hours)
    }

    /// The first day after `today` on which other hours begin to count.
    pub fn next_hours_day(&self, today: Date) -> Option<Date> {
        self.hours.iter().map(|(from, _)| *from).filter(|from| *from > today).min()
    }

    /// The calendar with the hours of each day.
    pub fn complete(&self, calendar: Calendar) -> Calendar {
        // Of two versions with the same day the newer comes first in the list and counts.
        self.hours
            .iter()
            .rev()
            .fold(calendar, |calendar, (from, announced)| calendar.with_hours(*from, announced.hours))
    }

    pub fn policy(&self) -> Option<Arc<ValidityPolicy>> {
        self.policy.clone()
    }

    /// Whether and how customers' sites are looked at.
    pub fn installation(&self) -> &InstallationRules {
        &self.installation
    }

    pub fn pause(&self) -> Option<&Pause> {
        self.pause.as_ref()
    }

    /// Calls a second, by the name of the CA; for the others the file counts.
    pub fn ca_rates(&self) -> &BTreeMap<String, u32> {
        &self.ca_rates
    }
}

/// Reads what is in force and what is planned.
pub async fn live(db: &impl ConnectionTrait) -> Result<Live, DbErr> {
    let calls = planned(db, SettingName::Calls).await?;
    let hours = planned(db, SettingName::OpeningHours).await?;
    let table = newest(db, SettingName::ValidityRules).await?;
    let policy = table.as_ref().map(policy_of).transpose()?.map(Arc::new);
    let ca_rates = newest(db, SettingName::CaRates).await?.as_ref().map(read).transpose()?.unwrap_or_default();
    Ok(Live { calls, policy, pause: ca_pause(db).await?, ca_rates, hours, installation: installation(db).await? })
}

/// Each with its day, the latest first.
async fn planned<T: DeserializeOwned>(db: &impl ConnectionTrait, name: SettingName) -> Result<Vec<(Date, T)>, DbErr> {
    let rows = by_day(name).limit(PLANNED).all(db).await?;
    rows.iter().map(|row| Ok((row.effective_on, read(row)?))).collect()
}

fn by_day(name: SettingName) -> Select<Entity> {
    Entity::find().filter(Column::Name.eq(name)).order_by_desc(Column::EffectiveOn).order_by_desc(Column::Version)
}

fn policy_of(row: &SettingVersion) -> Result<ValidityPolicy, DbErr> {
    let rules: Vec<ValidityRule> = read(row)?;
    ValidityPolicy::new(rules).map_err(|problem| unreadable(row, problem))
}

fn read<T: DeserializeOwned>(row: &SettingVersion) -> Result<T, DbErr> {
    serde_json::from_str(&row.value).map_err(|error| unreadable(row, error))
}

fn unreadable(row: &SettingVersion, why: impl std::fmt::Display) -> DbErr {
    DbErr::Type(format!("version {} of the setting {}: {why}", row.version, row.name.as_str()))
}

/// 設置の確認 as it is set now; off where nobody turned it on.
pub async fn installation(db: &impl ConnectionTrait) -> Result<InstallationRules, DbErr> {
    newest(db, SettingName::Installation).await?.map_or_else(|| Ok(InstallationRules::default()), |row| read(&row))
}

/// The pause of the connection to the CA that is in force now.
pub async fn ca_pause(db: &impl ConnectionTrait) -> Result<Option<Pause>, DbErr> {
    let Some(row) = newest(db, SettingName::CaConnection).await? else { return Ok(None) };
    let connection: CaConnection = read(&row)?;
    Ok(connection.paused.then_some(Pause { since: row.changed_at, by: row.changed_by, reason: row.reason }))
}

/// Refuses while the connection to the CA is paused.
pub async fn refuse_paused(db: &impl ConnectionTrait) -> Result<()> {
    match ca_pause(db).await? {
        Some(pause) => Err(Error::Conflict(Problem::new("ca_paused").with("reason", pause.reason))),
        None => Ok(()),
    }
}

/// The version that was stored last, whenever it counts.
pub async fn newest(db: &impl ConnectionTrait, name: SettingName) -> Result<Option<SettingVersion>, DbErr> {
    Entity::find().filter(Column::Name.eq(name)).order_by_desc(Column::Version).one(db).await
}

/// The last `limit` versions, newest first.
pub async fn history(db: &impl ConnectionTrait, name: SettingName, limit: u64) -> Result<Vec<SettingVersion>, DbErr> {
    Entity::find().filter(Column::Name.eq(name)).order_by_desc(Column::Version).limit(limit).all(db).await
}

pub struct NewVersion<'a> {
    pub name: SettingName,
    /// The newest version that the author knew; 0 for none.
    pub seen: i64,
    pub value: serde_json::Value,
    pub effective_on: Date,
    pub reason: &'a str,
}

/// Stores one more version and answers its number; refused when somebody else was first.
pub async fn store(txn: &impl ConnectionTrait, new: NewVersion<'_>, actor: &Actor, now: DateTimeUtc) -> Result<i64> {
    let known = newest(txn, new.name).await?.map_or(0, |row| row.version);
    if known != new.seen {
        return Err(Error::conflict(OVERTAKEN));
    }
    let row = ActiveModel {
        name: Set(new.name),
        version: Set(known + 1),
        value: Set(new.value.to_string()),
        effective_on: Set(new.effective_on),
        reason: Set(new.reason.to_owned()),
        changed_by: Set(actor.key()),
        changed_at: Set(now),
        ..Default::default()
    };
    match row.insert(txn).await.map_err(Error::from) {
        Ok(row) => Ok(row.version),
        Err(Error::Conflict(_)) => Err(Error::conflict(OVERTAKEN)),
        Err(error) => Err(error),
    }
}
