//! Registers the first validated contact of a role. A successor takes `request_contact_change` and a second person.

use sea_orm::ConnectionTrait;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::{check_text, require_text};
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::contact::{PhoneNumber, check_dialable};
use crate::domain::mail::Recipient;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::contacts::{self, Contact, NewContact};
use crate::models::{subscribers, transaction};
use crate::services::Services;

/// The new contact version.
pub async fn register_contact(desk: &Services, new: NewContact, actor: &Actor, now: DateTimeUtc) -> Result<Contact> {
    check_contact(&new, now)?;
    let txn = transaction::begin(&desk.db).await?;
    subscribers::by_id(&txn, new.subscriber_id).await?;
    let current = contacts::current(&txn, new.subscriber_id).await?;
    if contacts::in_role(&current, new.role).is_some() {
        return Err(Error::conflict("contact_exists"));
    }
    let contact = contacts::insert(&txn, new, now).await?;
    record(&txn, &contact, actor, now).await?;
    txn.commit().await?;
    Ok(contact)
}

/// Everything that is wrong with a contact record, at once.
pub(super) fn check_contact(new: &NewContact, now: DateTimeUtc) -> Result<()> {
    let department = new.department.as_deref();
    let mut problems = check_person(&new.name, new.name_kana.as_deref(), department, &new.email, &new.phone);
    check_text("phone_source", Some(&new.phone_source), &mut problems);
    problems.extend(check_dialable(&new.phone_source, new.verified_on, jst_date(now)).err());
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// What is wrong with the words about a person, whether the number was verified or not.
pub(super) fn check_person(
    name: &str,
    kana: Option<&str>,
    department: Option<&str>,
    email: &str,
    phone: &str,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    require_text("name", name, &mut problems);
    check_text("name_kana", kana, &mut problems);
    check_text("department", department, &mut problems);
    // The name was judged above: any is good enough to judge the address by.
    let named = if problems.is_empty() { name } else { "-" };
    problems.extend(Recipient::new(named, email).err());
    problems.extend(PhoneNumber::parse(phone).err());
    problems
}

pub(super) async fn record(
    txn: &impl ConnectionTrait,
    contact: &Contact,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let act = Act {
        action: "contact_registered",
        subject: format!("contact:{}", contact.id),
        case_id: None,
        detail: json!({ "subscriber": contact.subscriber_id, "role": contact.role.as_str() }),
    };
    audit_events::append(txn, act, actor, now).await
}
