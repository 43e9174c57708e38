//! Stops an import. What was carried out stays, the other rows will not be; what they say is forgotten.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::import::ImportState;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::imports::{self, ActiveModel, Import};
use crate::models::{import_rows, transaction};
use crate::services::Services;

#[derive(Debug, Clone, Copy)]
pub struct CancelImport {
    pub id: i64,
    /// Whether one that was started is cancelled, too.
    pub started_too: bool,
}

/// The import, cancelled. One that has ended is a conflict, and one that was started if it is not to be cancelled.
pub async fn cancel_import(desk: &Services, input: CancelImport, actor: &Actor, now: DateTimeUtc) -> Result<Import> {
    let id = input.id;
    let txn = transaction::begin(&desk.db).await?;
    let import = imports::locked(&txn, id).await?;
    match import.state {
        ImportState::Running if !input.started_too => return Err(Error::conflict("import_not_open")),
        ImportState::Open | ImportState::Running => {}
        ImportState::Finished | ImportState::Cancelled => return Err(Error::conflict("import_ended")),
    }
    import_rows::forget_waiting(&txn, id).await?;
    let change = ActiveModel {
        state: Set(ImportState::Cancelled),
        ended_at: Set(Some(now)),
        ..<ActiveModel as Default>::default()
    };
    let import = imports::change(&txn, id, change).await?;
    let act = Act {
        action: "import_cancelled",
        subject: import.audit_subject(),
        case_id: None,
        detail: json!({ "kind": import.kind.as_str(), "rows": import.target, "left": import.waiting() }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(import)
}
