//! All CAs of the desk as one: each order goes to the CA whose issuer signed the certificate.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::guard::{Condition, Guarded};
use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder};
use crate::domain::certificate::{self, CertificateIdentity};
use crate::settings::AuthorityKind;

/// One CA of the desk.
pub struct Member {
    pub name: String,
    pub kind: AuthorityKind,
    /// As certificates name their issuer.
    pub issuer: String,
    /// Calls a second as configured; `None`: the CA is inside and needs no limit.
    pub per_second: Option<u32>,
    connection: Connection,
}

enum Connection {
    Inside(Arc<dyn CertificateAuthority>),
    Outside(Arc<Guarded>),
}

impl Member {
    pub fn inside(name: String, issuer: String, ca: Arc<dyn CertificateAuthority>) -> Self {
        Self { name, kind: AuthorityKind::Embedded, issuer, per_second: None, connection: Connection::Inside(ca) }
    }

    pub fn outside(name: String, kind: AuthorityKind, issuer: String, per_second: u32, ca: Guarded) -> Self {
        Self { name, kind, issuer, per_second: Some(per_second), connection: Connection::Outside(Arc::new(ca)) }
    }

    /// How it goes just now, for a CA outside.
    pub fn condition(&self) -> Option<Condition> {
        match &self.connection {
            Connection::Inside(_) => None,
            Connection::Outside(guarded) => Some(guarded.condition()),
        }
    }

    pub fn ca(&self) -> &dyn CertificateAuthority {
        match &self.connection {
            Connection::Inside(ca) => ca.as_ref(),
            Connection::Outside(guarded) => guarded.as_ref(),
        }
    }

    /// Whether its CRLs and OCSP answers carry the reason of a revocation.
    fn keeps_reasons(&self) -> bool {
        match self.kind {
            AuthorityKind::Vault => false,
            AuthorityKind::Embedded
            | AuthorityKind::Cfssl
            | AuthorityKind::StepCa
            | AuthorityKind::Ejbca
            | AuthorityKind::Acme
            | AuthorityKind::Cmp => true,
        }
    }
}

/// The CAs in the order of the settings.
#[derive(Default)]
pub struct Authorities {
    members: Vec<Member>,
    /// The embedded CA alone issues whatever it is told, and knows by itself what it signed.
    alone: bool,
}

impl Authorities {
    pub fn new(members: Vec<Member>) -> Self {
        Self { members, alone: false }
    }

    /// One CA for everything, as long as no other is configured.
    pub fn alone(member: Member) -> Self {
        Self { members: vec![member], alone: true }
    }

    pub fn members(&self) -> &[Member] {
        &self.members
    }

    pub fn named(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Whether the world sees the reason of a revocation by this issuer. Otherwise none is looked for in the proof.
    pub fn keeps_reasons(&self, issuer: &str) -> bool {
        self.of(issuer).map_or(true, Member::keeps_reasons)
    }

    /// Takes over the rates that administrators set; the others are as configured.
    pub fn set_rates(&self, rates: &BTreeMap<String, u32>) {
        for member in &self.members {
            if let Connection::Outside(guarded) = &member.connection {
                guarded.set_rate(rates.get(&member.name).copied());
            }
        }
    }

    fn of(&self, issuer: &str) -> Result<&Member, CaError> {
        let found =
            if self.alone { self.members.first() } else { self.members.iter().find(|one| one.issuer == issuer) };
        found.ok_or_else(|| CaError::Unsupported(format!("no CA is configured for the issuer {issuer}")))
    }
}

#[async_trait]
impl CertificateAuthority for Authorities {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.of(&order.certificate.issuer)?.ca().revoke(order).await
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        self.of(&certificate.issuer)?.ca().status(certificate).await
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        let source =
            certificate::parse_der(&order.source_der).map_err(|problem| CaError::Refused(problem.to_string()))?;
        self.of(&source.issuer)?.ca().issue(order).await
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        let Ok(facts) = certificate::parse_der(certificate_der) else { return Ok(Vec::new()) };
        match self.of(&facts.issuer) {
            Ok(member) => member.ca().issuers(certificate_der).await,
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Of all together: what every one of them can do, or the first that does not answer.
    async fn check(&self) -> Result<Abilities, CaError> {
        let mut all = Abilities { revoke: true, status: true, issue: true, says: String::new() };
        for member in &self.members {
            let one = member.ca().check().await?;
            all.revoke &= one.revoke;
            all.status &= one.status;
            all.issue &= one.issue;
        }
        Ok(all)
    }
}
