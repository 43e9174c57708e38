//! The embedded CA as an OCSP responder (RFC 6960): answers from the books, so a revocation shows before the next CRL does.
//!
//! Each process signs with a key of its own, which the CA certified for nothing else and for a few days.

mod answer;
mod request;
mod responder;

use chrono::{DateTime, Duration, SubsecRound, Utc};
use sea_orm::DbErr;

pub use responder::Responders;

use self::{
    answer::{Answer, Status},
    request::{Request, Unanswerable},
};
use super::{EmbeddedCa, books, signer::Issuer, store::StoreError};
use crate::domain::{
    application::CrlReason,
    certificate::{SerialNumber, cert_id::CertId},
};

/// BR 4.9.10 allows 8 hours to 10 days. Short: whoever keeps an answer does not see a revocation before it ends.
const VALIDITY: Duration = Duration::hours(8);

/// What is sent back to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspAnswer {
    /// An OCSPResponse, whatever came of the request.
    pub der: Vec<u8>,
    /// From when until when the answer is good for everybody; `None`: it is for this request alone.
    pub shared: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

#[derive(Debug, thiserror::Error)]
pub enum OcspError {
    #[error(transparent)]
    Unanswerable(#[from] Unanswerable),
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the responder's certificate cannot be read")]
    Certificate,
}

impl EmbeddedCa {
    /// Answers an OCSPRequest about certificates of `issuer`, one of this CA's.
    pub async fn answer_ocsp(&self, issuer: &Issuer, request: &[u8], now: DateTime<Utc>) -> OcspAnswer {
        let refused = match self.try_answer(issuer, request, now).await {
            Ok(answer) => return answer,
            Err(OcspError::Unanswerable(Unanswerable::Malformed)) => answer::MALFORMED_REQUEST,
            Err(OcspError::Unanswerable(Unanswerable::Unauthorized)) => answer::UNAUTHORIZED,
            Err(error @ (OcspError::Database(_) | OcspError::Store(_) | OcspError::Certificate)) => {
                tracing::error!(ca.issuer = issuer.id, cause = %error, "no OCSP answer could be made");
                answer::TRY_LATER
            }
        };
        OcspAnswer { der: answer::without_content(refused), shared: None }
    }

    async fn try_answer(&self, issuer: &Issuer, request: &[u8], now: DateTime<Utc>) -> Result<OcspAnswer, OcspError> {
        let request = Request::read(request, &issuer.certificate)?;
        let mut statuses = Vec::with_capacity(request.certificates.len());
        for certificate in &request.certificates {
            statuses.push((certificate.encoded, self.ocsp_status(issuer, certificate).await?));
        }
        let this_update = now.trunc_subsecs(0);
        let answer = Answer { this_update, next_update: this_update + VALIDITY, statuses, nonce: request.nonce };
        let responder = self.responders.of(&self.db, issuer, now).await?;
        let shared = request.nonce.is_none().then_some((answer.this_update, answer.next_update));
        Ok(OcspAnswer { der: answer.signed_by(&responder)?, shared })
    }

    /// A certificate that was never issued is unknown, not good (RFC 6960 2.2).
    async fn ocsp_status(&self, issuer: &Issuer, certificate: &CertId<'_>) -> Result<Status, DbErr> {
        let Ok(serial) = SerialNumber::from_octets(certificate.serial) else { return Ok(Status::Unknown) };
        if let Some(row) = books::revocation(&self.db, &issuer.id, &serial).await? {
            let reason = u8::try_from(row.reason).ok().and_then(CrlReason::from_code);
            return Ok(Status::Revoked { at: row.revoked_at, reason });
        }
        // The books of the root hold no certificate of the issuing CA: it was made together with them.
        let issuing = self.issuing();
        let signed_by_root = issuer.id == self.root().id && serial == issuing.certificate.serial;
        let known = signed_by_root || books::certificate(&self.db, &issuer.id, &serial).await?.is_some();
        Ok(if known { Status::Good } else { Status::Unknown })
    }
}
