//! Has the CA issue the replacement: the source's data, the CSR's key, the term that the rules leave.

use sea_orm::prelude::DateTimeUtc;
use uuid::Uuid;

use super::register_replacement::{Replacement, attach};
use crate::ca::{CaError, IssueOrder};
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::certificate;
use crate::domain::csr;
use crate::domain::problem::Problem;
use crate::domain::validity::replacement_validity;
use crate::errors::{Error, Result};
use crate::models::reissue_applications::{self, Application};
use crate::models::revocation_cases::{self, Case};
use crate::models::{certificates, desk_settings, halts, transaction};
use crate::services::Services;

/// The case with its replacement. Refused while a re-examination is due and where no CSR is known (the certificate is
/// then issued elsewhere and registered). Safe to repeat: one request id per application.
pub async fn issue_replacement(desk: &Services, case_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let case = revocation_cases::by_id(&desk.db, case_id).await?;
    if case.replacement_certificate_id.is_some() {
        return Ok(case);
    }
    let application = reissue_applications::by_id(&desk.db, case.application_id).await?;
    let source = certificates::by_id(&desk.db, case.source_certificate_id).await?;
    let csr_der = issuable_csr(&application)?;
    refuse_blocked_key(desk, &csr_der).await?;
    let term = replacement_validity(&desk.policy(), jst_date(now), source.entitlement_end_on)?;
    let order = IssueOrder {
        source_der: source.der.clone(),
        csr_der: csr_der.clone(),
        not_before: now,
        not_after: term.not_after(),
        request_id: request_id(&application),
        now,
    };
    halts::refuse(&desk.db).await?;
    desk_settings::refuse_paused(&desk.db).await?;
    let issued = desk.ca.issue(&order).await.map_err(refusal)?;
    let facts = certificate::parse_der(&issued.der)
        .map_err(|problem| Error::internal(format!("the CA issued an unreadable certificate: {}", problem.code)))?;
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_id(&txn, case_id).await?;
    let replacement = Replacement { facts: &facts, csr_der: Some(csr_der) };
    let case = attach(&txn, desk, &case, &source, replacement, actor, now).await?;
    txn.commit().await?;
    Ok(case)
}

fn issuable_csr(application: &Application) -> Result<Vec<u8>> {
    if application.needs_reexamination {
        return Err(Error::conflict("reexamination_needed"));
    }
    application.csr_der.clone().ok_or_else(|| Error::conflict("csr_unknown"))
}

/// The key may have been reported as compromised after the filing.
async fn refuse_blocked_key(desk: &Services, csr_der: &[u8]) -> Result<()> {
    let key = csr::parse_der(csr_der)?.public_key.spki_sha256.to_string();
    if certificates::is_key_blocked(&desk.db, &key).await? {
        return Err(Error::conflict("csr_key_blocked"));
    }
    Ok(())
}

/// The same for every try, so that the CA issues once.
fn request_id(application: &Application) -> Uuid {
    let mut octets = *b"reissue-00000000";
    octets[8..].copy_from_slice(&application.id.to_be_bytes());
    Uuid::from_bytes(octets)
}

fn refusal(error: CaError) -> Error {
    match error {
        CaError::Unavailable(words) => Error::Conflict(Problem::new("ca_unavailable").with("answer", words)),
        CaError::AlreadyRevoked { .. } => Error::internal("the CA answered an issue order with a revocation"),
        CaError::Refused(words) | CaError::Unsupported(words) => {
            Error::Conflict(Problem::new("ca_refused").with("answer", words))
        }
    }
}
