//! ACME (RFC 8555): revocation and issuing by an account that the CA knows.
//!
//! Answers no challenges: the names of an order have to be authorized already, as CAs do for accounts of organisations.
//! ACME has no question for a certificate's status: it comes from what the issuer publishes.

mod http;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::SubsecRound;
use instant_acme::{
    Account, AuthorizationStatus, Error, Identifier, Key, NewOrder, Order, OrderStatus, Problem, RetryPolicy,
    RevocationReason, RevocationRequest,
};
use tokio::sync::OnceCell;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use self::http::Line;
use super::http::HttpClient;
use super::issuer_chain::{IssuerChain, first_certificate};
use super::published::Published;
use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder, source};
use crate::domain::application::CrlReason;
use crate::domain::certificate::{self, CertificateIdentity, pem};
use crate::domain::csr;
use crate::settings::Secret;

/// How long an order may be in the making; the guard before the connector may give up sooner.
const MAKING: Duration = Duration::from_secs(20);
const ERRORS: &str = "urn:ietf:params:acme:error:";

pub struct Acme {
    http: HttpClient,
    issuer: Arc<IssuerChain>,
    /// The account's key: ECDSA P-256, PKCS#8.
    key: Vec<u8>,
    profile: Option<String>,
    published: Published,
    /// Once it was found.
    account: OnceCell<Account>,
}

impl Acme {
    /// `http`: of the directory. `key`: PEM.
    pub fn new(
        http: HttpClient,
        issuer: Arc<IssuerChain>,
        key: &Secret,
        profile: Option<String>,
        published: Published,
    ) -> Result<Self, String> {
        let key = pem::only_der(key.reveal().as_bytes(), &["PRIVATE KEY"])
            .map_err(|_| "secret: is not a key as PKCS#8 in PEM".to_owned())?;
        Key::from_pkcs8_der(PrivatePkcs8KeyDer::from(key.as_slice()))
            .map_err(|_| "secret: is not an ECDSA P-256 key".to_owned())?;
        Ok(Self { http, issuer, key, profile, published, account: OnceCell::new() })
    }

    async fn account(&self) -> Result<&Account, CaError> {
        self.account.get_or_try_init(|| self.find_account()).await
    }

    /// The account of our key. None is made: whose it is has to be settled with the CA.
    async fn find_account(&self) -> Result<Account, CaError> {
        let pkcs8 = PrivatePkcs8KeyDer::from(self.key.clone());
        let key = Key::from_pkcs8_der(pkcs8.clone_key()).map_err(told)?;
        let builder = Account::builder_with_http(Box::new(Line(self.http.clone())));
        let found = builder.from_key((key, PrivateKeyDer::Pkcs8(pkcs8)), self.http.url(&[])).await;
        found.map(|(account, _)| account).map_err(told)
    }

    /// An order that is ready for its CSR.
    async fn order(&self, names: &[Identifier]) -> Result<Order, CaError> {
        let new = NewOrder::new(names);
        let new = match &self.profile {
            Some(profile) => new.profile(profile),
            None => new,
        };
        let mut order = self.account().await?.new_order(&new).await.map_err(told)?;
        match order.state().status {
            OrderStatus::Ready | OrderStatus::Processing | OrderStatus::Valid => Ok(order),
            OrderStatus::Invalid => Err(CaError::Refused("the order is invalid".to_owned())),
            OrderStatus::Pending => {
                let names = unauthorized(&mut order).await?.join(", ");
                Err(CaError::Refused(format!(
                    "the account is not authorized for {names}: authorize it, then order again"
                )))
            }
        }
    }
}

#[async_trait]
impl CertificateAuthority for Acme {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.issuer.accept(order)?;
        let certificate = CertificateDer::from(order.certificate_der.as_slice());
        let request = RevocationRequest { certificate: &certificate, reason: Some(reason(order.reason)) };
        match self.account().await?.revoke(&request).await {
            // The answer carries no time of its own: the CRL says which second it was.
            Ok(()) => Ok(Receipt { revoked_at: order.now.trunc_subsecs(0), text: "revokeCert: 200".to_owned() }),
            Err(Error::Api(problem)) if kind(&problem) == Some("alreadyRevoked") => {
                Err(self.published.already_revoked(&order.certificate).await)
            }
            Err(error) => Err(told(error)),
        }
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        if !self.issuer.knows(certificate) {
            return Ok(CaStatus::Unknown);
        }
        self.published.status(certificate).await
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        let unreadable = |problem| CaError::Refused(format!("{problem}"));
        let source = certificate::parse_der(&order.source_der).map_err(unreadable)?;
        source::names_are_asked_for(&csr::parse_der(&order.csr_der).map_err(unreadable)?, &source)?;
        let names: Vec<Identifier> = source.dns_names.iter().cloned().map(Identifier::Dns).collect();
        let mut placed = self.order(&names).await?;
        if placed.state().status == OrderStatus::Ready {
            placed.finalize_csr(&order.csr_der).await.map_err(told)?;
        }
        let chain = placed.poll_certificate(&RetryPolicy::new().timeout(MAKING)).await.map_err(told)?;
        let der = first_certificate(&chain)
            .ok_or_else(|| CaError::Unavailable("what was issued cannot be read".to_owned()))?;
        self.issuer.issued(order, der)
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        Ok(self.issuer.issuers(certificate_der))
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        let account = self.find_account().await?;
        Ok(Abilities { revoke: true, status: false, issue: true, says: format!("account {}", account.id()) })
    }
}

async fn unauthorized(order: &mut Order) -> Result<Vec<String>, CaError> {
    let mut names = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let authorization = authorization.map_err(told)?;
        if authorization.status != AuthorizationStatus::Valid {
            names.push(authorization.identifier().to_string());
        }
    }
    Ok(names)
}

fn reason(reason: CrlReason) -> RevocationReason {
    match reason {
        CrlReason::KeyCompromise => RevocationReason::KeyCompromise,
        CrlReason::Superseded => RevocationReason::Superseded,
    }
}

/// The last part of an ACME error's type; `None` when it is somebody else's.
fn kind(problem: &Problem) -> Option<&str> {
    problem.r#type.as_deref()?.strip_prefix(ERRORS)
}

/// What the CA said in an error of its own is for good, unless it is about us or about now (RFC 8555 6.7).
fn told(error: Error) -> CaError {
    let Error::Api(problem) = error else { return CaError::Unavailable(error.to_string()) };
    let words: String = problem.to_string().chars().filter(|c| !c.is_control()).take(300).collect();
    match kind(&problem) {
        Some("accountDoesNotExist" | "externalAccountRequired" | "unauthorized" | "userActionRequired") => {
            CaError::Unavailable(format!("our credentials are not accepted: {words}"))
        }
        Some("badNonce" | "rateLimited" | "serverInternal" | "orderNotReady") | None => CaError::Unavailable(words),
        Some(_) => CaError::Refused(words),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_are_for_good_only_when_acme_has_them_and_they_are_not_about_us_or_about_now() {
        for (name, for_good) in [
            ("urn:ietf:params:acme:error:malformed", true),
            ("urn:ietf:params:acme:error:badRevocationReason", true),
            ("urn:ietf:params:acme:error:rejectedIdentifier", true),
            ("urn:ietf:params:acme:error:unauthorized", false),
            ("urn:ietf:params:acme:error:accountDoesNotExist", false),
            ("urn:ietf:params:acme:error:rateLimited", false),
            ("urn:ietf:params:acme:error:serverInternal", false),
            ("urn:ietf:params:acme:error:badNonce", false),
            ("about:blank", false),
        ] {
            let problem: Problem =
                serde_json::from_value(json!({ "type": name, "detail": "no", "status": 400 })).unwrap();
            let error = told(Error::Api(problem));
            assert_eq!(matches!(error, CaError::Refused(_)), for_good, "{name}: {error:?}");
        }
        let without_type: Problem = serde_json::from_value(json!({})).unwrap();
        assert!(matches!(told(Error::Api(without_type)), CaError::Unavailable(_)));
        assert!(matches!(told(Error::Str("no nonce")), CaError::Unavailable(_)));
    }
}
