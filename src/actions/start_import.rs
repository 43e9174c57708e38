//! Closes the list of rows of an import; from now on they are carried out, in the name of whoever says so here.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::import::ImportState;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::imports::{self, ActiveModel, Import};
use crate::models::transaction;
use crate::services::Services;

/// The import, running. One that runs already, or has run, stays as it is.
pub async fn start_import(desk: &Services, id: i64, actor: &Actor, now: DateTimeUtc) -> Result<Import> {
    let txn = transaction::begin(&desk.db).await?;
    let import = imports::locked(&txn, id).await?;
    match import.state {
        ImportState::Open if import.target > 0 => {}
        ImportState::Open => return Err(Problem::on("rows", "import_without_rows").into()),
        ImportState::Running | ImportState::Finished => return Ok(import),
        ImportState::Cancelled => return Err(Error::conflict("import_not_open")),
    }
    let change = ActiveModel {
        state: Set(ImportState::Running),
        started_by: Set(Some(actor.key())),
        started_by_name: Set(Some(actor.name().to_owned())),
        started_by_role: Set(actor.role()),
        started_from: Set(actor.address.clone()),
        started_at: Set(Some(now)),
        ..<ActiveModel as Default>::default()
    };
    let import = imports::change(&txn, id, change).await?;
    let act = Act {
        action: "import_started",
        subject: import.audit_subject(),
        case_id: None,
        detail: json!({ "kind": import.kind.as_str(), "rows": import.target }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(import)
}
