//! What one row of an import comes to, judged by what a single request is judged by.

mod applications;
mod certificates;
mod contacts;
mod organisations;

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{DatabaseTransaction, TransactionTrait};

use crate::domain::actor::Actor;
use crate::domain::import::{Content, ImportKind};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::halts;
use crate::models::import_rows::Fate;
use crate::services::Services;

/// How often a row is tried that somebody else was faster with.
const TRIES: usize = 3;

/// Carries a row out within the transaction of its caller. A refused row leaves nothing behind; an error is no judgement of
/// the row.
pub(super) async fn carry_out(
    txn: &DatabaseTransaction,
    desk: &Services,
    kind: ImportKind,
    content: &Content,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Fate> {
    let mut attempt = 1;
    loop {
        let savepoint = txn.begin().await?;
        let tried = enter(&savepoint, desk, kind, content, actor, now).await;
        let Err(error) = tried else {
            savepoint.commit().await?;
            return tried;
        };
        savepoint.rollback().await?;
        if is_taken(&error) && attempt < TRIES {
            attempt += 1;
            continue;
        }
        return judgement(error).map(Fate::Refused);
    }
}

async fn enter(
    txn: &DatabaseTransaction,
    desk: &Services,
    kind: ImportKind,
    content: &Content,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Fate> {
    match kind {
        ImportKind::Certificates => certificates::enter(txn, desk, content, actor, now).await,
        ImportKind::Contacts => contacts::enter(txn, content, actor, now).await,
        ImportKind::Applications => applications::enter(txn, desk, content, actor, now).await,
    }
}

/// Names the columns of the row instead of the fields of what a single request would send.
fn at_columns(error: Error, column: impl Fn(&'static str) -> &'static str) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in &mut problems {
        problem.field = problem.field.map(&column);
    }
    Error::Invalid(problems)
}

/// A unique index says that the same thing came by another way in this very moment: now it can be seen.
fn is_taken(error: &Error) -> bool {
    matches!(error, Error::Conflict(problem) if problem.code == "already_exists")
}

/// What speaks against the row; any other error goes on.
fn judgement(error: Error) -> Result<Vec<Problem>> {
    if halts::has_refused(&error) {
        return Err(error);
    }
    match error {
        Error::NotFound(problem) | Error::Forbidden(problem) => Ok(vec![problem]),
        other => other.into_problems(),
    }
}
