//! Removes a saved view. The cases that it showed stay as they are.

use sea_orm::ModelTrait;
use sea_orm::prelude::DateTimeUtc;

use super::save_view::{may_change, record};
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::saved_views;
use crate::models::transaction;
use crate::services::Services;

pub async fn remove_view(desk: &Services, view_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let view = saved_views::by_id(&txn, view_id).await?;
    if !may_change(&view, actor) {
        return Err(Error::not_found("view_not_found"));
    }
    record(&txn, "view_removed", &view, actor, now).await?;
    view.delete(&txn).await?;
    Ok(txn.commit().await?)
}
