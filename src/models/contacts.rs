//! Validated contacts, as dated versions. At most one current version per subscriber and role (unique index).

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::IntoCondition;
use sea_orm::{ActiveValue::Set, Condition, ConnectionTrait, IntoActiveModel, QueryOrder, QuerySelect};

use super::_entities::contacts;
use super::rows::among;
use crate::domain::contact::{ContactRole, PhoneNumber};
use crate::domain::search::normalize;

pub use super::_entities::contacts::{Column, Entity, Model as Contact};

/// What a contact record says; the number has been validated outside.
#[derive(Debug, Clone)]
pub struct NewContact {
    pub subscriber_id: i64,
    pub role: ContactRole,
    pub name: String,
    pub name_kana: Option<String>,
    pub department: Option<String>,
    pub email: String,
    pub phone: String,
    pub phone_source: String,
    pub verified_by: String,
    pub verified_on: Date,
}

pub async fn insert(txn: &impl ConnectionTrait, new: NewContact, now: DateTimeUtc) -> Result<Contact, DbErr> {
    contacts::ActiveModel {
        subscriber_id: Set(new.subscriber_id),
        role: Set(new.role),
        dialled_from: Set(dialled_from(&new.phone)),
        search_name: Set(Some(squeezed(&new.name))),
        name: Set(new.name),
        name_kana: Set(new.name_kana),
        department: Set(new.department),
        email: Set(new.email),
        phone: Set(new.phone),
        phone_source: Set(new.phone_source),
        verified_by: Set(new.verified_by),
        verified_on: Set(new.verified_on),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(txn)
    .await
}

/// Ends the current version so that its successor can take over.
pub async fn supersede(txn: &impl ConnectionTrait, contact: &Contact, now: DateTimeUtc) -> Result<(), DbErr> {
    let mut row = contact.clone().into_active_model();
    row.superseded_at = Set(Some(now));
    row.update(txn).await.map(|_| ())
}

/// The current contacts of a subscriber, procedure contact first.
pub async fn current(db: &impl ConnectionTrait, subscriber_id: i64) -> Result<Vec<Contact>, DbErr> {
    Entity::find()
        .filter(Column::SubscriberId.eq(subscriber_id))
        .filter(Column::SupersededAt.is_null())
        .order_by_desc(Column::Role)
        .all(db)
        .await
}

pub fn in_role(contacts: &[Contact], role: ContactRole) -> Option<&Contact> {
    contacts.iter().find(|contact| contact.role == role)
}

/// The contact that `words` names: a role, or a name with or without spaces. One person may stand in both roles; then
/// it is `preferred` who was spoken with.
pub fn named<'a>(contacts: &'a [Contact], words: &str, preferred: &'a Contact) -> Option<&'a Contact> {
    if let Ok(role) = words.parse::<ContactRole>() {
        return in_role(contacts, role);
    }
    let wanted = squeezed(words);
    std::iter::once(preferred).chain(contacts).find(|contact| wanted == squeezed(&contact.name))
}

/// Current and former contacts who call from this number.
pub async fn calling_from(db: &impl ConnectionTrait, number: &PhoneNumber, limit: u64) -> Result<Vec<Contact>, DbErr> {
    callers(db, Column::DialledFrom.eq(number.e164()), limit).await
}

/// Current and former contacts whose name begins so, however it is written.
pub async fn whose_name_begins(db: &impl ConnectionTrait, name: &str, limit: u64) -> Result<Vec<Contact>, DbErr> {
    let folded = squeezed(name);
    let Some(after) = after_prefix(&folded) else { return Ok(Vec::new()) };
    let begins = Condition::all().add(Column::SearchName.gte(folded)).add(Column::SearchName.lt(after));
    callers(db, begins, limit).await
}

/// Current ones first.
async fn callers(db: &impl ConnectionTrait, which: impl IntoCondition, limit: u64) -> Result<Vec<Contact>, DbErr> {
    let mut found = Entity::find().filter(which).order_by_desc(Column::Id).limit(limit).all(db).await?;
    found.sort_by_key(|contact| contact.superseded_at.is_some());
    Ok(found)
}

/// The first text after all those that begin with `prefix`, in the order of code points.
fn after_prefix(prefix: &str) -> Option<String> {
    (!prefix.is_empty()).then(|| format!("{prefix}\u{10FFFF}"))
}

/// Fills in by what callers are found, where it is missing. Returns how many were filled, at most `limit`.
pub async fn fold_missing(db: &impl ConnectionTrait, limit: u64) -> Result<usize, DbErr> {
    let rows =
        Entity::find().filter(Column::SearchName.is_null()).order_by_asc(Column::Id).limit(limit).all(db).await?;
    let number = rows.len();
    for contact in rows {
        let (from, name) = (dialled_from(&contact.phone), squeezed(&contact.name));
        let mut row = contact.into_active_model();
        row.dialled_from = Set(from);
        row.search_name = Set(Some(name));
        row.update(db).await?;
    }
    Ok(number)
}

fn dialled_from(phone: &str) -> Option<String> {
    PhoneNumber::parse(phone).ok().map(|number| number.e164().to_owned())
}

fn squeezed(name: &str) -> String {
    normalize(name).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The current contacts of several subscribers.
pub async fn current_of(db: &impl ConnectionTrait, subscriber_ids: &[i64]) -> Result<Vec<Contact>, DbErr> {
    Entity::find()
        .filter(among(db, Column::SubscriberId, subscriber_ids.to_vec()))
        .filter(Column::SupersededAt.is_null())
        .all(db)
        .await
}
