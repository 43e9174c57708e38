//! Takes the CSR of an application that was filed without one, or whose key must not be used any more.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::csr_check;
use crate::domain::actor::Actor;
use crate::domain::case::CaseEvent;
use crate::domain::csr::CsrFacts;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::reissue_applications;
use crate::models::revocation_cases::{self, Case};
use crate::models::{certificates, transaction};
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct SupplyCsr {
    pub reception_number: ReceptionNumber,
    pub version: i64,
    /// PEM or DER as given.
    pub csr: Vec<u8>,
}

/// The case, unchanged; `issue_replacement` can go on with it. No state is left by this: a compromise is revoked
/// whether or not its CSR ever comes.
pub async fn supply_csr(desk: &Services, input: SupplyCsr, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::of_actor(&txn, input.reception_number, actor).await?;
    revocation_cases::check_version(&case, input.version)?;
    case.state.after(CaseEvent::ReplacementRegistered).map_err(|refused| Error::Conflict(refused.problem()))?;
    let application = reissue_applications::by_id(&txn, case.application_id).await?;
    if !reissue_applications::awaits_csr(&txn, &case, &application).await? {
        return Err(Error::Conflict(Problem::new("csr_not_awaited")));
    }
    let source = certificates::by_id(&txn, case.source_certificate_id).await?;
    let CsrFacts { der, public_key, .. } =
        csr_check::read(&txn, &input.csr, &source, application.reason, case.revocation_reason).await??;
    reissue_applications::take_csr(&txn, application, der).await?;
    let act = Act {
        action: "csr_supplied",
        subject: case.audit_subject(),
        case_id: Some(case.id),
        detail: json!({ "spki_sha256": public_key.spki_sha256.to_string() }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(case)
}
