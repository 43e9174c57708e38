//! Pauses the connection to the CA: due cases wait, nothing is issued, and every page says so.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use super::take_over_settings::take_over_settings;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::setting::{CaConnection, SettingName};
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::desk_settings::{self, NewVersion};
use crate::models::transaction;
use crate::services::Services;

/// Calls of the CA that are under way are finished. CRLs go on being published and proofs gathered.
pub async fn pause_ca(desk: &Services, seen: i64, reason: &str, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    switch(desk, CaConnection { paused: true }, (seen, reason), actor, now).await
}

/// Shared with [`super::resume_ca`].
pub(super) async fn switch(
    desk: &Services,
    connection: CaConnection,
    (seen, reason): (i64, &str),
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(&desk.db).await?;
    let is_paused = desk_settings::ca_pause(&txn).await?.is_some();
    let action = match (is_paused, connection.paused) {
        (false, true) => "ca_paused",
        (true, false) => "ca_resumed",
        (true, true) => return Err(Error::conflict("ca_paused_already")),
        (false, false) => return Err(Error::conflict("ca_not_paused")),
    };
    let new = NewVersion {
        name: SettingName::CaConnection,
        seen,
        value: json!(connection),
        effective_on: jst_date(now),
        reason,
    };
    desk_settings::store(&txn, new, actor, now).await?;
    let detail = json!({ "reason": reason });
    let act = Act { action, subject: "setting:ca_connection".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    take_over_settings(desk).await
}
