//! What permits the revocation of one version of a case; append-only.

use sea_orm::entity::prelude::*;

use crate::domain::authorization::AuthorizationKind;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorizations")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub case_id: i64,
    pub case_version: i64,
    pub kind: AuthorizationKind,
    pub call_id: Option<i64>,
    pub override_request_id: Option<i64>,
    pub granted_by: String,
    pub granted_by_name: String,
    pub ground: Option<String>,
    pub granted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
