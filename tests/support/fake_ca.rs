//! A certificate authority that answers as a test tells it to, and remembers what it was asked.
//!
//! Without a script it is the embedded CA. It also shows the CRL that would follow from its books.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::embedded::EmbeddedCa;
use revocation_desk::ca::{
    Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder,
};
use revocation_desk::domain::certificate::{CertificateIdentity, Fingerprint, SerialNumber};
use revocation_desk::domain::evidence::{CrlEntry, CrlScope, CrlView};
use revocation_desk::proof::{Document, FetchedCrl, ProofError, ProofSource, Sought};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};

/// How the CA treats the revocation of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Revokes and says so.
    Accepts,
    /// Somebody revoked the certificate before, at this instant.
    RevokedAlready(DateTime<Utc>),
    /// Will never revoke it, with these words.
    Refuses(&'static str),
    /// Cannot be reached, neither for the order nor for the status. Nothing is done.
    OutOfReach,
    /// Revokes, but the answer is lost on its way.
    DropsTheAnswer,
    /// Has no such certificate in its books: orders get lost, the status is unknown.
    KnowsNothing,
}

/// One question to the CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Revoke(RevocationOrder),
    Status(SerialNumber),
    Issue,
}

type Pending = Pin<Box<dyn Future<Output = ()> + Send>>;
type Witness = Arc<dyn Fn(RevocationOrder) -> Pending + Send + Sync>;

pub struct FakeCa {
    embedded: EmbeddedCa,
    script: Mutex<HashMap<SerialNumber, Behaviour>>,
    asked: Mutex<Vec<Asked>>,
    witness: Mutex<Option<Witness>>,
    issues_nothing: AtomicBool,
}

impl FakeCa {
    pub fn new(embedded: EmbeddedCa) -> Self {
        Self {
            embedded,
            script: Mutex::default(),
            asked: Mutex::default(),
            witness: Mutex::default(),
            issues_nothing: AtomicBool::default(),
        }
    }

    pub fn embedded(&self) -> &EmbeddedCa {
        &self.embedded
    }

    /// From now on the certificate with this serial number is treated so.
    pub fn will(&self, serial: &SerialNumber, behaviour: Behaviour) {
        self.script.lock().unwrap().insert(serial.clone(), behaviour);
    }

    /// From now on orders to issue get no answer, or get one again.
    pub fn will_not_issue(&self, nothing: bool) {
        self.issues_nothing.store(nothing, Ordering::Relaxed);
    }

    /// Everything asked so far, oldest first.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The revocations ordered so far, oldest first.
    pub fn revocations(&self) -> Vec<RevocationOrder> {
        let orders = self.asked().into_iter().filter_map(|asked| match asked {
            Asked::Revoke(order) => Some(order),
            Asked::Status(_) | Asked::Issue => None,
        });
        orders.collect()
    }

    /// Runs `look` at the moment in which a revocation is ordered, before it is answered.
    pub fn when_revoking<F>(&self, look: impl Fn(RevocationOrder) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        *self.witness.lock().unwrap() = Some(Arc::new(move |order| Box::pin(look(order))));
    }

    fn behaviour(&self, serial: &SerialNumber) -> Behaviour {
        self.script.lock().unwrap().get(serial).cloned().unwrap_or(Behaviour::Accepts)
    }

    fn note(&self, asked: Asked) {
        self.asked.lock().unwrap().push(asked);
    }
}

fn out_of_reach() -> CaError {
    CaError::Unavailable("connection timed out".to_owned())
}

#[async_trait]
impl CertificateAuthority for FakeCa {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.note(Asked::Revoke(order.clone()));
        let witness = self.witness.lock().unwrap().clone();
        if let Some(look) = witness {
            look(order.clone()).await;
        }
        match self.behaviour(&order.certificate.serial) {
            Behaviour::Accepts => self.embedded.revoke(order).await,
            Behaviour::RevokedAlready(at) => Err(CaError::AlreadyRevoked { at, reason: None }),
            Behaviour::Refuses(words) => Err(CaError::Refused(words.to_owned())),
            Behaviour::OutOfReach | Behaviour::KnowsNothing => Err(out_of_reach()),
            Behaviour::DropsTheAnswer => {
                self.embedded.revoke(order).await?;
                Err(out_of_reach())
            }
        }
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        self.note(Asked::Status(certificate.serial.clone()));
        match self.behaviour(&certificate.serial) {
            Behaviour::Accepts | Behaviour::Refuses(_) | Behaviour::DropsTheAnswer => {
                self.embedded.status(certificate).await
            }
            Behaviour::RevokedAlready(at) => Ok(CaStatus::Revoked { at, reason: None }),
            Behaviour::OutOfReach => Err(out_of_reach()),
            Behaviour::KnowsNothing => Ok(CaStatus::Unknown),
        }
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        self.note(Asked::Issue);
        if self.issues_nothing.load(Ordering::Relaxed) {
            return Err(CaError::Unavailable("no answer".to_owned()));
        }
        self.embedded.issue(order).await
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        self.embedded.issuers(certificate_der).await
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        self.embedded.check().await
    }
}

/// The CRL that the embedded CA's books would give, without making one.
pub struct FakeCrl {
    embedded: EmbeddedCa,
    db: DatabaseConnection,
    published_at: Mutex<DateTime<Utc>>,
}

impl FakeCrl {
    pub fn new(embedded: EmbeddedCa, db: DatabaseConnection, published_at: DateTime<Utc>) -> Self {
        Self { embedded, db, published_at: Mutex::new(published_at) }
    }

    /// Lists what was revoked until `at`.
    pub fn publish(&self, at: DateTime<Utc>) {
        *self.published_at.lock().unwrap() = at;
    }

    async fn entries(&self, serial: &SerialNumber, until: DateTime<Utc>) -> Vec<CrlEntry> {
        let sql = "SELECT revoked_at, reason FROM ca_revocations WHERE serial = $1";
        let statement =
            Statement::from_sql_and_values(self.db.get_database_backend(), sql, [serial.to_string().into()]);
        let rows = self.db.query_all_raw(statement).await.unwrap();
        let entry = |row: &QueryResult| CrlEntry {
            revoked_at: row.try_get_by_index(0).unwrap(),
            reason: Some(u8::try_from(row.try_get_by_index::<i32>(1).unwrap()).unwrap()),
        };
        rows.iter().map(entry).filter(|entry| entry.revoked_at <= until).collect()
    }
}

#[async_trait]
impl ProofSource for FakeCrl {
    async fn crls(&self, issuer: &str, sought: &[Sought]) -> Vec<Result<FetchedCrl, ProofError>> {
        let this_update = *self.published_at.lock().unwrap();
        let next_update = Some(this_update + Duration::days(7));
        let mut views = HashMap::new();
        for Sought { serial, .. } in sought {
            let view = CrlView {
                signature_valid: true,
                issuer_matches: issuer == self.embedded.issuing().certificate.subject.text,
                this_update,
                next_update,
                scope: CrlScope::Complete,
                entries: self.entries(serial, this_update).await,
            };
            views.insert(serial.clone(), view);
        }
        let bytes = format!("CRL of {this_update}").into_bytes();
        let sha256 = Fingerprint::of(&bytes).to_string();
        let source = "http://crl.test/issuing.crl".to_owned();
        let document = Document { source, bytes: bytes.into(), sha256, this_update, next_update };
        vec![Ok(FetchedCrl { document, views })]
    }
}
