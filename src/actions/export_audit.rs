//! Lets somebody take a part of the audit log out of the system. Recorded before the first row leaves.

use sea_orm::prelude::DateTimeUtc;
use serde_json::{Value, json};

use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::audit_log::AuditFilter;
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct ExportAudit {
    pub filter: AuditFilter,
    /// `csv` or `jsonl`.
    pub format: &'static str,
    /// Without personal data.
    pub masked: bool,
}

/// The number of the event that records the export: with it the export ends.
pub async fn export_audit(desk: &Services, input: &ExportAudit, actor: &Actor, now: DateTimeUtc) -> Result<i64> {
    let txn = transaction::begin(&desk.db).await?;
    let act = Act {
        action: "audit_exported",
        subject: "audit_log".to_owned(),
        case_id: None,
        detail: json!({ "format": input.format, "masked": input.masked, "filter": narrowed(&input.filter) }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    let (last, _) = audit_events::head(&txn).await?;
    txn.commit().await?;
    Ok(last)
}

/// Only what was asked for.
fn narrowed(filter: &AuditFilter) -> Value {
    let AuditFilter { case_id, actor, action, from, until } = filter;
    let mut asked = json!({ "case": case_id, "actor": actor, "action": action, "from": from, "until": until });
    if let Some(facts) = asked.as_object_mut() {
        facts.retain(|_, value| !value.is_null());
    }
    asked
}
