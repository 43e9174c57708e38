//! Imported national holidays and configured closures, over the shipped years.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait};

use super::_entities::holidays;
use super::columns::HolidayKind;
use crate::domain::calendar::Calendar;

/// The business calendar: shipped holidays, imported ones and closures.
pub async fn calendar(db: &impl ConnectionTrait) -> Result<Calendar, DbErr> {
    let rows = holidays::Entity::find().all(db).await?;
    let (national, closures): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.kind == HolidayKind::National);
    let calendar = Calendar::shipped().with_holidays(national.into_iter().map(|row| (row.date, row.name)));
    Ok(closures.into_iter().fold(calendar, |calendar, row| calendar.with_closure(row.date, row.name)))
}

/// Adds or renames days; nothing is removed.
pub async fn store(
    txn: &impl ConnectionTrait,
    kind: HolidayKind,
    days: impl IntoIterator<Item = (Date, String)>,
) -> Result<(), DbErr> {
    for (date, name) in days {
        let row = holidays::ActiveModel { date: Set(date), name: Set(name), kind: Set(kind) };
        holidays::Entity::insert(row)
            .on_conflict(
                OnConflict::column(holidays::Column::Date)
                    .update_columns([holidays::Column::Name, holidays::Column::Kind])
                    .to_owned(),
            )
            .exec_without_returning(txn)
            .await?;
    }
    Ok(())
}
