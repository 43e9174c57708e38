//! The optional columns of the list of cases, per person.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait};

use crate::domain::problem::Problem;

use super::_entities::list_columns::{ActiveModel, Column, Entity};

super::columns::row_enum!(
    /// What the list shows only to those who want it.
    ListColumn {
        ReplacementExpires = "replacement_expires",
        FiledOn = "filed_on",
        Reason = "reason",
        LastCall = "last_call",
    }
);

/// In the order of the list.
pub async fn of_user(db: &impl ConnectionTrait, user_id: i64) -> Result<Vec<ListColumn>, DbErr> {
    let row = Entity::find_by_id(user_id).one(db).await?;
    Ok(row.map(|row| read(&row.chosen)).unwrap_or_default())
}

/// A name that this version does not know is left out.
fn read(chosen: &str) -> Vec<ListColumn> {
    let named: Vec<ListColumn> = chosen.split(' ').filter_map(|name| name.parse().ok()).collect();
    ListColumn::ALL.iter().copied().filter(|column| named.contains(column)).collect()
}

pub async fn keep(txn: &impl ConnectionTrait, user_id: i64, columns: &[ListColumn]) -> Result<(), DbErr> {
    let names: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
    Entity::insert(ActiveModel { user_id: Set(user_id), chosen: Set(names.join(" ")) })
        .on_conflict(OnConflict::column(Column::UserId).update_column(Column::Chosen).to_owned())
        .exec_without_returning(txn)
        .await
        .map(|_| ())
}
