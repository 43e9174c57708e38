//! Imported national holidays and configured closures, over the shipped years.

use std::collections::BTreeSet;

use chrono::Datelike;
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

/// Takes over national holidays. A year that occurs in `days` replaces what was stored of that whole year, because
/// holidays also move away from a day.
pub async fn replace_years(txn: &impl ConnectionTrait, days: Vec<(Date, String)>) -> Result<(), DbErr> {
    let years: BTreeSet<i32> = days.iter().map(|(date, _)| date.year()).collect();
    for year in years {
        let first = Date::from_ymd_opt(year, 1, 1).unwrap_or(Date::MIN);
        let last = Date::from_ymd_opt(year, 12, 31).unwrap_or(Date::MAX);
        holidays::Entity::delete_many()
            .filter(holidays::Column::Kind.eq(HolidayKind::National))
            .filter(holidays::Column::Date.between(first, last))
            .exec(txn)
            .await?;
    }
    store(txn, HolidayKind::National, days).await
}

/// Takes one closure away; true when there was one.
pub async fn remove_closure(txn: &impl ConnectionTrait, date: Date) -> Result<bool, DbErr> {
    let removed = holidays::Entity::delete_many()
        .filter(holidays::Column::Kind.eq(HolidayKind::Closure))
        .filter(holidays::Column::Date.eq(date))
        .exec(txn)
        .await?;
    Ok(removed.rows_affected == 1)
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
