//! Registers a certificate of any CA, read from its own bytes.

use chrono::NaiveDate;
use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::certificate::{self, CertificateFacts};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::certificates::{self, Certificate, NewCertificate};
use crate::models::{reissue_applications, subscribers, transaction};
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct RegisterCertificate {
    pub subscriber_id: i64,
    /// PEM or DER.
    pub certificate: Vec<u8>,
    /// Of the application that the certificate was issued on; a new one is given when absent.
    pub reception_number: Option<ReceptionNumber>,
    /// Last day that the order pays for; the certificate's own when absent.
    pub entitlement_end_on: Option<NaiveDate>,
    /// Last day on which the validation data may be used again, when known.
    pub validation_expires_on: Option<NaiveDate>,
}

/// The certificate as registered. One that is known already is refused, naming where.
pub async fn register_certificate(
    desk: &Services,
    input: RegisterCertificate,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Certificate> {
    let facts = certificate::parse(&input.certificate)?;
    let txn = transaction::begin(&desk.db).await?;
    subscribers::by_id(&txn, input.subscriber_id).await?;
    let certificate = enter(&txn, desk, &input, &facts, actor, now).await?;
    txn.commit().await?;
    Ok(certificate)
}

/// The checks and rows of a registration, within the transaction of its caller.
pub(super) async fn enter(
    txn: &DatabaseTransaction,
    desk: &Services,
    input: &RegisterCertificate,
    facts: &CertificateFacts,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Certificate> {
    check_entitlement(input, facts)?;
    if let Some(known) = certificates::by_fingerprint(txn, &facts.identity().fingerprint).await? {
        return Err(Error::Conflict(Problem::on("pem", "certificate_known").with("id", known.id)));
    }
    let reception_number = match input.reception_number {
        Some(number) => number,
        None => reissue_applications::next_reception_number(txn, jst_date(now)).await?,
    };
    let new = NewCertificate {
        subscriber_id: input.subscriber_id,
        facts,
        reception_number: Some(reception_number),
        origin_id: None,
        entitlement_end_on: input.entitlement_end_on,
        validation_expires_on: input.validation_expires_on,
        csr_der: None,
    };
    let certificate = certificates::insert(txn, new, now).await?;
    if let Some(ca) = &desk.embedded_ca {
        ca.adopt(txn, facts, now).await?;
    }
    let act = Act {
        action: "certificate_registered",
        subject: format!("certificate:{}", certificate.id),
        case_id: None,
        detail: json!({ "serial": certificate.serial.to_string(), "sha256": certificate.sha256.to_string() }),
    };
    audit_events::append(txn, act, actor, now).await?;
    Ok(certificate)
}

fn check_entitlement(input: &RegisterCertificate, facts: &CertificateFacts) -> Result<()> {
    let last_day = jst_date(facts.not_after);
    match input.entitlement_end_on {
        Some(end) if end < last_day => {
            Err(Problem::on("entitlement_end_on", "entitlement_before_last_day").with("last_day", last_day).into())
        }
        Some(_) | None => Ok(()),
    }
}
