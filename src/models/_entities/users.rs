//! Staff.

use sea_orm::entity::prelude::*;

use crate::domain::language::Language;
use crate::domain::role::Role;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password_hash: String,
    pub must_change_password: bool,
    pub disabled_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    /// None until chosen: then the log-in page's counts.
    pub language: Option<Language>,
    /// Whether keys without a modifier do anything (WCAG 2.1.4).
    pub single_keys: bool,
    /// Sealed ([`crate::vault`]).
    pub totp_secret: Option<String>,
    pub totp_last_step: Option<i64>,
    pub last_login_at: Option<DateTimeUtc>,
    /// Issuer and subject at the provider of single sign-on.
    pub sso_subject: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
