//! The desk's CA with bad days: some certificates find it out of reach, some it refuses to revoke.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::ca::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder};
use crate::domain::certificate::{CertificateIdentity, SerialNumber};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    OutOfReach,
    Refusing,
}

pub struct MoodyCa {
    inner: Arc<dyn CertificateAuthority>,
    moods: Mutex<HashMap<SerialNumber, Mood>>,
}

impl MoodyCa {
    pub fn new(inner: Arc<dyn CertificateAuthority>) -> Self {
        Self { inner, moods: Mutex::default() }
    }

    pub fn set(&self, serial: &SerialNumber, mood: Mood) {
        self.moods.lock().unwrap_or_else(PoisonError::into_inner).insert(serial.clone(), mood);
    }

    fn check(&self, serial: &SerialNumber) -> Result<(), CaError> {
        let moods = self.moods.lock().unwrap_or_else(PoisonError::into_inner);
        match moods.get(serial).copied().unwrap_or(Mood::Well) {
            Mood::Well => Ok(()),
            Mood::OutOfReach => Err(CaError::Unavailable("connection timed out after 30 s".to_owned())),
            Mood::Refusing => Err(CaError::Refused("certificate is locked by an audit of the issuer".to_owned())),
        }
    }
}

#[async_trait]
impl CertificateAuthority for MoodyCa {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.check(&order.certificate.serial)?;
        self.inner.revoke(order).await
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        self.check(&certificate.serial)?;
        self.inner.status(certificate).await
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        self.inner.issue(order).await
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        self.inner.issuers(certificate_der).await
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        self.inner.check().await
    }
}
