//! Lets somebody take the figures of a period out of the system: recorded first.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::report::Period;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::transaction;
use crate::services::Services;

pub async fn export_report(desk: &Services, period: Period, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let act = Act {
        action: "report_exported",
        subject: "report".to_owned(),
        case_id: None,
        detail: json!({ "from": period.from, "to": period.to }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(())
}
