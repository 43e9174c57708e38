//! What permits revocations; append-only. Also the override requests behind two-person authorizations.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder};

use super::_entities::override_requests;
use super::rows::among;
use crate::domain::authorization::Authorization;

pub use super::_entities::authorizations::{ActiveModel, Column, Entity, Model as AuthorizationRow};
pub use super::_entities::override_requests::{ActiveModel as NewOverrideRequest, Model as OverrideRequest};

impl AuthorizationRow {
    pub fn fact(&self) -> Authorization {
        Authorization { kind: self.kind, case_version: self.case_version, granted_at: self.granted_at }
    }
}

/// The newest authorization of a case, whatever version it was given for.
pub async fn newest(db: &impl ConnectionTrait, case_id: i64) -> Result<Option<AuthorizationRow>, DbErr> {
    Entity::find().filter(Column::CaseId.eq(case_id)).order_by_desc(Column::CaseVersion).one(db).await
}

/// The same for many cases, by case.
pub async fn newest_of(db: &impl ConnectionTrait, case_ids: Vec<i64>) -> Result<HashMap<i64, AuthorizationRow>, DbErr> {
    let mut rows = Entity::find().filter(among(db, Column::CaseId, case_ids)).all(db).await?;
    rows.sort_unstable_by_key(|row| row.case_version);
    // The later ones come last and stay.
    Ok(rows.into_iter().map(|row| (row.case_id, row)).collect())
}

/// The override asked for on this version of a case.
pub async fn override_request(
    db: &impl ConnectionTrait,
    case_id: i64,
    case_version: i64,
) -> Result<Option<OverrideRequest>, DbErr> {
    override_requests::Entity::find()
        .filter(override_requests::Column::CaseId.eq(case_id))
        .filter(override_requests::Column::CaseVersion.eq(case_version))
        .one(db)
        .await
}
