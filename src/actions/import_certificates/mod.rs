//! Registers the certificates of a file, with their organisations and contacts.
//!
//! A row is all or nothing and stands for itself: what is wrong with one is told with its line, the others are kept.
//! A certificate that is registered already is counted and left alone, so the same file may be imported again.

mod file;

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;

use self::file::{ContactCells, Row};
use super::{register_certificate, register_contact, register_subscriber};
use crate::domain::actor::Actor;
use crate::domain::certificate::CertificateFacts;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::certificates;
use crate::models::contacts::{self, Contact, NewContact};
use crate::models::subscribers::{self, NewSubscriber, Subscriber};
use crate::models::{reissue_applications, transaction};
use crate::services::Services;

pub struct ImportCertificates<'a> {
    /// A PEM bundle, or CSV with a heading that has the columns `subscriber` and `pem`.
    pub file: &'a [u8],
    /// External id, name or number of the organisation of all certificates of a bundle. Without it each certificate goes
    /// to the organisation that its subject names.
    pub subscriber: Option<&'a str>,
    /// Tries every row and keeps none.
    pub dry_run: bool,
    /// Told after each row.
    pub progress: &'a (dyn Fn(Counts) + Send + Sync),
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// On which it begins, counted from 1.
    pub line: u64,
    pub problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// done = registered, skipped = known before, failed = refused, for the reasons in `problems`.
    pub counts: Counts,
    pub problems: Vec<RowProblem>,
}

/// Refused as a whole only when the file is neither a bundle nor such a CSV.
pub async fn import_certificates(
    desk: &Services,
    input: ImportCertificates<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Imported> {
    let rows = file::rows(input.file, input.subscriber)?;
    let target = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let mut imported = Imported { counts: Counts { target, ..Counts::default() }, problems: Vec::new() };
    for (line, row) in rows {
        let outcome = match row {
            Ok(row) => import_row(desk, &row, input.dry_run, actor, now).await,
            Err(problems) => Err(Error::Invalid(problems)),
        };
        match outcome {
            Ok(Fate::Registered) => imported.counts.done += 1,
            Ok(Fate::Known) => imported.counts.skipped += 1,
            Err(error) => {
                imported.counts.failed += 1;
                let problems = error.into_problems()?;
                imported.problems.extend(problems.into_iter().map(|problem| RowProblem { line, problem }));
            }
        }
        (input.progress)(imported.counts);
    }
    Ok(imported)
}

enum Fate {
    Registered,
    Known,
}

async fn import_row(desk: &Services, row: &Row, dry_run: bool, actor: &Actor, now: DateTimeUtc) -> Result<Fate> {
    check_reissuable(&row.certificate)?;
    let txn = transaction::begin(&desk.db).await?;
    let known = certificates::by_fingerprint(&txn, &row.certificate.fingerprint).await?;
    let subscriber = subscriber(&txn, row, actor, now).await?;
    for cells in &row.contacts {
        keep_contact(&txn, &subscriber, cells, actor, now).await?;
    }
    let fate = match known {
        Some(known) if known.subscriber_id == subscriber.id => Fate::Known,
        Some(_) => return Err(Problem::on("subscriber", "import_certificate_elsewhere").into()),
        None => {
            register(&txn, desk, row, &subscriber, actor, now).await?;
            Fate::Registered
        }
    };
    if !dry_run {
        txn.commit().await?;
    }
    Ok(fate)
}

/// A CA's own certificate in a bundle is no customer's.
fn check_reissuable(facts: &CertificateFacts) -> Result<()> {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let is_ca = X509Certificate::from_der(&facts.der).is_ok_and(|(_, certificate)| certificate.is_ca());
    if is_ca || facts.subject_der == facts.issuer_der {
        return Err(Problem::on("pem", "import_certificate_of_ca").with("name", &facts.subject.text).into());
    }
    Ok(())
}

/// The organisation with this external id, name or number; a name that is new becomes a new organisation.
async fn subscriber(txn: &DatabaseTransaction, row: &Row, actor: &Actor, now: DateTimeUtc) -> Result<Subscriber> {
    let named = row.subscriber.as_ref().or(row.certificate.subject.organization.as_ref());
    let Some(named) = named.map(|name| name.trim()).filter(|name| !name.is_empty()) else {
        return Err(Problem::on("subscriber", "import_organization_missing").into());
    };
    if let Some(known) = subscribers::by_external_id(txn, named).await? {
        return Ok(known);
    }
    if let Some(known) = subscribers::by_name(txn, named).await? {
        return Ok(known);
    }
    if let Ok(id) = named.parse() {
        return subscribers::by_id(txn, id)
            .await
            .map_err(|_| Problem::on("subscriber", "import_subscriber_unknown").with("value", named).into());
    }
    let new = NewSubscriber { name: named.to_owned(), name_kana: None, external_id: None };
    register_subscriber::enter(txn, new, actor, now).await
}

/// Registers the first contact of a role. A contact that differs from the registered one is refused: its number would
/// be dialled without a second person having looked.
async fn keep_contact(
    txn: &DatabaseTransaction,
    subscriber: &Subscriber,
    cells: &ContactCells,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let new = NewContact {
        subscriber_id: subscriber.id,
        role: cells.role,
        name: cells.name.clone(),
        name_kana: None,
        department: None,
        email: cells.email.clone(),
        phone: cells.phone.clone(),
        phone_source: cells.phone_source.clone(),
        verified_by: actor.key(),
        verified_on: cells.verified_on,
    };
    register_contact::check_contact(&new, now).map_err(|error| at_columns(error, cells))?;
    let current = contacts::current(txn, subscriber.id).await?;
    match contacts::in_role(&current, cells.role) {
        Some(known) if is_same(known, &new) => Ok(()),
        Some(_) => Err(Problem::on(cells.column("name"), "import_contact_differs").into()),
        None => {
            let contact = contacts::insert(txn, new, now).await?;
            register_contact::record(txn, &contact, actor, now).await
        }
    }
}

/// Names the columns of the file instead of the fields of a contact.
fn at_columns(error: Error, cells: &ContactCells) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in &mut problems {
        problem.field = problem.field.map(|field| cells.column(field));
    }
    Error::Invalid(problems)
}

fn is_same(known: &Contact, new: &NewContact) -> bool {
    known.name == new.name && known.email == new.email && known.phone == new.phone
}

async fn register(
    txn: &DatabaseTransaction,
    desk: &Services,
    row: &Row,
    subscriber: &Subscriber,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    if let Some(number) = row.reception_number
        && certificates::is_reception_number_taken(txn, number).await?
    {
        return Err(Problem::on("reception_number", "import_reception_number_taken").with("value", number).into());
    }
    if let Some(number) = row.reception_number {
        reissue_applications::keep_number(txn, number).await?;
    }
    let input = register_certificate::RegisterCertificate {
        subscriber_id: subscriber.id,
        certificate: row.certificate.der.clone(),
        reception_number: row.reception_number,
        entitlement_end_on: row.entitlement_end_on,
        validation_expires_on: row.validation_expires_on,
    };
    register_certificate::enter(txn, desk, &input, &row.certificate, actor, now).await?;
    Ok(())
}
