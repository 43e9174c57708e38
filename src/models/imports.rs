//! Imports: which there are, in whose name their rows are carried out, and how far they have come.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseBackend, QueryOrder, QuerySelect, QueryTrait};

use super::keyset::{self, Keyset};
use crate::domain::actor::{Actor, Identity};
use crate::domain::import::{ImportKind, ImportState, RowState};
use crate::errors::{Error, Result};

pub use super::_entities::imports::{ActiveModel, Column, Entity, Model as Import};

impl Import {
    pub fn audit_subject(&self) -> String {
        format!("import:{}", self.id)
    }

    pub fn waiting(&self) -> i64 {
        self.target - self.registered - self.known - self.refused
    }

    /// Who started it; the machine where nobody did.
    pub fn actor(&self) -> Actor {
        let named = self.started_by.as_deref().and_then(|key| key.split_once(':'));
        let name = self.started_by_name.clone().unwrap_or_default();
        let identity = match (named, self.started_by_role) {
            (Some(("staff", id)), Some(role)) => id.parse().ok().map(|id| Identity::Staff { id, name, role }),
            (Some(("token", id)), Some(role)) => id.parse().ok().map(|id| Identity::Token { id, name, role }),
            _ => None,
        };
        Actor::new(identity.unwrap_or(Identity::System), self.started_from.clone())
    }
}

/// What some rows of an import came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fates {
    pub registered: i64,
    pub known: i64,
    pub refused: i64,
}

impl Fates {
    pub fn count(&mut self, state: RowState) {
        match state {
            RowState::Waiting => {}
            RowState::Registered => self.registered += 1,
            RowState::Known => self.known += 1,
            RowState::Refused => self.refused += 1,
        }
    }
}

pub async fn insert(
    txn: &impl ConnectionTrait,
    kind: ImportKind,
    file_sha256: Option<String>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Import, DbErr> {
    let row = ActiveModel {
        kind: Set(kind),
        state: Set(ImportState::Open),
        file_sha256: Set(file_sha256),
        target: Set(0),
        registered: Set(0),
        known: Set(0),
        refused: Set(0),
        made_by: Set(actor.key()),
        made_by_name: Set(actor.name().to_owned()),
        made_at: Set(now),
        ..<ActiveModel as Default>::default()
    };
    row.insert(txn).await
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<Import> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("import_not_found"))
}

/// The same; nobody else writes about the import, or about a row of it, before the end of the transaction.
pub async fn locked(txn: &impl ConnectionTrait, id: i64) -> Result<Import> {
    let mut found = Entity::find_by_id(id);
    if txn.get_database_backend() == DatabaseBackend::Postgres {
        found = found.lock_exclusive();
    }
    found.one(txn).await?.ok_or_else(|| Error::not_found("import_not_found"))
}

pub type Page = keyset::Page<i64>;

const ORDER: Keyset<1, Column> = Keyset { columns: [Column::Id], newest_first: true };

/// Newest first.
pub async fn page(db: &impl ConnectionTrait, page: Page, limit: u64) -> Result<(Vec<Import>, bool), DbErr> {
    let mut query = Entity::find();
    ORDER.narrow(QueryTrait::query(&mut query), &page, limit);
    Ok(page.cut(query.all(db).await?, limit))
}

/// Those with rows to be carried out, oldest first.
pub async fn running(db: &impl ConnectionTrait) -> Result<Vec<i64>, DbErr> {
    // Written into the statement, where the partial index can be recognised.
    let running = Expr::col(Column::State).eq(Expr::Constant(ImportState::Running.into()));
    Entity::find().select_only().column(Column::Id).filter(running).order_by_asc(Column::Id).into_tuple().all(db).await
}

/// The import that a file with this sum began and that has not ended.
pub async fn unfinished(
    db: &impl ConnectionTrait,
    kind: ImportKind,
    file_sha256: &str,
) -> Result<Option<Import>, DbErr> {
    Entity::find()
        .filter(Column::FileSha256.eq(file_sha256))
        .filter(Column::Kind.eq(kind))
        .filter(Column::State.is_in([ImportState::Open, ImportState::Running]))
        .order_by_desc(Column::Id)
        .one(db)
        .await
}

/// Imports that nobody has started since `limit`.
pub async fn abandoned(db: &impl ConnectionTrait, limit: DateTimeUtc) -> Result<Vec<i64>, DbErr> {
    let open = Entity::find().filter(Column::State.eq(ImportState::Open)).filter(Column::MadeAt.lt(limit));
    open.select_only().column(Column::Id).into_tuple().all(db).await
}

/// Imports that ended before `limit` and whose rows may still say something.
pub async fn to_blank(db: &impl ConnectionTrait, limit: DateTimeUtc) -> Result<Vec<i64>, DbErr> {
    let ended = Entity::find().filter(Column::EndedAt.lt(limit)).filter(Column::BlankedAt.is_null());
    ended.select_only().column(Column::Id).into_tuple().all(db).await
}

/// Adds rows to the number of an import, and those of them that were refused at sight.
pub async fn grow(txn: &impl ConnectionTrait, id: i64, rows: i64, refused: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Target, Expr::col(Column::Target).add(rows))
        .col_expr(Column::Refused, Expr::col(Column::Refused).add(refused))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await
        .map(|_| ())
}

/// Adds what rows came to, in the transaction in which they came to it.
pub async fn add(txn: &impl ConnectionTrait, id: i64, fates: Fates) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Registered, Expr::col(Column::Registered).add(fates.registered))
        .col_expr(Column::Known, Expr::col(Column::Known).add(fates.known))
        .col_expr(Column::Refused, Expr::col(Column::Refused).add(fates.refused))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await
        .map(|_| ())
}

/// Writes about an import that the transaction has locked.
pub async fn change(txn: &impl ConnectionTrait, id: i64, change: ActiveModel) -> Result<Import, DbErr> {
    ActiveModel { id: Set(id), ..change }.update(txn).await
}
