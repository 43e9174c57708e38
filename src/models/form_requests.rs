//! Forms that customers asked the desk for, where a certificate cannot be reissued. Once per certificate and form.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder};

use super::_entities::form_requests::{ActiveModel, Column};
use super::columns::DeskForm;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};

pub use super::_entities::form_requests::{Entity, Model as FormRequest};

/// The request as it stands, and whether it is this one: whoever asks again finds the first.
pub async fn insert_once(
    txn: &impl ConnectionTrait,
    certificate_id: i64,
    form: DeskForm,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<(FormRequest, bool)> {
    let row = ActiveModel {
        certificate_id: Set(certificate_id),
        form: Set(form),
        requested_by: Set(actor.key()),
        requested_by_name: Set(actor.name().to_owned()),
        requested_at: Set(now),
        ..Default::default()
    };
    let once = OnConflict::new().do_nothing().to_owned();
    let written = Entity::insert(row).on_conflict(once).exec_without_returning(txn).await?;
    let stands = Entity::find()
        .filter(Column::CertificateId.eq(certificate_id))
        .filter(Column::Form.eq(form))
        .one(txn)
        .await?
        .ok_or_else(|| Error::internal("the request of a form is gone"))?;
    Ok((stands, written > 0))
}

/// What was asked for about a certificate, oldest first.
pub async fn of_certificate(db: &impl ConnectionTrait, certificate_id: i64) -> Result<Vec<FormRequest>, DbErr> {
    Entity::find().filter(Column::CertificateId.eq(certificate_id)).order_by_asc(Column::Id).all(db).await
}
