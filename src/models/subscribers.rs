//! Organisations.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, ExprTrait, LikeExpr, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, Condition, ConnectionTrait, DatabaseBackend, QueryOrder, QuerySelect, QueryTrait};

use super::_entities::subscribers;
use super::counting;
use super::messages::like_pattern;
use super::rows::among;
use crate::domain::search::{bigrams, normalize};
use crate::errors::{Error, Result};

pub use super::_entities::subscribers::{Column, Entity, Model as Subscriber};

pub struct NewSubscriber {
    pub name: String,
    pub name_kana: Option<String>,
    pub external_id: Option<String>,
}

pub async fn insert(txn: &impl ConnectionTrait, new: NewSubscriber, now: DateTimeUtc) -> Result<Subscriber, DbErr> {
    let search_name = normalize(&format!("{} {}", new.name, new.name_kana.as_deref().unwrap_or_default()));
    subscribers::ActiveModel {
        name: Set(new.name),
        name_kana: Set(new.name_kana),
        external_id: Set(new.external_id),
        search_name: Set(search_name),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(txn)
    .await
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<Subscriber> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("subscriber_not_found"))
}

pub async fn by_ids(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<Vec<Subscriber>, DbErr> {
    Entity::find().filter(among(db, Column::Id, ids)).all(db).await
}

pub async fn by_external_id(db: &impl ConnectionTrait, external_id: &str) -> Result<Option<Subscriber>, DbErr> {
    Entity::find().filter(Column::ExternalId.eq(external_id)).one(db).await
}

/// Those that are called so; nothing forbids two.
pub async fn with_name(db: &impl ConnectionTrait, name: &str, limit: u64) -> Result<Vec<Subscriber>, DbErr> {
    Entity::find().filter(Column::Name.eq(name)).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Those whose name or reading contains `text`, or whose external id it is, by name.
pub async fn search(db: &impl ConnectionTrait, text: &str, limit: u64) -> Result<Vec<Subscriber>, DbErr> {
    Entity::find().filter(matches(text)).order_by_asc(Column::SearchName).limit(limit).all(db).await
}

/// The ids of those whose name or reading contains `folded`, which is not empty, by the index of pairs of characters.
pub(super) async fn containing(db: &impl ConnectionTrait, folded: &str) -> Result<SelectStatement, DbErr> {
    let grams: Vec<String> = bigrams(folded).into_iter().collect();
    let query = Entity::find().select_only().column(Column::Id);
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        // One text, because the query builder reads `[` as a quote.
        let holds_all =
            Expr::cust_with_values("search_grams(search_name) @> string_to_array($1, chr(31))", [grams.join("\u{1f}")]);
        let name = Expr::cust_with_values("strpos(search_name, $1) > 0", [folded]);
        return Ok(query.filter(holds_all).filter(name).into_query());
    }
    // The other pairs show from the name itself; the rarest leaves the fewest to look at.
    let with = |gram: &String| {
        let ids = Query::select().column(Alias::new("subscriber_id")).from(Alias::new("search_grams")).to_owned();
        ids.clone().and_where(Expr::col(Alias::new("gram")).eq(gram.as_str())).to_owned()
    };
    let counts = counting::each(db, grams.iter().map(with).collect()).await?;
    let rarest = grams.iter().zip(counts).min_by_key(|(_, count)| count.number).map(|(gram, _)| with(gram));
    let name = Expr::cust_with_values("instr(search_name, ?) > 0", [folded]);
    Ok(query.filter(name).apply_if(rarest, |query, ids| query.filter(Column::Id.in_subquery(ids))).into_query())
}

/// The condition of [`search`], for lists of what organisations have.
pub(super) fn matches(text: &str) -> Condition {
    let name = LikeExpr::new(like_pattern(&normalize(text))).escape('\\');
    Condition::any().add(Column::SearchName.like(name)).add(Column::ExternalId.eq(text.trim()))
}

/// The names of these organisations.
pub async fn names(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = i64>) -> Result<Vec<(i64, String)>, DbErr> {
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// In the order of registration, after `after_id` when given.
pub async fn list(db: &impl ConnectionTrait, after_id: Option<i64>, limit: u64) -> Result<Vec<Subscriber>, DbErr> {
    let mut query = Entity::find().order_by_asc(Column::Id).limit(limit);
    if let Some(id) = after_id {
        query = query.filter(Column::Id.gt(id));
    }
    query.all(db).await
}
