//! Opens an import, which rows are brought to afterwards.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::import::ImportKind;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::imports::{self, Import};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct OpenImport {
    pub kind: ImportKind,
    /// Of the file that the rows come from.
    pub file_sha256: Option<String>,
}

/// The import, without a row.
pub async fn open_import(desk: &Services, input: OpenImport, actor: &Actor, now: DateTimeUtc) -> Result<Import> {
    let txn = transaction::begin(&desk.db).await?;
    let import = imports::insert(&txn, input.kind, input.file_sha256, actor, now).await?;
    let act = Act {
        action: "import_opened",
        subject: import.audit_subject(),
        case_id: None,
        detail: json!({ "kind": import.kind.as_str() }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(import)
}
