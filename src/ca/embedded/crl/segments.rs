//! The revocations in the books as blocks of records, in the order of their rows: segments first, then single rows.
//!
//! A segment says in one piece what a range of rows says; a CRL of a million entries then reads some hundred rows. It is
//! made when no transaction can add a row to its range any more, and never changed. The rows stay.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement, TransactionTrait, TryInsertResult,
};
use tokio::sync::mpsc;

use super::{
    super::entities::ca_crl_segments::{self, Column},
    PublishError, record,
};
use crate::domain::certificate::der;

/// Rows of a segment: some 460 KB.
pub const SEGMENT: u64 = 8_192;

/// Single rows read at a time.
const CHUNK: u64 = 4_096;

/// Sends all revocations whose certificate ended at or after `from`, and some others; answers how many rows the books
/// hold. Stops early when nobody listens any more.
pub async fn read(
    db: &impl ConnectionTrait,
    issuer_id: &str,
    from: DateTime<Utc>,
    blocks: mpsc::Sender<Vec<u8>>,
) -> Result<i64, PublishError> {
    let (mut after, mut revocations) = (0, 0);
    for segment in ranges(db, issuer_id).await? {
        if segment.after_id != after {
            return Err(PublishError::SegmentMissing { after });
        }
        after = segment.last_id;
        revocations += segment.revocations;
        if segment.last_not_after >= from && blocks.send(content(db, segment.id).await?).await.is_err() {
            return Ok(revocations);
        }
    }
    while let Some(rows) = rows(db, issuer_id, after, CHUNK).await? {
        after = rows.last_id;
        revocations += rows.revocations;
        if blocks.send(rows.content).await.is_err() {
            break;
        }
    }
    Ok(revocations)
}

/// How many rows the books hold, without reading them.
pub async fn revocations(db: &impl ConnectionTrait, issuer_id: &str) -> Result<i64, DbErr> {
    let (sealed, after) = sealed(db, issuer_id).await?;
    let rest = "SELECT COUNT(*) FROM ca_revocations WHERE issuer_id = $1 AND id > $2";
    let row = one(db, rest, [issuer_id.into(), after.into()]).await?;
    Ok(sealed + row.try_get_by_index::<i64>(0)?)
}

/// How many rows are in segments, and the last of them.
pub async fn sealed(db: &impl ConnectionTrait, issuer_id: &str) -> Result<(i64, i64), DbErr> {
    // PostgreSQL sums BIGINT as NUMERIC.
    let sealed = "SELECT CAST(COALESCE(SUM(revocations), 0) AS BIGINT), COALESCE(MAX(last_id), 0) \
                  FROM ca_crl_segments WHERE issuer_id = $1";
    let row = one(db, sealed, [issuer_id.into()]).await?;
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

/// Makes segments of the rows that have none yet, as long as there are enough for whole ones. Answers how many it made.
pub async fn seal(db: &DatabaseConnection, issuer_id: &str, size: u64) -> Result<usize, DbErr> {
    let last: Option<i64> = ca_crl_segments::Entity::find()
        .select_only()
        .column(Column::LastId)
        .filter(Column::IssuerId.eq(issuer_id))
        .order_by_desc(Column::AfterId)
        .into_tuple()
        .one(db)
        .await?;
    let mut after = last.unwrap_or(0);
    let mut made = 0;
    let Some(settled) = settled(db, issuer_id, after, size).await? else { return Ok(0) };
    while let Some(rows) = rows(db, issuer_id, after, size).await?.filter(|rows| rows.fill(size, settled)) {
        let next = rows.last_id;
        if !insert(db, rows.segment(issuer_id, after)).await? {
            // Another process is at it.
            break;
        }
        (after, made) = (next, made + 1);
    }
    Ok(made)
}

/// Consecutive rows.
struct Rows {
    last_id: i64,
    revocations: i64,
    last_not_after: DateTime<Utc>,
    content: Vec<u8>,
}

impl Rows {
    fn fill(&self, size: u64, settled: i64) -> bool {
        self.revocations.unsigned_abs() == size && self.last_id <= settled
    }

    fn segment(self, issuer_id: &str, after_id: i64) -> ca_crl_segments::ActiveModel {
        ca_crl_segments::ActiveModel {
            issuer_id: Set(issuer_id.to_owned()),
            after_id: Set(after_id),
            last_id: Set(self.last_id),
            revocations: Set(self.revocations),
            last_not_after: Set(self.last_not_after),
            content: Set(self.content),
            ..Default::default()
        }
    }
}

/// The next `limit` rows after an id, or what there is.
async fn rows(db: &impl ConnectionTrait, issuer_id: &str, after: i64, limit: u64) -> Result<Option<Rows>, DbErr> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT id, not_after, entry FROM ca_revocations WHERE issuer_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        [issuer_id.into(), after.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()],
    );
    let mut read: Option<Rows> = None;
    for row in db.query_all_raw(statement).await? {
        let (id, not_after): (i64, DateTime<Utc>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let entry: Vec<u8> = row.try_get_by_index(2)?;
        let whole = der::expect(&entry, der::SEQUENCE).is_some_and(|(_, after)| after.is_empty());
        if !whole {
            return Err(DbErr::Custom(format!("the entry of revocation {id} is damaged")));
        }
        let rows = read.get_or_insert_with(|| Rows {
            last_id: id,
            revocations: 0,
            last_not_after: not_after,
            content: Vec::new(),
        });
        rows.last_id = id;
        rows.revocations += 1;
        rows.last_not_after = rows.last_not_after.max(not_after);
        record::append(&mut rows.content, not_after, &entry);
    }
    Ok(read)
}

/// A segment without its content.
struct SegmentRange {
    id: i64,
    after_id: i64,
    last_id: i64,
    revocations: i64,
    last_not_after: DateTime<Utc>,
}

async fn ranges(db: &impl ConnectionTrait, issuer_id: &str) -> Result<Vec<SegmentRange>, DbErr> {
    let found: Vec<(i64, i64, i64, i64, DateTime<Utc>)> = ca_crl_segments::Entity::find()
        .select_only()
        .columns([Column::Id, Column::AfterId, Column::LastId, Column::Revocations, Column::LastNotAfter])
        .filter(Column::IssuerId.eq(issuer_id))
        .order_by_asc(Column::AfterId)
        .into_tuple()
        .all(db)
        .await?;
    let range = |(id, after_id, last_id, revocations, last_not_after)| SegmentRange {
        id,
        after_id,
        last_id,
        revocations,
        last_not_after,
    };
    Ok(found.into_iter().map(range).collect())
}

async fn content(db: &impl ConnectionTrait, id: i64) -> Result<Vec<u8>, DbErr> {
    one(db, "SELECT content FROM ca_crl_segments WHERE id = $1", [id.into()]).await?.try_get_by_index(0)
}

async fn insert(db: &impl ConnectionTrait, segment: ca_crl_segments::ActiveModel) -> Result<bool, DbErr> {
    let inserted = ca_crl_segments::Entity::insert(segment)
        .on_conflict_do_nothing_on([Column::IssuerId, Column::AfterId])
        .exec_without_returning(db)
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
}

/// Up to which id no further row can appear, when there are enough rows for a segment.
///
/// On PostgreSQL a row takes its id before it is committed: a later one may be visible before an earlier one. Whoever
/// inserts holds ROW EXCLUSIVE from before it takes an id until its end; when SHARE is granted, nobody does.
async fn settled(db: &DatabaseConnection, issuer_id: &str, after: i64, size: u64) -> Result<Option<i64>, DbErr> {
    let enough = "SELECT COUNT(*), COALESCE(MAX(id), 0) FROM
        (SELECT id FROM ca_revocations WHERE issuer_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS next";
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let row = one(db, enough, [issuer_id.into(), after.into(), size.into()]).await?;
    if row.try_get_by_index::<i64>(0)? < size {
        return Ok(None);
    }
    let txn = db.begin().await?;
    if txn.get_database_backend() == DbBackend::Postgres {
        // Revocations wait behind this lock: they are not made to wait long. The next time will do.
        txn.execute_unprepared("SET LOCAL lock_timeout = '200ms'").await?;
        if let Err(error) = txn.execute_unprepared("LOCK TABLE ca_revocations IN SHARE MODE").await {
            tracing::debug!(cause = %error, "no moment without a revocation under way: no segment is made now");
            return Ok(None);
        }
    }
    let newest = one(&txn, "SELECT COALESCE(MAX(id), 0) FROM ca_revocations WHERE issuer_id = $1", [issuer_id.into()]);
    let settled = newest.await?.try_get_by_index(0)?;
    txn.rollback().await?;
    Ok(Some(settled))
}

/// The row of a query that always has one.
async fn one<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [sea_orm::Value; N],
) -> Result<sea_orm::QueryResult, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_one_raw(statement).await?.ok_or_else(|| DbErr::RecordNotFound(sql.to_owned()))
}
