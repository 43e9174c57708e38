//! An issued certificate with its organisation and contacts. A row is all or nothing.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;

use super::{contacts, organisations};
use crate::actions::{register_certificate, register_subscriber};
use crate::domain::actor::Actor;
use crate::domain::certificate::CertificateFacts;
use crate::domain::import::{CertificateRow, Content};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::certificates::{self, Certificate};
use crate::models::import_rows::Fate;
use crate::models::reissue_applications;
use crate::models::subscribers::{NewSubscriber, Subscriber};
use crate::services::Services;

pub(super) async fn enter(
    txn: &DatabaseTransaction,
    desk: &Services,
    content: &Content,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Fate> {
    let row = CertificateRow::read(content).map_err(Error::Invalid)?;
    check_reissuable(&row.certificate)?;
    let known = certificates::by_fingerprint(txn, &row.certificate.fingerprint).await?;
    let subscriber = subscriber(txn, &row, actor, now).await?;
    for cells in &row.contacts {
        contacts::keep(txn, &subscriber, cells, actor, now).await?;
    }
    let subject = |certificate: &Certificate| format!("certificate:{}", certificate.id);
    match known {
        Some(known) if known.subscriber_id == subscriber.id => Ok(Fate::Known(Some(subject(&known)))),
        Some(_) => Err(Problem::on("subscriber", "import_certificate_elsewhere").into()),
        None => {
            let certificate = register(txn, desk, row, &subscriber, actor, now).await?;
            Ok(Fate::Registered(subject(&certificate)))
        }
    }
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

/// The organisation that the row or else the certificate names; a name that is new becomes a new organisation.
async fn subscriber(
    txn: &DatabaseTransaction,
    row: &CertificateRow,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Subscriber> {
    let named = row.subscriber.as_ref().or(row.certificate.subject.organization.as_ref());
    let Some(named) = named.map(|name| name.trim()).filter(|name| !name.is_empty()) else {
        return Err(Problem::on("subscriber", "import_organization_missing").into());
    };
    if let Some(known) = organisations::find(txn, named).await? {
        return Ok(known);
    }
    let new = NewSubscriber { name: named.to_owned(), name_kana: None, external_id: None };
    register_subscriber::enter(txn, new, actor, now).await
}

async fn register(
    txn: &DatabaseTransaction,
    desk: &Services,
    row: CertificateRow,
    subscriber: &Subscriber,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Certificate> {
    if let Some(number) = row.reception_number {
        if certificates::is_reception_number_taken(txn, number).await? {
            return Err(Problem::on("reception_number", "import_reception_number_taken").with("value", number).into());
        }
        reissue_applications::keep_number(txn, number).await?;
    }
    let input = register_certificate::RegisterCertificate {
        subscriber_id: subscriber.id,
        certificate: Vec::new(),
        reception_number: row.reception_number,
        entitlement_end_on: row.entitlement_end_on,
        validation_expires_on: row.validation_expires_on,
    };
    register_certificate::enter(txn, desk, &input, &row.certificate, actor, now).await
}
