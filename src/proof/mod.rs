//! Proof that a revocation is visible to the world: fetch and verify CRLs (OCSP follows with the outside connectors).
//!
//! Reads and verifies; what it means is `domain::evidence::judge`. Must not write to the database.

pub mod crl;
mod published;

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use published::{PublishedCrlFile, PublishedCrls};

use crate::domain::certificate::SerialNumber;
use crate::domain::evidence::CrlView;

/// Where the proof for an issuer's certificates comes from.
#[async_trait]
pub trait ProofSource: Send + Sync {
    /// The CRL in force for certificates of `issuer` (as in `CertificateIdentity::issuer`), looked through for `serials`.
    async fn crl(&self, issuer: &str, serials: &HashSet<SerialNumber>) -> Result<FetchedCrl, ProofError>;
}

/// A CRL as fetched, and what it says about each serial number asked for.
#[derive(Debug, Clone)]
pub struct FetchedCrl {
    pub source: String,
    pub bytes: Vec<u8>,
    pub sha256: String,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub views: HashMap<SerialNumber, CrlView>,
}

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Nobody told the desk where this issuer publishes.
    #[error("no source of proof is configured for {0}")]
    UnknownIssuer(String),
    #[error("the CRL cannot be fetched: {0}")]
    Unreachable(String),
    #[error("the CRL cannot be read: {0}")]
    Unreadable(String),
}
