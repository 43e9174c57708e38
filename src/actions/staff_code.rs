//! What the actions on the second factor of a member of staff share: whose it is, and using up a code.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait};

use super::code_secret::{self, user_row};
use super::confirm_log_in::Code;
use crate::{
    domain::{
        actor::{Actor, Identity},
        confirmation_code,
        problem::Problem,
        sign_in::Means,
    },
    errors::{Error, Result},
    models::{user_recovery_codes, users},
    services::Services,
};

/// The account of the member of staff who acts.
pub(super) async fn own_account(db: &DatabaseConnection, actor: &Actor) -> Result<users::Model> {
    let Identity::Staff { id, .. } = actor.identity else { return Err(Error::forbidden("role_not_allowed")) };
    users::Entity::find_enabled(db, id).await?.ok_or(Error::Unauthenticated)
}

/// Each code works once. Answers what it was.
pub(super) async fn use_up(
    txn: &impl ConnectionTrait,
    desk: &Services,
    user_id: i64,
    code: &Code,
    now: DateTime<Utc>,
) -> Result<Means> {
    let (used, means, refusal) = match code {
        Code::App(typed) => {
            let refusal = Problem::on("code", "confirmation_code_refused");
            (use_app_code(txn, desk, user_id, typed, now).await?, Means::Code, refusal)
        }
        Code::Recovery(typed) => {
            let refusal = Problem::on("recovery", "recovery_code_refused");
            (user_recovery_codes::use_up(txn, user_id, typed, now).await?, Means::RecoveryCode, refusal)
        }
    };
    if used { Ok(means) } else { Err(refusal.into()) }
}

async fn use_app_code(
    txn: &impl ConnectionTrait,
    desk: &Services,
    user_id: i64,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let user = users::Entity::find_by_id(user_id).one(txn).await?;
    let user = user.ok_or_else(|| Error::not_found("user_not_found"))?;
    let Some(stored) = &user.totp_secret else { return Ok(false) };
    let secret = code_secret::open(desk, &user_row(user_id), stored)?;
    match confirmation_code::accepted_step(&secret, typed, user.totp_last_step, now) {
        Some(step) => Ok(users::use_code_step(txn, user_id, step).await?),
        None => Ok(false),
    }
}
