//! Applications being written in the portal, as typed: one per customer and certificate, gone a day after the last change.
//!
//! Keeps what people typed, right or wrong. Never holds a private key: whoever writes a CSR here has looked for one.

use chrono::TimeDelta;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait};

use super::columns::DraftCsr;
use crate::domain::actor::{Actor, Identity};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};

pub use super::_entities::reissue_drafts::{ActiveModel, Column, Entity, Model as Draft};

/// How long a draft is kept after its last change.
pub const KEPT_HOURS: i64 = 24;

impl Draft {
    /// What a form carries to say which state of the draft it showed.
    pub fn version(&self) -> String {
        format!("{}-{}", self.id, self.updated_at.timestamp_micros())
    }
}

/// The customer's draft for the certificate, filed or not.
pub async fn find(
    db: &impl ConnectionTrait,
    customer_id: i64,
    certificate_id: i64,
    now: DateTimeUtc,
) -> Result<Option<Draft>, DbErr> {
    of(customer_id, certificate_id).filter(Column::UpdatedAt.gt(oldest_kept(now))).one(db).await
}

fn of(customer_id: i64, certificate_id: i64) -> Select<Entity> {
    Entity::find().filter(Column::CustomerId.eq(customer_id)).filter(Column::CertificateId.eq(certificate_id))
}

/// The customer's unfiled draft for the certificate: the one there is, or an empty one.
pub async fn begin(
    db: &impl ConnectionTrait,
    customer_id: i64,
    certificate_id: i64,
    now: DateTimeUtc,
) -> Result<Draft> {
    purge(db, now).await?;
    let done = Entity::delete_many()
        .filter(Column::CustomerId.eq(customer_id))
        .filter(Column::CertificateId.eq(certificate_id))
        .filter(Column::ReceptionNumber.is_not_null());
    done.exec(db).await?;
    let empty = ActiveModel {
        customer_id: Set(customer_id),
        certificate_id: Set(certificate_id),
        reason: Set(String::new()),
        key_possibly_exposed: Set(None),
        requested_on: Set(String::new()),
        csr_choice: Set(DraftCsr::Given),
        csr: Set(String::new()),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    // Two tabs may begin at once: both go on with the same draft.
    let only_one = OnConflict::columns([Column::CustomerId, Column::CertificateId]).do_nothing().to_owned();
    Entity::insert(empty).on_conflict(only_one).exec_without_returning(db).await?;
    let draft = of(customer_id, certificate_id).one(db).await?;
    draft.ok_or_else(|| Error::internal("the draft that was begun is missing"))
}

/// Writes what was typed, unless the draft has been filed meanwhile.
pub async fn save(
    db: &impl ConnectionTrait,
    draft: &Draft,
    change: impl FnOnce(&mut ActiveModel),
    now: DateTimeUtc,
) -> Result<Draft> {
    let mut row = ActiveModel { updated_at: Set(now), ..<ActiveModel as Default>::default() };
    change(&mut row);
    let mut saved = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(draft.id))
        .filter(Column::ReceptionNumber.is_null())
        .exec_with_returning(db)
        .await?;
    match saved.pop() {
        Some(draft) => Ok(draft),
        None => Err(why_closed(db, draft.id, draft.customer_id).await?),
    }
}

/// Takes the draft for filing, inside the filing's transaction: who comes second waits here and is told of the first.
pub async fn use_up(
    txn: &impl ConnectionTrait,
    id: i64,
    certificate_id: i64,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let Identity::Customer { id: customer_id, .. } = actor.identity else { return Err(gone()) };
    let taken = Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::CustomerId.eq(customer_id))
        .filter(Column::CertificateId.eq(certificate_id))
        .filter(Column::ReceptionNumber.is_null())
        .exec(txn)
        .await?;
    if taken.rows_affected == 1 { Ok(()) } else { Err(why_closed(txn, id, customer_id).await?) }
}

/// Writes into the draft what it became. The typed CSR is not needed any more.
pub async fn name_filed(txn: &impl ConnectionTrait, id: i64, number: ReceptionNumber) -> Result<(), DbErr> {
    let row = ActiveModel {
        reception_number: Set(Some(number)),
        csr: Set(String::new()),
        ..<ActiveModel as Default>::default()
    };
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(txn).await.map(|_| ())
}

/// Why nothing can be written into the draft any more.
async fn why_closed(db: &impl ConnectionTrait, id: i64, customer_id: i64) -> Result<Error> {
    let draft = Entity::find_by_id(id).filter(Column::CustomerId.eq(customer_id)).one(db).await?;
    let filed_as = draft.and_then(|draft| draft.reception_number);
    Ok(filed_as.map_or_else(gone, |number| Error::Conflict(already_filed(number))))
}

/// What is told to whoever comes after the filing.
pub fn already_filed(number: ReceptionNumber) -> Problem {
    Problem::new("application_already_filed").with("reception_number", number)
}

fn gone() -> Error {
    Error::conflict("draft_gone")
}

/// Deletes drafts that nobody changed for a day.
pub async fn purge(db: &impl ConnectionTrait, now: DateTimeUtc) -> Result<u64, DbErr> {
    let old = Entity::delete_many().filter(Column::UpdatedAt.lte(oldest_kept(now)));
    Ok(old.exec(db).await?.rows_affected)
}

fn oldest_kept(now: DateTimeUtc) -> DateTimeUtc {
    now.checked_sub_signed(TimeDelta::hours(KEPT_HOURS)).unwrap_or(DateTimeUtc::MIN_UTC)
}
