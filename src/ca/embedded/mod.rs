//! A small CA inside the program: for trying everything out, for tests, and for closed networks.
//!
//! Owns its keys (files), its books (tables `ca_*`) and its published CRLs (files). Knows nothing of cases or customers.

mod books;
mod certificates;
mod crl;
mod demonstration;
mod entities;
mod extensions;
mod ocsp;
mod signer;
mod store;
mod token;

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use uuid::Uuid;

pub use crl::{PublishError, PublishedCrl};
pub use demonstration::{SourceOrder, SubjectAttribute, rsa_requests};
pub use ocsp::OcspAnswer;
pub use signer::Issuer;
pub use store::{Home, StoreError};
pub use token::{Token, TokenError};

use super::{
    Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder, der, source,
};
use crate::domain::{
    application::CrlReason,
    certificate::{self, CertificateFacts, CertificateIdentity, PublicKeyFacts, ValidationType},
    csr,
};

/// The embedded CA: a root that signed one issuing CA, which signs everything else. Cheap to clone.
#[derive(Clone)]
pub struct EmbeddedCa {
    db: DatabaseConnection,
    home: Home,
    public_url: String,
    hierarchy: Arc<store::Hierarchy>,
    responders: Arc<ocsp::Responders>,
    /// Rows of a segment of the books.
    segment: u64,
}

impl EmbeddedCa {
    /// Opens the CA that the books in `db` belong to. A node whose folder holds another CA, or none while the books have
    /// one, is refused: nodes on one database share `DATA_DIR/ca`.
    pub async fn open_with_books(
        db: DatabaseConnection,
        home: impl Into<Home>,
        public_url: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let home = home.into();
        let directory = &home.directory.clone();
        if !store::exists(directory)?
            && let Some(issuer) = books::issuers(&db).await?.pop()
        {
            return Err(StoreError::FolderMissing { directory: directory.to_owned(), books: issuer.issuer_id });
        }
        let ca = Self::open(db, home, public_url, now)?;
        books::claim(&ca.db, &ca.root().id, &ca.issuing().id).await?;
        match books::issuers(&ca.db).await?.into_iter().find(|entered| ca.issuer(&entered.issuer_id).is_none()) {
            Some(other) => Err(StoreError::OtherBooks {
                directory: directory.to_owned(),
                folder: ca.issuing().id.clone(),
                books: other.issuer_id,
            }),
            None => Ok(ca),
        }
    }

    /// Opens the CA whose files are in a folder (`DATA_DIR/ca`), or makes one. `public_url` goes into certificates, as
    /// the address of CRLs.
    pub fn open(
        db: DatabaseConnection,
        home: impl Into<Home>,
        public_url: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let home = home.into();
        let public_url = public_url.trim_end_matches('/').to_owned();
        let hierarchy = Arc::new(store::open(&home, &public_url, now)?);
        let responders = Arc::default();
        Ok(Self { db, home, public_url, hierarchy, responders, segment: crl::SEGMENT })
    }

    /// With segments of the books that have so many rows: tests need small ones.
    #[must_use]
    pub fn with_segments_of(self, rows: u64) -> Self {
        Self { segment: rows, ..self }
    }

    pub fn root(&self) -> &Issuer {
        &self.hierarchy.root
    }

    pub fn issuing(&self) -> &Issuer {
        &self.hierarchy.issuing
    }

    /// The issuer with this id, the name in `/crl/{id}.crl` and `/crl/{id}.crt`.
    pub fn issuer(&self, id: &str) -> Option<&Issuer> {
        [self.root(), self.issuing()].into_iter().find(|issuer| issuer.id == id)
    }

    /// The file of the newest CRL of an issuer, once there is one. It is replaced in one step, never changed.
    pub fn crl_file(&self, issuer: &Issuer) -> PathBuf {
        crl::current_file(&store::crl_directory(&self.home.directory), &issuer.id)
    }

    /// Whether this process could still open the CA: both keys are there, readable and nobody else's.
    pub fn keys_are_readable(&self) -> bool {
        store::can_open(&self.home)
    }

    /// Whether the issuing CA's newest CRL is served from this process's folder: see [`crl::is_served`]. `db`: whom to ask.
    pub async fn crl_is_served(&self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool, DbErr> {
        crl::is_served(db, &store::crl_directory(&self.home.directory), &self.issuing().id, now).await
    }

    /// Publishes a new CRL of both issuers; answers the issuing CA's.
    pub async fn publish_crls(&self, now: DateTime<Utc>) -> Result<PublishedCrl, PublishError> {
        self.publish_crl(self.root(), now).await?;
        self.publish_crl(self.issuing(), now).await
    }

    /// Publishes a new CRL of one issuer.
    pub async fn publish_crl(&self, issuer: &Issuer, now: DateTime<Utc>) -> Result<PublishedCrl, PublishError> {
        crl::publish(&self.db, &store::crl_directory(&self.home.directory), issuer, now).await
    }

    /// Enters again what the published CRLs list and the books do not have any more: they were restored. Answers how much.
    pub async fn reenter(&self) -> Result<u64, PublishError> {
        let directory = store::crl_directory(&self.home.directory);
        let of_root = crl::reentry::reenter(&self.db, &directory, self.root()).await?;
        Ok(of_root + crl::reentry::reenter(&self.db, &directory, self.issuing()).await?)
    }

    /// Publishes what was revoked since the newest CRL, on whatever node; answers the issuing CA's new CRL, `None` when it
    /// is not behind. The root revokes nothing: its CRL is only renewed ([`Self::publish_crls`]).
    pub async fn publish_revocations(&self, now: DateTime<Utc>) -> Result<Option<PublishedCrl>, PublishError> {
        let directory = store::crl_directory(&self.home.directory);
        if books::last_crl(&self.db, &self.root().id).await?.is_none() {
            self.publish_crl(self.root(), now).await?;
        }
        crl::publish_if_behind(&self.db, &directory, self.issuing(), now).await
    }

    /// Puts revocations that no transaction can add to any more into segments, for the next CRL to be made faster.
    pub async fn seal_revocations(&self) -> Result<usize, DbErr> {
        crl::seal(&self.db, &self.issuing().id, self.segment).await
    }

    /// Enters a certificate that this CA's key signed and its books do not hold: after a restore, or from the time before
    /// this desk. A CA has to be able to revoke whatever it signed. Others' certificates are left alone; `true`: entered.
    pub async fn adopt(
        &self,
        db: &impl ConnectionTrait,
        facts: &CertificateFacts,
        now: DateTime<Utc>,
    ) -> Result<bool, DbErr> {
        let issuing = self.issuing();
        if facts.issuer != issuing.certificate.subject.text || !issuing.has_signed(&facts.der) {
            return Ok(false);
        }
        if books::certificate(db, &issuing.id, &facts.serial).await?.is_some() {
            return Ok(false);
        }
        books::insert_certificate(db, &issuing.id, facts, Uuid::new_v4(), now).await
    }

    async fn sign_and_enter(&self, order: Subscription<'_>) -> Result<Vec<u8>, CaError> {
        if let Some(before) = books::certificate_of_request(&self.db, order.request_id).await.map_err(unavailable)? {
            return Ok(before.der);
        }
        let issuing = self.issuing();
        let within = order.not_before < order.not_after && order.not_after <= issuing.certificate.not_after;
        if !within {
            return Err(CaError::Refused(format!(
                "cannot issue from {} to {}: the issuing CA ends {}",
                order.not_before, order.not_after, issuing.certificate.not_after
            )));
        }
        let content = certificates::Subscriber {
            serial: &store::random_serial().map_err(|error| CaError::Unavailable(error.to_string()))?,
            not_before: order.not_before,
            not_after: order.not_after,
            subject: order.subject,
            general_names: order.general_names,
            validation: order.validation,
            key: order.key,
        };
        let der = certificates::subscriber(&content, issuing, &self.public_url)
            .map_err(|error| CaError::Unavailable(error.to_string()))?
            .ok_or_else(|| CaError::Refused("only OV and EV certificates are issued".to_owned()))?;
        let facts = certificate::parse_der(&der).map_err(|problem| CaError::Refused(problem.to_string()))?;
        let entered = books::insert_certificate(&self.db, &issuing.id, &facts, order.request_id, order.now);
        if entered.await.map_err(unavailable)? {
            return Ok(der);
        }
        // Another call with the same request was first.
        let first = books::certificate_of_request(&self.db, order.request_id).await.map_err(unavailable)?;
        first.map(|row| row.der).ok_or_else(|| CaError::Unavailable("the books changed meanwhile".to_owned()))
    }

    /// Why a revocation was not entered.
    async fn not_entered(&self, order: &RevocationOrder) -> Result<CaError, CaError> {
        let wanted = &order.certificate;
        let Some(not_after) = self.find(wanted).await? else {
            return Ok(CaError::Refused(format!("no certificate {} with this SHA-256 is in the books", wanted.serial)));
        };
        if not_after < order.now {
            return Ok(CaError::Refused(format!("certificate {} expired at {not_after}", wanted.serial)));
        }
        Ok(match self.status(wanted).await? {
            CaStatus::Revoked { at, reason } => CaError::AlreadyRevoked { at, reason },
            CaStatus::Good | CaStatus::Unknown => CaError::Unavailable("the books changed meanwhile".to_owned()),
        })
    }

    /// The certificate in the books that is meant, if all three parts of its identity agree.
    async fn find(&self, wanted: &CertificateIdentity) -> Result<Option<DateTime<Utc>>, CaError> {
        let issuing = self.issuing();
        if wanted.issuer != issuing.certificate.subject.text {
            return Ok(None);
        }
        let row = books::certificate(&self.db, &issuing.id, &wanted.serial).await.map_err(unavailable)?;
        Ok(row.filter(|row| row.sha256 == wanted.fingerprint.as_str()).map(|row| row.not_after))
    }
}

/// What both ways of issuing have in common.
struct Subscription<'a> {
    request_id: Uuid,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    subject: &'a [u8],
    general_names: &'a [u8],
    validation: ValidationType,
    key: &'a PublicKeyFacts,
    now: DateTime<Utc>,
}

#[async_trait]
impl CertificateAuthority for EmbeddedCa {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        let wanted = &order.certificate;
        // What the CRL can say: whole seconds.
        let revoked_at = order.now.trunc_subsecs(0);
        let issuing = self.issuing();
        let new = books::NewRevocation {
            issuer_id: &issuing.id,
            serial: &wanted.serial,
            fingerprint: &wanted.fingerprint,
            entry: crl::entry(&wanted.serial, revoked_at, order.reason),
            reason: order.reason,
            revoked_at,
            request_id: order.request_id,
            now: order.now,
        };
        let ours = wanted.issuer == issuing.certificate.subject.text;
        if ours && books::insert_revocation(&self.db, new).await.map_err(unavailable)? {
            return Ok(Receipt { revoked_at, text: format!("entered in the books of {}", issuing.id) });
        }
        Err(self.not_entered(order).await?)
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        if self.find(certificate).await?.is_none() {
            return Ok(CaStatus::Unknown);
        }
        let row = books::revocation(&self.db, &self.issuing().id, &certificate.serial).await.map_err(unavailable)?;
        Ok(row.map_or(CaStatus::Good, |row| CaStatus::Revoked {
            at: row.revoked_at,
            reason: u8::try_from(row.reason).ok().and_then(CrlReason::from_code),
        }))
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        let unreadable = |problem| CaError::Refused(format!("{problem}"));
        let source: CertificateFacts = certificate::parse_der(&order.source_der).map_err(unreadable)?;
        let request = csr::parse_der(&order.csr_der).map_err(unreadable)?;
        let missing = |what: &str| CaError::Refused(format!("the source certificate has no {what}"));
        let der = self
            .sign_and_enter(Subscription {
                request_id: order.request_id,
                not_before: order.not_before,
                not_after: order.not_after,
                subject: &source::subject_without_ou(&source.subject_der).ok_or_else(|| missing("subject"))?,
                general_names: &source::general_names(&source.der).ok_or_else(|| missing("subjectAltName"))?,
                validation: source.validation,
                key: &request.public_key,
                now: order.now,
            })
            .await?;
        Ok(Issued { der, chain: vec![self.issuing().certificate.der.clone()] })
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        let issuing = self.issuing();
        let ours = issuing.has_signed(certificate_der);
        Ok(ours.then(|| issuing.certificate.der.clone()).into_iter().collect())
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        if !self.keys_are_readable() {
            return Err(CaError::Unavailable("its keys cannot be read".to_owned()));
        }
        let crl = books::last_crl(&self.db, &self.issuing().id).await.map_err(unavailable)?;
        let says = crl.map_or_else(|| "no CRL yet".to_owned(), |crl| format!("CRL number {}", crl.number));
        Ok(Abilities { revoke: true, status: true, issue: true, says })
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn unavailable(error: DbErr) -> CaError {
    CaError::Unavailable(error.to_string())
}
