//! Saved views of the list of cases: a person's own, and those that supervisors made for everybody.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ConnectionTrait, PaginatorTrait, QueryOrder, QuerySelect};

use crate::errors::{Error, Result};

pub use super::_entities::saved_views::{ActiveModel, Column, Entity, Model as SavedView};

/// Views that one person may have, and that are shown of everybody's.
pub const MOST: u64 = 12;

/// Everybody's, then one's own, in the order in which they were made.
pub async fn visible_to(db: &impl ConnectionTrait, user_id: i64) -> Result<Vec<SavedView>, DbErr> {
    let visible = Condition::any().add(Column::Shared.eq(true)).add(Column::OwnerId.eq(user_id));
    Entity::find().filter(visible).order_by_desc(Column::Shared).order_by_asc(Column::Id).limit(2 * MOST).all(db).await
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<SavedView> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("view_not_found"))
}

/// How many views of this kind stand against [`MOST`].
pub async fn count(db: &impl ConnectionTrait, owner_id: i64, shared: bool) -> Result<u64, DbErr> {
    let own = Condition::all().add(Column::OwnerId.eq(owner_id)).add(Column::Shared.eq(false));
    let counted = if shared { Condition::all().add(Column::Shared.eq(true)) } else { own };
    Entity::find().filter(counted).count(db).await
}
