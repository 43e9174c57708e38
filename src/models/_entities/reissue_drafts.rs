//! Applications being written in the portal, as typed.

use sea_orm::entity::prelude::*;

use crate::domain::reception_number::ReceptionNumber;
use crate::models::columns::DraftCsr;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reissue_drafts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub customer_id: i64,
    pub certificate_id: i64,
    pub reason: String,
    pub key_possibly_exposed: Option<bool>,
    pub requested_on: String,
    pub csr_choice: DraftCsr,
    pub csr: String,
    pub reception_number: Option<ReceptionNumber>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
