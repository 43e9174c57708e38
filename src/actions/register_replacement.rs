//! Registers a replacement that was issued elsewhere.

use std::collections::BTreeSet;

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction};
use serde_json::json;

use super::letters;
use crate::domain::actor::Actor;
use crate::domain::authorization::AuthorizationKind;
use crate::domain::case::CaseEvent;
use crate::domain::certificate::{self, CertificateFacts};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::mail::letter::Occasion;
use crate::models::authorizations;
use crate::models::certificates::{self, Certificate, NewCertificate};
use crate::models::revocation_cases::{self, Case, advance};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct RegisterReplacement {
    pub reception_number: ReceptionNumber,
    /// PEM or DER.
    pub certificate: Vec<u8>,
}

/// The case with its replacement. Refused unless the certificate continues the source: same names, same organisation,
/// same kind, newer, and not the source itself.
pub async fn register_replacement(
    desk: &Services,
    input: RegisterReplacement,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    let facts = certificate::parse(&input.certificate)?;
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_reception_number(&txn, input.reception_number).await?;
    if case.replacement_certificate_id.is_some() {
        return Err(Error::conflict("replacement_exists"));
    }
    let source = certificates::by_id(&txn, case.source_certificate_id).await?;
    check_continues(&facts, &source, now)?;
    let case = attach(&txn, desk, &case, &source, Replacement { facts: &facts, csr_der: None }, actor, now).await?;
    txn.commit().await?;
    Ok(case)
}

fn check_continues(facts: &CertificateFacts, source: &Certificate, now: DateTimeUtc) -> Result<()> {
    let mut problems = Vec::new();
    let mut refuse = |code| problems.push(Problem::on("pem", code));
    let identity = facts.identity();
    if identity.fingerprint == source.sha256 {
        refuse("replacement_is_source");
    }
    if facts.not_before <= source.not_before {
        refuse("replacement_not_newer");
    }
    if facts.not_after <= now {
        refuse("replacement_expired");
    }
    if facts.validation != source.validation {
        refuse("replacement_validation_differs");
    }
    let before = source.facts()?;
    if facts.subject.organization != before.subject.organization {
        refuse("replacement_organization_differs");
    }
    if names(facts) != names(&before) {
        refuse("replacement_names_differ");
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn names(facts: &CertificateFacts) -> BTreeSet<String> {
    facts.dns_names.iter().map(|name| name.to_ascii_lowercase()).collect()
}

/// A certificate that takes the place of a source.
pub(super) struct Replacement<'a> {
    pub facts: &'a CertificateFacts,
    pub csr_der: Option<Vec<u8>>,
}

/// Puts the replacement into the chain of its source and into the case.
pub(super) async fn attach(
    txn: &DatabaseTransaction,
    desk: &Services,
    case: &Case,
    source: &Certificate,
    replacement: Replacement<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    let new = NewCertificate {
        subscriber_id: source.subscriber_id,
        facts: replacement.facts,
        reception_number: Some(case.reception_number),
        origin_id: Some(source.origin()),
        entitlement_end_on: Some(source.entitlement_end_on),
        validation_expires_on: source.validation_expires_on,
        csr_der: replacement.csr_der,
    };
    let certificate = certificates::insert(txn, new, now).await?;
    let change = |row: &mut revocation_cases::ActiveModel| row.replacement_certificate_id = Set(Some(certificate.id));
    let detail = json!({ "certificate": certificate.id, "serial": certificate.serial.to_string() });
    let attached = advance(txn, case, CaseEvent::ReplacementRegistered, change, detail, actor, now).await?;
    keep_compromise_authorized(txn, case, &attached).await?;
    letters::queue(txn, desk, &attached, Occasion::ReplacementIssued, "issued", now).await?;
    Ok(attached)
}

/// A replacement makes a new version of the case. What the report of a compromise permits does not depend on it, so
/// the permission is carried over with its own date and people.
async fn keep_compromise_authorized(txn: &DatabaseTransaction, before: &Case, after: &Case) -> Result<()> {
    let Some(given) = authorizations::newest(txn, before.id).await? else { return Ok(()) };
    if given.kind != AuthorizationKind::KeyCompromise || given.case_version != before.version {
        return Ok(());
    }
    authorizations::ActiveModel {
        case_id: Set(after.id),
        case_version: Set(after.version),
        kind: Set(given.kind),
        call_id: Set(given.call_id),
        granted_by: Set(given.granted_by),
        granted_by_name: Set(given.granted_by_name),
        ground: Set(given.ground),
        granted_at: Set(given.granted_at),
        ..Default::default()
    }
    .insert(txn)
    .await?;
    Ok(())
}
