//! Versions of texts, append-only; and the texts in force, kept as long as none was added.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::NaiveDate;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, PaginatorTrait, QueryOrder, QuerySelect};

use super::_entities::text_versions::{ActiveModel, Column, Entity};
use crate::domain::actor::Actor;
use crate::domain::text::{Draft, TextBook, TextKey, read};
use crate::errors::{Error, Result};

pub use super::_entities::text_versions::Model as TextVersion;

impl TextVersion {
    pub fn draft(&self) -> Draft {
        Draft { subject: self.subject.clone(), body: self.body.clone() }
    }
}

/// A version to be added.
pub struct NewVersion {
    pub key: TextKey,
    pub version: i64,
    pub draft: Draft,
    pub effective_on: NaiveDate,
    pub reason: String,
    pub restored_from: Option<i64>,
}

/// Two who add the same number at once: the second is refused by the database.
pub async fn insert(
    txn: &impl ConnectionTrait,
    new: NewVersion,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<TextVersion, DbErr> {
    ActiveModel {
        name: Set(new.key.as_str().to_owned()),
        version: Set(new.version),
        subject: Set(new.draft.subject),
        body: Set(new.draft.body),
        effective_on: Set(new.effective_on),
        reason: Set(new.reason),
        restored_from: Set(new.restored_from),
        saved_by: Set(actor.key()),
        saved_by_name: Set(actor.name().to_owned()),
        saved_at: Set(now),
        ..<ActiveModel as Default>::default()
    }
    .insert(txn)
    .await
}

/// Of one text, newest first.
pub async fn of(db: &impl ConnectionTrait, key: TextKey, limit: u64) -> Result<Vec<TextVersion>, DbErr> {
    Entity::find().filter(Column::Name.eq(key.as_str())).order_by_desc(Column::Version).limit(limit).all(db).await
}

pub async fn newest(db: &impl ConnectionTrait, key: TextKey) -> Result<Option<TextVersion>, DbErr> {
    Ok(of(db, key, 1).await?.pop())
}

pub async fn by_version(db: &impl ConnectionTrait, key: TextKey, version: i64) -> Result<TextVersion> {
    let found =
        Entity::find().filter(Column::Name.eq(key.as_str())).filter(Column::Version.eq(version)).one(db).await?;
    found.ok_or_else(|| Error::not_found("text_version_not_found"))
}

/// One version without its words, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionMark {
    pub name: String,
    pub version: i64,
    pub effective_on: NaiveDate,
}

/// All versions of all texts.
pub async fn marks(db: &impl ConnectionTrait) -> Result<Vec<VersionMark>, DbErr> {
    let columns = Entity::find().select_only().columns([Column::Name, Column::Version, Column::EffectiveOn]);
    let rows: Vec<(String, i64, NaiveDate)> = columns.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(name, version, effective_on)| VersionMark { name, version, effective_on }).collect())
}

/// The texts in force, read again when a version was added or another day began. Rows are never changed, so their number
/// tells; every node asks for it whenever it writes a mail, and so uses a new version from the next mail on. Not to be
/// asked in the transaction that adds one. Cheap to clone.
#[derive(Clone, Default)]
pub struct KeptTexts(Arc<RwLock<Kept>>);

#[derive(Default)]
struct Kept {
    versions: u64,
    day: NaiveDate,
    book: Arc<TextBook>,
}

impl KeptTexts {
    pub async fn in_force(&self, db: &impl ConnectionTrait, today: NaiveDate) -> Result<Arc<TextBook>, DbErr> {
        let versions = Entity::find().count(db).await?;
        {
            let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if kept.versions == versions && (kept.day == today || versions == 0) {
                return Ok(kept.book.clone());
            }
        }
        let book = Arc::new(load(db, today).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Kept { versions, day: today, book: book.clone() };
        Ok(book)
    }
}

/// In the order of [`crate::domain::text::in_force`]: what comes later counts. A text that this version of the program
/// cannot use is left out, and the shipped one counts.
async fn load(db: &impl ConnectionTrait, today: NaiveDate) -> Result<TextBook, DbErr> {
    let begun = Entity::find()
        .filter(Column::EffectiveOn.lte(today))
        .order_by_asc(Column::EffectiveOn)
        .order_by_asc(Column::Version);
    let mut book = TextBook::default();
    for row in begun.all(db).await? {
        let Ok(key) = row.name.parse::<TextKey>() else { continue };
        match read(key, &row.draft()) {
            Ok(text) => book = book.with(key, text),
            Err(problems) => {
                tracing::error!(text = %key, row.version, ?problems, "a version of a text cannot be used");
                book = book.without(key);
            }
        }
    }
    Ok(book)
}
