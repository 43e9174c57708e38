//! Everything that is held about one person, for an answer to whoever asks what is kept on them. Recorded.

use sea_orm::JsonValue;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::{held_data, transaction};
use crate::services::Services;

/// By table. The audit log keeps how many rows there were, not of whom: the address would be personal data itself.
pub async fn export_person(desk: &Services, email: &str, actor: &Actor, now: DateTimeUtc) -> Result<JsonValue> {
    if !email.contains('@') {
        return Err(Problem::on("email", "email_invalid").into());
    }
    let txn = transaction::begin(&desk.db).await?;
    let held = held_data::of_person(&txn, email).await?;
    let rows: usize = held
        .as_object()
        .into_iter()
        .flat_map(|tables| tables.values())
        .filter_map(|rows| rows.as_array())
        .map(Vec::len)
        .sum();
    let act =
        Act { action: "person_exported", subject: "person".to_owned(), case_id: None, detail: json!({ "rows": rows }) };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(held)
}
