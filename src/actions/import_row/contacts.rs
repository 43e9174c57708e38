//! A contact by itself, of an organisation that is there: a misspelt name must not become a new one.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;

use super::{at_columns, organisations};
use crate::actions::register_contact;
use crate::domain::actor::Actor;
use crate::domain::import::{ContactCells, ContactRow, Content};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::contacts::{self, Contact, NewContact};
use crate::models::import_rows::Fate;
use crate::models::subscribers::Subscriber;

pub(super) async fn enter(
    txn: &DatabaseTransaction,
    content: &Content,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Fate> {
    let row = ContactRow::read(content).map_err(Error::Invalid)?;
    let subscriber = organisations::find(txn, &row.subscriber).await?;
    let subscriber = subscriber.ok_or_else(|| organisations::unknown(&row.subscriber))?;
    keep(txn, &subscriber, &row.contact, actor, now).await
}

/// Registers the first contact of a role. A contact that differs from the registered one is refused: its number would
/// be dialled without a second person having looked.
pub(super) async fn keep(
    txn: &DatabaseTransaction,
    subscriber: &Subscriber,
    cells: &ContactCells,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Fate> {
    let new = NewContact {
        subscriber_id: subscriber.id,
        role: cells.role,
        name: cells.name.clone(),
        name_kana: cells.name_kana.clone(),
        department: cells.department.clone(),
        email: cells.email.clone(),
        phone: cells.phone.clone(),
        phone_source: cells.phone_source.clone(),
        verified_by: actor.key(),
        verified_on: cells.verified_on,
    };
    register_contact::check_contact(&new, now).map_err(|error| at_columns(error, |field| cells.column(field)))?;
    let current = contacts::current(txn, subscriber.id).await?;
    let subject = |contact: &Contact| format!("contact:{}", contact.id);
    match contacts::in_role(&current, cells.role) {
        Some(known) if is_same(known, &new) => Ok(Fate::Known(Some(subject(known)))),
        Some(_) => Err(Problem::on(cells.column("name"), "import_contact_differs").into()),
        None => {
            let contact = contacts::insert(txn, new, now).await?;
            register_contact::record(txn, &contact, actor, now).await?;
            Ok(Fate::Registered(subject(&contact)))
        }
    }
}

fn is_same(known: &Contact, new: &NewContact) -> bool {
    known.name == new.name && known.email == new.email && known.phone == new.phone
}
