//! Whether a given CSR may be certified in place of a source certificate: its own soundness, and its key's past.

use sea_orm::ConnectionTrait;

use crate::domain::application::{CrlReason, ReissueReason};
use crate::domain::csr::{self, CsrFacts};
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::certificates::{self, Certificate};

/// The request as read from PEM or DER, or why it is refused.
pub async fn read(
    db: &impl ConnectionTrait,
    given: &[u8],
    source: &Certificate,
    reason: ReissueReason,
    crl_reason: CrlReason,
) -> Result<Result<CsrFacts, Problem>> {
    let facts = match csr::parse(given) {
        Ok(facts) => facts,
        Err(problem) => return Ok(Err(problem)),
    };
    let blocked = certificates::is_key_blocked(db, &facts.public_key.spki_sha256.to_string()).await?;
    let source_key = source.facts()?.public_key.spki_sha256;
    Ok(csr::check_key(&facts, &source_key, reason, crl_reason, blocked).map(|()| facts))
}
