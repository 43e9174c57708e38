//! Proof that a revocation is visible to the world: fetches and verifies CRLs and OCSP answers.
//!
//! Reads and verifies; what it means is `domain::evidence::judge`. Must not write to the database.

pub mod crl;
mod error;
mod http;
pub mod ocsp;
mod outside;
mod points;
mod published;
mod signature;
mod sources;
mod time;

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

pub use error::ProofError;
pub use http::AddressError;
pub use outside::{OutsideProofs, ProofPlaces};
pub use points::DistributionPoints;
pub use published::{PublishedCrlFile, PublishedCrls};
pub use sources::ProofSources;

use crate::domain::certificate::SerialNumber;
use crate::domain::evidence::{CrlView, OcspView};

/// Where the proof for an issuer's certificates comes from. `issuer`: as in `CertificateIdentity::issuer`.
#[async_trait]
pub trait ProofSource: Send + Sync {
    /// Whether it takes the certificates, beside their serial numbers, to know which CRL is theirs.
    fn needs_certificates(&self, _issuer: &str) -> bool {
        false
    }

    /// The CRLs in force, each looked through for those of the certificates that it covers: a certificate is in one of
    /// them at most. Those that cannot be had are told apart.
    async fn crls(&self, issuer: &str, sought: &[Sought]) -> Vec<Result<FetchedCrl, ProofError>>;

    /// Whether there is a responder to ask.
    fn has_responder(&self, _issuer: &str) -> bool {
        false
    }

    /// What the responder says about one certificate at this moment.
    async fn ocsp(
        &self,
        issuer: &str,
        _serial: &SerialNumber,
        _now: DateTime<Utc>,
    ) -> Result<FetchedAnswer, ProofError> {
        Err(ProofError::UnknownIssuer(issuer.to_owned()))
    }
}

/// A certificate that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    pub serial: SerialNumber,
    /// Read where the source needs certificates; empty elsewhere.
    pub points: DistributionPoints,
}

impl From<SerialNumber> for Sought {
    fn from(serial: SerialNumber) -> Self {
        Self { serial, points: DistributionPoints::default() }
    }
}

/// What was fetched, to be kept.
#[derive(Debug, Clone)]
pub struct Document {
    pub source: String,
    /// DER.
    pub bytes: Arc<Vec<u8>>,
    pub sha256: String,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
}

/// A CRL, and what it says about each certificate asked for.
#[derive(Debug, Clone)]
pub struct FetchedCrl {
    pub document: Document,
    pub views: HashMap<SerialNumber, CrlView>,
}

/// An OCSP answer, and what it says about the certificate asked for.
#[derive(Debug, Clone)]
pub struct FetchedAnswer {
    pub document: Document,
    pub view: OcspView,
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
