//! Puts on record that somebody takes a list of cases out of the system. The list itself is read afterwards, page by
//! page, while it is sent.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct ExportCases {
    /// How the list was narrowed down, without what was searched for: that may be a person's name.
    pub conditions: String,
    pub searched: bool,
    pub telephone_numbers: bool,
}

pub async fn export_cases(desk: &Services, input: ExportCases, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let detail = json!({
        "conditions": input.conditions,
        "searched": input.searched,
        "telephone_numbers": input.telephone_numbers,
    });
    let act = Act { action: "cases_exported", subject: "cases".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    Ok(txn.commit().await?)
}
