//! Shows an auditor the personal data of the audit log for a while. The record of it is what unlocks.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::audit::REASON_MAX;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::transaction;
use crate::services::Services;

/// Refused without a reason.
pub async fn unlock_audit(desk: &Services, reason: &str, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Problem::on("reason", "audit_unlock_reason_missing").into());
    }
    if reason.chars().count() > REASON_MAX {
        return Err(Problem::on("reason", "audit_unlock_reason_long").with("max", REASON_MAX).into());
    }
    let txn = transaction::begin(&desk.db).await?;
    let act = Act {
        action: "audit_unlocked",
        subject: "audit_log".to_owned(),
        case_id: None,
        detail: json!({ "reason": reason }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(())
}
