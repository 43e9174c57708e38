//! Keeps which optional columns of the list a member of staff wants to see.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::list_columns::{self, ListColumn};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct ChooseColumns {
    pub user_id: i64,
    pub columns: Vec<ListColumn>,
}

pub async fn choose_columns(desk: &Services, input: ChooseColumns, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    list_columns::keep(&txn, input.user_id, &input.columns).await?;
    let names: Vec<&str> = input.columns.iter().map(|column| column.as_str()).collect();
    let subject = format!("user:{}", input.user_id);
    let act = Act { action: "columns_chosen", subject, case_id: None, detail: json!({ "columns": names }) };
    audit_events::append(&txn, act, actor, now).await?;
    Ok(txn.commit().await?)
}
