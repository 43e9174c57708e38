//! Validated contacts, as dated versions. At most one current version per subscriber and role (unique index).

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, IntoActiveModel, QueryOrder};

use super::_entities::contacts;
use super::rows::among;
use crate::domain::contact::ContactRole;
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
