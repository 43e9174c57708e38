//! Records that the rows of an import that were refused were taken out of the system. Reading them is the caller's.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::imports::{self, Import};
use crate::models::transaction;
use crate::services::Services;

pub async fn export_refused_rows(desk: &Services, id: i64, actor: &Actor, now: DateTimeUtc) -> Result<Import> {
    let txn = transaction::begin(&desk.db).await?;
    let import = imports::by_id(&txn, id).await?;
    let act = Act {
        action: "import_rows_exported",
        subject: import.audit_subject(),
        case_id: None,
        detail: json!({ "rows": import.refused }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(import)
}
