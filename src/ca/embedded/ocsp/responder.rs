//! The keys that sign OCSP answers: made in memory, one for each issuer and process, renewed by themselves.
//!
//! They are written nowhere: a node that starts makes new ones, and any number of nodes need not know of each other's.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use sea_orm::DatabaseConnection;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::OcspError;
use crate::{
    ca::embedded::{
        books, certificates,
        signer::{CaKey, Issuer},
        store::{self, StoreError},
    },
    domain::certificate,
};

/// Without a check of its own revocation a responder's certificate should be short (RFC 6960 4.2.2.2.1).
const VALIDITY: Duration = Duration::days(7);
/// Longer than any answer that it signs is valid.
const RENEWED_BEFORE: Duration = Duration::days(2);
/// For relying parties whose clock is behind.
const BACKDATED: Duration = Duration::hours(1);

pub struct Responder {
    pub key: CaKey,
    /// Of the issuer, for id-kp-OCSPSigning alone.
    pub certificate: Vec<u8>,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
}

/// By issuer.
#[derive(Default)]
pub struct Responders(Mutex<HashMap<String, Arc<Responder>>>);

impl Responders {
    /// The responder of an issuer, made anew when there is none or its certificate comes to its end.
    pub async fn of(
        &self,
        db: &DatabaseConnection,
        issuer: &Issuer,
        now: DateTime<Utc>,
    ) -> Result<Arc<Responder>, OcspError> {
        let mut responders = self.0.lock().await;
        if let Some(known) = responders.get(&issuer.id).filter(|known| known.serves(now)) {
            return Ok(known.clone());
        }
        let made = Arc::new(Responder::make(db, issuer, now).await?);
        responders.insert(issuer.id.clone(), made.clone());
        Ok(made)
    }
}

impl Responder {
    fn serves(&self, now: DateTime<Utc>) -> bool {
        self.not_before <= now && now < self.not_after - RENEWED_BEFORE
    }

    /// Like everything that the CA signs, the certificate is entered in the books.
    async fn make(db: &DatabaseConnection, issuer: &Issuer, now: DateTime<Utc>) -> Result<Self, OcspError> {
        let key = new_key()?;
        let not_before = now - BACKDATED;
        let not_after = (now + VALIDITY).min(issuer.certificate.not_after);
        let serial = store::random_serial()?;
        let certificate = certificates::ocsp_responder(&key, issuer, &serial, not_before, not_after)?;
        let facts = certificate::parse_der(&certificate).map_err(|_| OcspError::Certificate)?;
        books::insert_certificate(db, &issuer.id, &facts, Uuid::new_v4(), now).await?;
        tracing::info!(ca.issuer = issuer.id, certificate.serial = %facts.serial, "a key for OCSP answers was certified");
        Ok(Self { key, certificate, not_before, not_after })
    }
}

/// In memory, wherever the CA's own keys are.
fn new_key() -> Result<CaKey, StoreError> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
        .map_err(|_| StoreError::Random)?;
    CaKey::from_pkcs8(pkcs8.as_ref())
}
