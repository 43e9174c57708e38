//! Several sources of proof behind one: each issuer's is the first that knows it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{FetchedAnswer, FetchedCrl, ProofError, ProofSource, Sought};
use crate::domain::certificate::SerialNumber;

/// Cheap to clone.
#[derive(Clone)]
pub struct ProofSources(Arc<[Arc<dyn ProofSource>]>);

impl ProofSources {
    pub fn new(sources: Vec<Arc<dyn ProofSource>>) -> Self {
        Self(sources.into())
    }
}

#[async_trait]
impl ProofSource for ProofSources {
    fn needs_certificates(&self, issuer: &str) -> bool {
        self.0.iter().any(|source| source.needs_certificates(issuer))
    }

    async fn crls(&self, issuer: &str, sought: &[Sought]) -> Vec<Result<FetchedCrl, ProofError>> {
        for source in self.0.iter() {
            let crls = source.crls(issuer, sought).await;
            if !matches!(crls.as_slice(), [Err(ProofError::UnknownIssuer(_))]) {
                return crls;
            }
        }
        vec![Err(ProofError::UnknownIssuer(issuer.to_owned()))]
    }

    fn has_responder(&self, issuer: &str) -> bool {
        self.0.iter().any(|source| source.has_responder(issuer))
    }

    async fn ocsp(&self, issuer: &str, serial: &SerialNumber, now: DateTime<Utc>) -> Result<FetchedAnswer, ProofError> {
        match self.0.iter().find(|source| source.has_responder(issuer)) {
            Some(source) => source.ocsp(issuer, serial, now).await,
            None => Err(ProofError::UnknownIssuer(issuer.to_owned())),
        }
    }
}
