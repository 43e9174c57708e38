//! Staff accounts: finders and writes.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

pub use super::_entities::users::{ActiveModel, Column, Entity, Model};
use crate::domain::language::Language;
use crate::domain::role::Role;

/// A new account. `email` is already in the form that [`Entity::find_by_email`] looks up.
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password_hash: String,
    pub must_change_password: bool,
}

impl Entity {
    pub async fn find_enabled(db: &impl ConnectionTrait, id: i64) -> Result<Option<Model>, DbErr> {
        Self::find_by_id(id).filter(Column::DisabledAt.is_null()).one(db).await
    }

    pub async fn find_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<Model>, DbErr> {
        Self::find().filter(Column::Email.eq(email)).one(db).await
    }
}

/// The names of these users, disabled ones too.
pub async fn names(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = i64>) -> Result<Vec<(i64, String)>, DbErr> {
    let users = Entity::find().filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(users.into_iter().map(|user| (user.id, user.name)).collect())
}

/// All accounts by name, disabled ones too.
pub async fn everybody(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(Column::Name).order_by_asc(Column::Id).all(db).await
}

/// How many people may log in with one of these roles.
pub async fn count_enabled(db: &impl ConnectionTrait, roles: impl IntoIterator<Item = Role>) -> Result<u64, DbErr> {
    Entity::find().filter(Column::DisabledAt.is_null()).filter(Column::Role.is_in(roles)).count(db).await
}

pub async fn insert(db: &impl ConnectionTrait, new: NewUser, now: DateTime<Utc>) -> Result<Model, DbErr> {
    let NewUser { email, name, role, password_hash, must_change_password } = new;
    ActiveModel {
        email: Set(email),
        name: Set(name),
        role: Set(role),
        password_hash: Set(password_hash),
        must_change_password: Set(must_change_password),
        disabled_at: Set(None),
        created_at: Set(now),
        language: Set(None),
        single_keys: Set(true),
        ..Default::default()
    }
    .insert(db)
    .await
}

/// All accounts, those that are closed last.
pub async fn all(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(Column::DisabledAt.is_not_null()).order_by_asc(Column::Email).limit(limit).all(db).await
}

/// The account, locked until the transaction ends like all administrators': of two who close each other's account, the
/// second sees what the first did. SQLite has one writer anyway.
pub async fn lock_with_admins(txn: &impl ConnectionTrait, id: i64) -> Result<Option<(Model, usize)>, DbErr> {
    let admin = Condition::all().add(Column::Role.eq(Role::Admin)).add(Column::DisabledAt.is_null());
    let wanted = Entity::find().filter(Condition::any().add(Column::Id.eq(id)).add(admin)).order_by_asc(Column::Id);
    let wanted = match txn.get_database_backend() {
        DbBackend::Postgres => wanted.lock_exclusive(),
        _ => wanted,
    };
    let found = wanted.all(txn).await?;
    let is_admin = |user: &&Model| user.id != id && user.role == Role::Admin && user.disabled_at.is_none();
    let others = found.iter().filter(is_admin).count();
    Ok(found.into_iter().find(|user| user.id == id).map(|user| (user, others)))
}

pub async fn set_role(db: &impl ConnectionTrait, id: i64, role: Role) -> Result<(), DbErr> {
    Entity::update_many().col_expr(Column::Role, role.into()).filter(Column::Id.eq(id)).exec(db).await.map(|_| ())
}

/// Opens an account again.
pub async fn enable(db: &impl ConnectionTrait, id: i64) -> Result<(), DbErr> {
    let never: Option<DateTime<Utc>> = None;
    Entity::update_many()
        .col_expr(Column::DisabledAt, never.into())
        .filter(Column::Id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

/// Stores a password that works until the user chooses another.
pub async fn set_one_time_password(db: &impl ConnectionTrait, id: i64, password_hash: String) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, password_hash.into())
        .col_expr(Column::MustChangePassword, true.into())
        .filter(Column::Id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

/// Stores a password that the user chose.
pub async fn set_password(db: &impl ConnectionTrait, id: i64, password_hash: String) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, password_hash.into())
        .col_expr(Column::MustChangePassword, false.into())
        .filter(Column::Id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

/// Stores what the user chose for themselves.
pub async fn set_preferences(
    db: &impl ConnectionTrait,
    id: i64,
    language: Language,
    single_keys: bool,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Language, language.into())
        .col_expr(Column::SingleKeys, single_keys.into())
        .filter(Column::Id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

/// From now on the log-in asks for a code of this secret (sealed); `None` asks for none. `step` was used to show that it
/// works.
pub async fn set_code_secret(
    db: &impl ConnectionTrait,
    id: i64,
    sealed: Option<String>,
    step: Option<i64>,
) -> Result<(), DbErr> {
    write(db, id, ActiveModel { totp_secret: Set(sealed), totp_last_step: Set(step), ..Default::default() }).await
}

/// The same secret, sealed anew: nothing happens where the row holds another by now.
pub async fn reseal(db: &impl ConnectionTrait, id: i64, old: &str, new: String) -> Result<bool, DbErr> {
    let row = ActiveModel { totp_secret: Set(Some(new)), ..Default::default() };
    let written = Entity::update_many().set(row).filter(Column::Id.eq(id)).filter(Column::TotpSecret.eq(old));
    Ok(written.exec(db).await?.rows_affected == 1)
}

/// Accounts whose log-in asks for a code.
pub async fn with_code(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::TotpSecret.is_not_null()).order_by_asc(Column::Id).all(db).await
}

/// Uses up the code of this step and all before it. `false`: somebody else has used it meanwhile.
pub async fn use_code_step(db: &impl ConnectionTrait, id: i64, step: i64) -> Result<bool, DbErr> {
    let unused = Condition::any().add(Column::TotpLastStep.is_null()).add(Column::TotpLastStep.lt(step));
    let row = ActiveModel { totp_last_step: Set(Some(step)), ..Default::default() };
    let of_user = Entity::update_many().set(row).filter(Column::Id.eq(id)).filter(Column::TotpSecret.is_not_null());
    Ok(of_user.filter(unused).exec(db).await?.rows_affected == 1)
}

pub async fn note_login(db: &impl ConnectionTrait, id: i64, now: DateTime<Utc>) -> Result<(), DbErr> {
    write(db, id, ActiveModel { last_login_at: Set(Some(now)), ..Default::default() }).await
}

/// Who this is at the provider of single sign-on.
pub async fn find_by_sso_subject(db: &impl ConnectionTrait, subject: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::SsoSubject.eq(subject)).one(db).await
}

/// How many have come by single sign-on.
pub async fn count_tied(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find().filter(Column::SsoSubject.is_not_null()).count(db).await
}

/// Ties an account that has no subject yet to one. `false`: it has one.
pub async fn tie_sso_subject(db: &impl ConnectionTrait, id: i64, subject: &str) -> Result<bool, DbErr> {
    let row = ActiveModel { sso_subject: Set(Some(subject.to_owned())), ..Default::default() };
    let untied = Entity::update_many().set(row).filter(Column::Id.eq(id)).filter(Column::SsoSubject.is_null());
    Ok(untied.exec(db).await?.rows_affected == 1)
}

async fn write(db: &impl ConnectionTrait, id: i64, row: ActiveModel) -> Result<(), DbErr> {
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(db).await.map(|_| ())
}

/// Ends an account; true when it was still enabled. The caller ends its sessions in the same transaction.
pub async fn disable(db: &impl ConnectionTrait, id: i64, now: DateTime<Utc>) -> Result<bool, DbErr> {
    Entity::update_many()
        .col_expr(Column::DisabledAt, now.into())
        .filter(Column::Id.eq(id))
        .filter(Column::DisabledAt.is_null())
        .exec(db)
        .await
        .map(|result| result.rows_affected == 1)
}
