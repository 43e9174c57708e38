//! Forms that customers asked the desk for, because the certificate cannot be reissued here.

use sea_orm::entity::prelude::*;

use crate::models::columns::DeskForm;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "form_requests")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub certificate_id: i64,
    pub form: DeskForm,
    pub requested_by: String,
    pub requested_by_name: String,
    pub requested_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
