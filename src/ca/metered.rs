//! Counts and times every call of a CA, and names the slow ones in the log.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder};
use crate::clock::Stopwatch;
use crate::domain::certificate::CertificateIdentity;
use crate::metrics::Metrics;

/// A call that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_secs(5);

/// Any CA, with its calls counted.
pub struct Metered {
    ca: Arc<dyn CertificateAuthority>,
    metrics: Metrics,
}

impl Metered {
    pub fn new(ca: Arc<dyn CertificateAuthority>, metrics: Metrics) -> Self {
        Self { ca, metrics }
    }

    fn ended<T>(&self, kind: &'static str, watch: Stopwatch, answer: &Result<T, CaError>) {
        let (took, outcome) = (watch.elapsed(), outcome_of(answer));
        self.metrics.ca_call(kind, outcome, took);
        if took >= SLOW {
            tracing::warn!(
                ca.call = kind,
                ca.outcome = outcome,
                milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                "a slow call of the CA"
            );
        }
    }
}

fn outcome_of<T>(answer: &Result<T, CaError>) -> &'static str {
    match answer {
        Ok(_) => "done",
        Err(CaError::AlreadyRevoked { .. }) => "already_revoked",
        Err(CaError::Refused(_)) => "refused",
        Err(CaError::Unavailable(_)) => "unavailable",
        Err(CaError::Unsupported(_)) => "unsupported",
    }
}

#[async_trait]
impl CertificateAuthority for Metered {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        let watch = Stopwatch::start();
        let answer = self.ca.revoke(order).await;
        self.ended("revoke", watch, &answer);
        answer
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        let watch = Stopwatch::start();
        let answer = self.ca.status(certificate).await;
        self.ended("status", watch, &answer);
        answer
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        let watch = Stopwatch::start();
        let answer = self.ca.issue(order).await;
        self.ended("issue", watch, &answer);
        answer
    }

    /// Read from what the connector knows already: not a call worth counting.
    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        self.ca.issuers(certificate_der).await
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        let watch = Stopwatch::start();
        let answer = self.ca.check().await;
        self.ended("check", watch, &answer);
        answer
    }
}
