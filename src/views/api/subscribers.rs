//! Organisations, their contacts and successors of contacts.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words;
use crate::models::{contact_changes, contacts, customers, subscribers};

/// An organisation to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscriber {
    pub name: String,
    pub name_kana: Option<String>,
    /// Its key in the caller's own books; unique.
    pub external_id: Option<String>,
}

/// An organisation that holds certificates.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subscriber {
    pub id: i64,
    pub name: String,
    pub name_kana: Option<String>,
    pub external_id: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl From<subscribers::Subscriber> for Subscriber {
    fn from(row: subscribers::Subscriber) -> Self {
        let subscribers::Subscriber { id, name, name_kana, external_id, search_name: _, created_at } = row;
        Self { id, name, name_kana, external_id, created_at }
    }
}

/// An organisation with its current contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriberDetail {
    #[serde(flatten)]
    pub subscriber: Subscriber,
    pub contacts: Vec<Contact>,
}

/// A contact whose number somebody has verified.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    #[schema(schema_with = words::contact_role)]
    pub role: String,
    pub name: String,
    pub name_kana: Option<String>,
    pub department: Option<String>,
    pub email: String,
    /// With area code; an extension may follow.
    pub phone: String,
    /// Where the number comes from; only a number with a source is dialled.
    pub phone_source: String,
    pub verified_on: NaiveDate,
}

/// A version of a contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contact {
    pub id: i64,
    pub subscriber_id: i64,
    #[schema(schema_with = words::contact_role)]
    pub role: &'static str,
    pub name: String,
    pub name_kana: Option<String>,
    pub department: Option<String>,
    pub email: String,
    pub phone: String,
    pub phone_source: String,
    /// Key of the actor who verified the number.
    pub verified_by: String,
    pub verified_on: NaiveDate,
    pub created_at: DateTime<Utc>,
}

impl From<contacts::Contact> for Contact {
    fn from(row: contacts::Contact) -> Self {
        Self {
            id: row.id,
            subscriber_id: row.subscriber_id,
            role: row.role.as_str(),
            name: row.name,
            name_kana: row.name_kana,
            department: row.department,
            email: row.email,
            phone: row.phone,
            phone_source: row.phone_source,
            verified_by: row.verified_by,
            verified_on: row.verified_on,
            created_at: row.created_at,
        }
    }
}

/// A successor, who counts once a second person has approved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactChange {
    pub id: i64,
    pub subscriber_id: i64,
    #[schema(schema_with = words::contact_role)]
    pub role: &'static str,
    pub name: String,
    pub name_kana: Option<String>,
    pub department: Option<String>,
    pub email: String,
    pub phone: String,
    pub phone_source: String,
    pub verified_on: NaiveDate,
    pub requested_by: String,
    pub requested_at: DateTime<Utc>,
    pub approved_by: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    /// The contact version that the approval made.
    pub contact_id: Option<i64>,
    /// Key of the actor who did not approve.
    pub declined_by: Option<String>,
    pub declined_at: Option<DateTime<Utc>>,
    pub declined_ground: Option<String>,
}

impl From<contact_changes::ContactChange> for ContactChange {
    fn from(row: contact_changes::ContactChange) -> Self {
        Self {
            id: row.id,
            subscriber_id: row.subscriber_id,
            role: row.role.as_str(),
            name: row.name,
            name_kana: row.name_kana,
            department: row.department,
            email: row.email,
            phone: row.phone,
            phone_source: row.phone_source,
            verified_on: row.verified_on,
            requested_by: row.requested_by,
            requested_at: row.requested_at,
            approved_by: row.approved_by,
            approved_at: row.approved_at,
            contact_id: row.contact_id,
            declined_by: row.declined_by,
            declined_at: row.declined_at,
            declined_ground: row.declined_ground,
        }
    }
}

/// An account of the portal to be given to a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// 3 to 64 of `a-z0-9._-@`; unique among all organisations.
    pub login: String,
    pub name: String,
    /// Where the link goes with which they choose their password.
    pub email: String,
}

/// An account of the portal.
#[derive(Debug, Serialize, ToSchema)]
pub struct Customer {
    pub id: i64,
    pub subscriber_id: i64,
    pub login: String,
    pub name: String,
    pub email: String,
    #[schema(schema_with = words::account_state)]
    pub state: &'static str,
    pub created_at: DateTime<Utc>,
}

impl From<customers::Customer> for Customer {
    fn from(row: customers::Customer) -> Self {
        let state = row.state().as_str();
        let customers::Customer { id, subscriber_id, login, name, email, created_at, .. } = row;
        Self { id, subscriber_id, login, name, email, state, created_at }
    }
}
