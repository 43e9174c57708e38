//! Gives a saved view another name, or shows it to everybody or to its owner only.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::save_view::{check_name, check_room, check_shared, may_change, name_taken, record};
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::saved_views::{self, SavedView};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct ChangeView {
    pub view_id: i64,
    pub name: String,
    pub shared: bool,
}

pub async fn change_view(desk: &Services, input: ChangeView, actor: &Actor, now: DateTimeUtc) -> Result<SavedView> {
    check_name(&input.name)?;
    let txn = transaction::begin(&desk.db).await?;
    let view = saved_views::by_id(&txn, input.view_id).await?;
    if !may_change(&view, actor) {
        return Err(Error::not_found("view_not_found"));
    }
    if view.shared != input.shared {
        check_shared(true, actor)?;
        check_room(&txn, view.owner_id, input.shared).await?;
    }
    let mut row = view.into_active_model();
    row.name = Set(input.name.trim().to_owned());
    row.shared = Set(input.shared);
    let changed = row.update(&txn).await.map_err(name_taken)?;
    record(&txn, "view_changed", &changed, actor, now).await?;
    txn.commit().await?;
    Ok(changed)
}
