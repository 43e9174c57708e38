//! What an issuer has published about a certificate, for CAs that do not tell by themselves.
//!
//! Reads through the same source as the proof. A certificate that is not listed counts as good as far as the world sees:
//! asking such a CA once more does no harm.

use std::sync::Arc;

use super::{CaError, CaStatus};
use crate::clock::Clock;
use crate::domain::application::CrlReason;
use crate::domain::certificate::CertificateIdentity;
use crate::domain::evidence::{OcspStatus, Verdict, judge};
use crate::proof::ProofSource;

/// Cheap to clone.
#[derive(Clone)]
pub struct Published {
    proof: Arc<dyn ProofSource>,
    clock: Clock,
}

impl Published {
    pub fn new(proof: Arc<dyn ProofSource>, clock: Clock) -> Self {
        Self { proof, clock }
    }

    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// What is listed but not for good, or cannot be used, is unknown.
    pub async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        let CertificateIdentity { issuer, serial, .. } = certificate;
        let now = self.clock.now();
        // An answer of this moment, where there is a responder, counts for more than a CRL that is still in force.
        if self.proof.has_responder(issuer)
            && let Ok(answer) = self.proof.ocsp(issuer, serial, now).await
            && let OcspStatus::Revoked { reason, .. } = answer.view.status
            && let Verdict::Proven { revoked_at, .. } = judge(None, Some(&answer.view), None, now)
        {
            return Ok(CaStatus::Revoked { at: revoked_at, reason: reason.and_then(CrlReason::from_code) });
        }
        let mut view = None;
        for crl in self.proof.crls(issuer, &[serial.clone().into()]).await {
            let mut crl = crl.map_err(|error| CaError::Unavailable(error.to_string()))?;
            view = view.or(crl.views.remove(serial));
        }
        match judge(view.as_ref(), None, None, now) {
            Verdict::Proven { revoked_at, .. } => {
                let reason = view.and_then(|view| view.entries.first()?.reason);
                Ok(CaStatus::Revoked { at: revoked_at, reason: reason.and_then(CrlReason::from_code) })
            }
            Verdict::NotYetVisible => Ok(CaStatus::Good),
            Verdict::Disagrees(_) => Ok(CaStatus::Unknown),
            Verdict::Unusable(fault) => {
                Err(CaError::Unavailable(format!("its CRL cannot be used: {}", fault.as_str())))
            }
        }
    }

    /// For a CA that says "already revoked" and no more: when, and why, as far as the world sees it.
    pub async fn already_revoked(&self, certificate: &CertificateIdentity) -> CaError {
        match self.status(certificate).await {
            Ok(CaStatus::Revoked { at, reason }) => CaError::AlreadyRevoked { at, reason },
            Ok(CaStatus::Good | CaStatus::Unknown) => {
                CaError::Unavailable("already revoked, but when is not published yet".to_owned())
            }
            Err(error) => CaError::Unavailable(format!("already revoked, but when is not known: {error}")),
        }
    }
}
