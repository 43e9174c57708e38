//! The rows of imports. What a row says goes with it until it was registered; of refused ones it stays for a while, to be
//! corrected.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, Func, SimpleExpr};
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect, QueryTrait};
use sha2::{Digest, Sha256};

use super::keyset::{self, Keyset};
use super::refusals::Refusal;
use super::rows::{Rows, among, given};
use crate::domain::import::{Content, ImportKind, RowState};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};

pub use super::_entities::import_rows::{Column, Entity, Model as ImportRow};

impl ImportRow {
    /// What it says; `None` once that is gone.
    pub fn content(&self) -> Option<Content> {
        Content::read(self.content.as_deref()?)
    }

    pub fn refusals(&self) -> Vec<Refusal> {
        self.problems.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// A row as it comes in: what it says, or why that cannot be read.
#[derive(Debug, Clone)]
pub struct NewRow {
    pub line: i64,
    pub content: Result<Content, Vec<Problem>>,
}

impl NewRow {
    /// An unreadable row has the sum of its refusals.
    pub fn sha256(&self, kind: ImportKind) -> String {
        match &self.content {
            Ok(content) => content.sha256(kind),
            Err(problems) => hex::encode(Sha256::digest(kept(problems))),
        }
    }
}

fn kept(problems: &[Problem]) -> String {
    let refusals: Vec<Refusal> = problems.iter().map(Refusal::of).collect();
    serde_json::to_string(&refusals).unwrap_or_default()
}

/// The sums of those of these lines that the import has already.
pub async fn sums(db: &impl ConnectionTrait, import_id: i64, lines: Vec<i64>) -> Result<HashMap<i64, String>, DbErr> {
    let found = Entity::find()
        .select_only()
        .columns([Column::Line, Column::Sha256])
        .filter(Column::ImportId.eq(import_id))
        .filter(among(db, Column::Line, lines))
        .into_tuple::<(i64, String)>();
    Ok(found.all(db).await?.into_iter().collect())
}

/// Keeps rows that the import does not have yet. Those that cannot be read are refused at once.
pub async fn insert(
    txn: &impl ConnectionTrait,
    import_id: i64,
    kind: ImportKind,
    new: &[&NewRow],
) -> Result<(), DbErr> {
    if new.is_empty() {
        return Ok(());
    }
    let text = |row: &NewRow| row.content.as_ref().map(Content::text).unwrap_or_default();
    let problems = |row: &NewRow| row.content.as_ref().err().map(|problems| kept(problems)).unwrap_or_default();
    let state = |row: &NewRow| if row.content.is_ok() { RowState::Waiting } else { RowState::Refused };
    let rows = Rows::default()
        .numbers("row_line", new.iter().map(|row| row.line))
        .texts("row_sum", new.iter().map(|row| row.sha256(kind)))
        .texts("row_content", new.iter().map(|row| text(row)))
        .texts("row_state", new.iter().map(|row| state(row).as_str().to_owned()))
        .texts("row_problems", new.iter().map(|row| problems(row)));
    // No row says nothing, and no refusal has no reason.
    let unless_empty = |name| -> SimpleExpr { Func::cust("NULLIF").arg(given(name)).arg("").into() };
    let filled: [(Column, SimpleExpr); 6] = [
        (Column::ImportId, import_id.into()),
        (Column::Line, given("row_line")),
        (Column::Sha256, given("row_sum")),
        (Column::Content, unless_empty("row_content")),
        (Column::State, given("row_state")),
        (Column::Problems, unless_empty("row_problems")),
    ];
    let insert = rows.into_insert(txn, Entity, filled)?;
    txn.execute(&insert).await.map(|_| ())
}

/// The state as it is written into a statement, where the partial indexes can be recognised.
fn is(state: RowState) -> SimpleExpr {
    Expr::col(Column::State).eq(Expr::Constant(state.into()))
}

/// The next rows to be carried out, in order.
pub async fn waiting(db: &impl ConnectionTrait, import_id: i64, limit: u64) -> Result<Vec<ImportRow>, DbErr> {
    Entity::find()
        .filter(Column::ImportId.eq(import_id))
        .filter(is(RowState::Waiting))
        .order_by_asc(Column::Line)
        .limit(limit)
        .all(db)
        .await
}

/// What an equal row became, of whatever import.
pub async fn became(db: &impl ConnectionTrait, sha256: &str) -> Result<Option<String>, DbErr> {
    let equal = Entity::find().filter(Column::Sha256.eq(sha256)).filter(is(RowState::Registered)).one(db).await?;
    Ok(equal.and_then(|row| row.became))
}

/// What became of a row.
#[derive(Debug, Clone)]
pub enum Fate {
    Registered(String),
    Known(Option<String>),
    Refused(Vec<Problem>),
}

impl Fate {
    pub fn state(&self) -> RowState {
        match self {
            Self::Registered(_) => RowState::Registered,
            Self::Known(_) => RowState::Known,
            Self::Refused(_) => RowState::Refused,
        }
    }
}

/// Writes what became of waiting rows.
pub async fn settle(txn: &impl ConnectionTrait, import_id: i64, settled: &[(i64, Fate)]) -> Result<()> {
    if settled.is_empty() {
        return Ok(());
    }
    let became = |fate: &Fate| match fate {
        Fate::Registered(became) => became.clone(),
        Fate::Known(became) => became.clone().unwrap_or_default(),
        Fate::Refused(_) => String::new(),
    };
    let problems = |fate: &Fate| match fate {
        Fate::Refused(problems) => kept(problems),
        Fate::Registered(_) | Fate::Known(_) => String::new(),
    };
    let rows = Rows::default()
        .numbers("row_line", settled.iter().map(|(line, _)| *line))
        .texts("row_state", settled.iter().map(|(_, fate)| fate.state().as_str().to_owned()))
        .texts("row_became", settled.iter().map(|(_, fate)| became(fate)))
        .texts("row_problems", settled.iter().map(|(_, fate)| problems(fate)));
    let unless_empty = |name| -> SimpleExpr { Func::cust("NULLIF").arg(given(name)).arg("").into() };
    // Only a refused row is needed once more.
    let content = Expr::case(given("row_state").eq(RowState::Refused.as_str()), Expr::col((Entity, Column::Content)));
    let mut update = Entity::update_many()
        .col_expr(Column::State, given("row_state"))
        .col_expr(Column::Became, unless_empty("row_became"))
        .col_expr(Column::Problems, unless_empty("row_problems"))
        .col_expr(Column::Content, content.finally(Expr::val(None::<String>)).into())
        .filter(Expr::col((Entity, Column::ImportId)).eq(import_id))
        // Names the few rows: SQLite would else walk through all that wait, and read what is given for each of them.
        .filter(among(txn, Column::Line, settled.iter().map(|(line, _)| *line).collect()))
        .filter(Expr::col((Entity, Column::Line)).eq(given("row_line")))
        .filter(Expr::col((Entity, Column::State)).eq(Expr::Constant(RowState::Waiting.into())));
    QueryTrait::query(&mut update).from(rows.into_table(txn));
    let written = update.exec(txn).await?.rows_affected;
    if usize::try_from(written).ok() == Some(settled.len()) {
        Ok(())
    } else {
        Err(Error::internal("rows of an import were carried out twice"))
    }
}

pub type Page = keyset::Page<i64>;

const ORDER: Keyset<1, Column> = Keyset { columns: [Column::Line], newest_first: false };

/// Rows in order, all or those in one state; and whether others follow.
pub async fn page(
    db: &impl ConnectionTrait,
    import_id: i64,
    state: Option<RowState>,
    page: Page,
    limit: u64,
) -> Result<(Vec<ImportRow>, bool), DbErr> {
    let mut query = Entity::find().filter(Column::ImportId.eq(import_id));
    if let Some(state) = state {
        query = query.filter(is(state));
    }
    ORDER.narrow(QueryTrait::query(&mut query), &page, limit);
    Ok(page.cut(query.all(db).await?, limit))
}

/// Takes out what the rows say, with what their refusals quote of it. Sum, state and what became of them stay.
pub async fn blank(txn: &impl ConnectionTrait, import_id: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Content, Expr::val(None::<String>))
        .col_expr(Column::Problems, Expr::val(None::<String>))
        .filter(Column::ImportId.eq(import_id))
        .exec(txn)
        .await
        .map(|_| ())
}

/// Takes out what the rows say that were not carried out.
pub async fn forget_waiting(txn: &impl ConnectionTrait, import_id: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Content, Expr::val(None::<String>))
        .filter(Column::ImportId.eq(import_id))
        .filter(is(RowState::Waiting))
        .exec(txn)
        .await
        .map(|_| ())
}
