//! A member of staff ends log-ins of their own: on a computer that they left, or all but this one.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::staff_change::record;
use super::staff_code::own_account;
use crate::{
    domain::actor::Actor,
    errors::{Error, Result},
    models::{sessions, transaction},
    services::Services,
};

/// Sessions by the hash that the table keeps.
pub enum WhichSessions {
    One(String),
    AllBut(String),
}

/// How many have ended.
pub async fn end_sessions(desk: &Services, which: WhichSessions, actor: &Actor, now: DateTime<Utc>) -> Result<u64> {
    let user = own_account(&desk.db, actor).await?;
    let txn = transaction::begin(&desk.db).await?;
    let ended = match which {
        WhichSessions::One(hash) if sessions::delete_one(&txn, user.id, &hash).await? => 1,
        WhichSessions::One(_) => return Err(Error::not_found("session_not_found")),
        WhichSessions::AllBut(kept) => sessions::delete_others(&txn, user.id, &kept).await?,
    };
    record(&txn, "sessions_ended", &user, json!({ "ended": ended }), actor, now).await?;
    txn.commit().await?;
    Ok(ended)
}
