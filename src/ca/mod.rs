//! The certificate authorities that the desk works with: one small trait, one connector per kind of CA.
//!
//! Connectors translate; they decide nothing about cases. They are called with no database transaction of the desk
//! open, and must be safe to call again with the same order.

mod acme;
mod authorities;
mod cfssl;
mod cmp;
mod der;
mod ejbca;
pub mod embedded;
pub mod guard;
pub mod http;
pub mod issuer_chain;
mod metered;
mod open;
pub mod published;
mod source;
mod step_ca;
mod vault;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use authorities::{Authorities, Member};
pub use metered::Metered;
pub use open::{OpenError, connector, issuer_chain, open};

use crate::domain::{application::CrlReason, certificate::CertificateIdentity};

/// What the desk asks of a CA. `now` comes with each order: connectors do not read the clock.
#[async_trait]
pub trait CertificateAuthority: Send + Sync {
    /// Revokes for good. Asked again, answers `AlreadyRevoked` with what the first one did.
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError>;

    /// What the CA itself says about a certificate. Asked before a revocation is repeated.
    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError>;

    /// Issues a certificate with everything but the key from the source. The same request id never makes a second one.
    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError>;

    /// The certificates that a server shows beside this one: its issuers, nearest first, without the root. Empty for a
    /// certificate that this CA did not sign.
    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError>;

    /// Whether the CA can be reached and takes our credentials, and what can be ordered from it. Changes nothing.
    async fn check(&self) -> Result<Abilities, CaError>;
}

/// What a CA that answered can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities {
    pub revoke: bool,
    /// Whether it tells of a certificate by itself, and not only by what it publishes.
    pub status: bool,
    pub issue: bool,
    /// What the CA says of itself, such as its version.
    pub says: String,
}

/// One certificate to revoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationOrder {
    pub certificate: CertificateIdentity,
    /// The whole certificate: some protocols send it. Its SHA-256 is the one in `certificate`.
    pub certificate_der: Vec<u8>,
    pub reason: CrlReason,
    pub request_id: Uuid,
    pub now: DateTime<Utc>,
}

/// The CA's word that it revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub revoked_at: DateTime<Utc>,
    /// The CA's answer as text, for the books.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaStatus {
    Good,
    Revoked {
        at: DateTime<Utc>,
        /// `None` when the CA gives no reason, or one that this desk never orders.
        reason: Option<CrlReason>,
    },
    /// The CA does not know such a certificate.
    Unknown,
}

/// One certificate to issue. Only the key of the CSR is used; subject and SAN come from the source (`domain.md` 3.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueOrder {
    pub source_der: Vec<u8>,
    pub csr_der: Vec<u8>,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub request_id: Uuid,
    pub now: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub der: Vec<u8>,
    /// Issuing certificates, the nearest first, without the root.
    pub chain: Vec<Vec<u8>>,
}

/// The four ways in which a CA does not do what was ordered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaError {
    #[error("already revoked at {at}")]
    AlreadyRevoked { at: DateTime<Utc>, reason: Option<CrlReason> },
    /// For good: asking again will not help.
    #[error("refused: {0}")]
    Refused(String),
    /// For now: whether it was done is not known, ask the status before trying again.
    #[error("unavailable: {0}")]
    Unavailable(String),
    #[error("unsupported: {0}")]
    Unsupported(String),
}
