//! Applications as filed, their consent, and the counter of reception numbers.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, IntoActiveModel, QuerySelect};

use super::_entities::{consents, reception_counters};
use super::certificates;
use super::revocation_cases::Case;
use super::rows::among;
use crate::domain::application::ReissueReason;
use crate::domain::case::CaseEvent;
use crate::domain::csr;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};

pub use super::_entities::consents::ActiveModel as NewConsent;
pub use super::_entities::reissue_applications::{ActiveModel, Column, Entity, Model as Application};

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<Application> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("application_not_found"))
}

/// Why each of these was filed.
pub async fn reasons(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<HashMap<i64, ReissueReason>, DbErr> {
    let reasons: Vec<(i64, ReissueReason)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Reason])
        .filter(among(db, Column::Id, ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(reasons.into_iter().collect())
}

/// Whether the replacement of `case` waits for a CSR of the customer: none was given, or its key was revoked for
/// compromise meanwhile. A source CSR that the desk does not have is not waited for; such a replacement is issued
/// elsewhere and registered.
pub async fn awaits_csr(db: &impl ConnectionTrait, case: &Case, application: &Application) -> Result<bool> {
    let can_come = case.state.after(CaseEvent::ReplacementRegistered).is_ok();
    if case.replacement_certificate_id.is_some() || !can_come {
        return Ok(false);
    }
    let Some(der) = &application.csr_der else {
        return Ok(!application.csr_reused || case.compromise_reported_at.is_some());
    };
    let key = csr::parse_der(der)?.public_key.spki_sha256.to_string();
    Ok(certificates::is_key_blocked(db, &key).await?)
}

/// The CSR that came after the filing.
pub async fn take_csr(txn: &impl ConnectionTrait, application: Application, der: Vec<u8>) -> Result<(), DbErr> {
    let mut row = application.into_active_model();
    row.csr_der = Set(Some(der));
    row.csr_reused = Set(false);
    row.update(txn).await.map(|_| ())
}

pub async fn insert_consent(txn: &impl ConnectionTrait, consent: NewConsent) -> Result<(), DbErr> {
    consents::Entity::insert(consent).exec_without_returning(txn).await.map(|_| ())
}

/// Keeps a number that was given elsewhere from being given again.
pub async fn keep_number(txn: &impl ConnectionTrait, number: ReceptionNumber) -> Result<(), DbErr> {
    let (day, last) = (number.filed_on(), i64::from(number.number()));
    reception_counters::Entity::insert(reception_counters::ActiveModel { received_on: Set(day), last_number: Set(0) })
        .on_conflict(OnConflict::column(reception_counters::Column::ReceivedOn).do_nothing().to_owned())
        .exec_without_returning(txn)
        .await?;
    reception_counters::Entity::update_many()
        .col_expr(reception_counters::Column::LastNumber, Expr::value(last))
        .filter(reception_counters::Column::ReceivedOn.eq(day))
        .filter(reception_counters::Column::LastNumber.lt(last))
        .exec(txn)
        .await?;
    Ok(())
}

/// Leaves the next `count` numbers of `day` out: a restore lost who has them.
pub async fn skip_numbers(txn: &impl ConnectionTrait, day: NaiveDate, count: i64) -> Result<(), DbErr> {
    let first = reception_counters::ActiveModel { received_on: Set(day), last_number: Set(0) };
    reception_counters::Entity::insert(first)
        .on_conflict(OnConflict::column(reception_counters::Column::ReceivedOn).do_nothing().to_owned())
        .exec_without_returning(txn)
        .await?;
    reception_counters::Entity::update_many()
        .col_expr(reception_counters::Column::LastNumber, Expr::col(reception_counters::Column::LastNumber).add(count))
        .filter(reception_counters::Column::ReceivedOn.eq(day))
        .exec(txn)
        .await?;
    Ok(())
}

/// The next reception number of `day`. Numbers of a rolled-back transaction are given again.
pub async fn next_reception_number(txn: &impl ConnectionTrait, day: NaiveDate) -> Result<ReceptionNumber> {
    reception_counters::Entity::insert(reception_counters::ActiveModel { received_on: Set(day), last_number: Set(0) })
        .on_conflict(OnConflict::column(reception_counters::Column::ReceivedOn).do_nothing().to_owned())
        .exec_without_returning(txn)
        .await?;
    let counter = reception_counters::Entity::update_many()
        .col_expr(reception_counters::Column::LastNumber, Expr::col(reception_counters::Column::LastNumber).add(1))
        .filter(reception_counters::Column::ReceivedOn.eq(day))
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(|| Error::internal("the reception counter of the day is missing"))?;
    let number = u32::try_from(counter.last_number).map_err(Error::internal)?;
    Ok(ReceptionNumber::new(day, number))
}
