//! CMP (RFC 9810, RFC 4210) over HTTP: revocation by `rr`, issuing by `ir` or `p10cr`, for EJBCA, OpenXPKI, Insta, Nexus and
//! others.
//!
//! The protocol is written here octet by octet, because answers are verified over the octets that came (`docs/adr/0023`).
//! CMP has no question for a certificate's status: it comes from what the issuer publishes.

mod body;
mod conversation;
mod key;
mod message;
mod password;
mod protection;
mod status;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::SubsecRound;
use ring::digest;

pub use protection::{Credentials, Signers};

use self::body::{CertificateReply, Template};
use self::conversation::Conversation;
use self::status::Rejection;
use super::http::HttpClient;
use super::issuer_chain::IssuerChain;
use super::published::Published;
use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder, source};
use crate::domain::certificate::{self, CertificateIdentity};
use crate::domain::csr::{self, CsrFacts};

/// Where the CA is, who it is, and who we are.
pub struct Endpoint {
    pub http: HttpClient,
    pub issuer: Arc<IssuerChain>,
    pub credentials: Credentials,
    pub signers: Signers,
}

/// How certificates are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// `ir`: names and dates of the source, key of the CSR. The CA has to trust us as a registration authority.
    Template,
    /// `p10cr`: the CSR as it is, if its names are those of the source.
    Request,
}

impl Asking {
    /// As the settings name it in `profile`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "ir" => Ok(Self::Template),
            "p10cr" => Ok(Self::Request),
            _ => Err("profile: needs ir or p10cr".to_owned()),
        }
    }
}

pub struct Cmp {
    endpoint: Endpoint,
    asking: Asking,
    published: Published,
}

impl Cmp {
    pub fn new(endpoint: Endpoint, asking: Asking, published: Published) -> Self {
        Self { endpoint, asking, published }
    }

    /// What we ask for, and the kind of body that answers it.
    fn certification_request(&self, order: &IssueOrder, csr: &CsrFacts) -> Result<(Vec<u8>, u8), CaError> {
        let source =
            certificate::parse_der(&order.source_der).map_err(|problem| CaError::Refused(problem.to_string()))?;
        match self.asking {
            Asking::Request => {
                source::names_are_asked_for(csr, &source)?;
                Ok((body::pkcs10_request(&order.csr_der), body::CP))
            }
            Asking::Template => {
                let missing = |what: &str| CaError::Refused(format!("the source certificate has no {what}"));
                let template = Template {
                    subject: &source::subject_without_ou(&source.subject_der).ok_or_else(|| missing("subject"))?,
                    general_names: &source::general_names(&source.der).ok_or_else(|| missing("subjectAltName"))?,
                    spki: &csr.public_key.spki_der,
                    not_before: order.not_before,
                    not_after: order.not_after,
                };
                let request = body::initialization_request(&template);
                Ok((request.ok_or_else(|| CaError::Refused("the key cannot be read".to_owned()))?, body::IP))
            }
        }
    }

    async fn rejected(&self, rejection: Rejection, certificate: &CertificateIdentity) -> CaError {
        match rejection {
            Rejection::AlreadyRevoked => self.published.already_revoked(certificate).await,
            Rejection::Other(error) => error,
        }
    }
}

#[async_trait]
impl CertificateAuthority for Cmp {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        let issuer = &self.endpoint.issuer;
        issuer.accept(order)?;
        let certificate =
            certificate::parse_der(&order.certificate_der).map_err(|problem| CaError::Refused(problem.to_string()))?;
        let mut conversation = Conversation::new(&self.endpoint, None, order.now)?;
        let answer = match conversation.say(&body::revocation_request(&certificate, order.reason)).await {
            Ok(answer) => answer,
            Err(rejection) => return Err(self.rejected(rejection, &order.certificate).await),
        };
        let status = match answer.body() {
            (body::RP, content) => body::revocation_reply(content, &certificate.issuer_der, &certificate.serial),
            _ => None,
        };
        let status = status.ok_or_else(|| CaError::Unavailable("no answer to a revocation request".to_owned()))?;
        match status.verdict() {
            // The answer carries no time of its own: the CRL says which second it was.
            Ok(()) => Ok(Receipt { revoked_at: order.now.trunc_subsecs(0), text: format!("rp: {status}") }),
            Err(rejection) => Err(self.rejected(rejection, &order.certificate).await),
        }
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        if !self.endpoint.issuer.knows(certificate) {
            return Ok(CaStatus::Unknown);
        }
        self.published.status(certificate).await
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        let csr = csr::parse_der(&order.csr_der).map_err(|problem| CaError::Refused(problem.to_string()))?;
        let (request, expected) = self.certification_request(order, &csr)?;
        // A server that still has the first transaction of this order refuses the second.
        let mut conversation = Conversation::new(&self.endpoint, Some(order.request_id.as_bytes()), order.now)?;
        let answer = conversation.say(&request).await.map_err(only_refused)?;
        let reply = match answer.body() {
            (kind, content) if kind == expected => CertificateReply::read(content),
            _ => None,
        };
        let reply = reply.ok_or_else(|| CaError::Unavailable("no answer to a certification request".to_owned()))?;
        reply.status.verdict().map_err(only_refused)?;
        let der = reply.certificate.ok_or_else(|| CaError::Unavailable("accepted without a certificate".to_owned()))?;

        let issued = self.endpoint.issuer.issued(order, der.to_vec());
        let confirmation = reply.confirmation(certificate_hash(der)?.as_ref(), issued.is_ok());
        let confirmed = conversation.say(&confirmation).await;
        let issued = issued?;
        match confirmed.map_err(only_refused)?.body() {
            (body::PKI_CONF, _) => Ok(issued),
            _ => Err(CaError::Unavailable("the certificate came, but the CA did not end the transaction".to_owned())),
        }
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        Ok(self.endpoint.issuer.issuers(certificate_der))
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        let mut conversation = Conversation::new(&self.endpoint, None, self.published.now())?;
        let says = match conversation.say(&body::general_message()).await {
            Ok(answer) if answer.body().0 == body::GENP => "answers general messages".to_owned(),
            Ok(_) => return Err(CaError::Unavailable("no answer to a general message".to_owned())),
            // Protected by the CA, in answer to us: it is there and took our credentials.
            Err(Rejection::Other(CaError::Refused(words))) => format!("does not answer general messages: {words}"),
            Err(rejection) => return Err(only_refused(rejection)),
        };
        Ok(Abilities { revoke: true, status: false, issue: true, says })
    }
}

/// Where nothing is to be revoked.
fn only_refused(rejection: Rejection) -> CaError {
    match rejection {
        Rejection::AlreadyRevoked => CaError::Refused("certRevoked".to_owned()),
        Rejection::Other(error) => error,
    }
}

/// RFC 9810 5.3.18: by the hash of the certificate's own signature.
fn certificate_hash(der: &[u8]) -> Result<digest::Digest, CaError> {
    let facts = certificate::parse_der(der).map_err(|problem| CaError::Unavailable(problem.to_string()))?;
    let signature = facts.signature_algorithm();
    let algorithm = if signature.starts_with("SHA-384") {
        &digest::SHA384
    } else if signature.starts_with("SHA-512") {
        &digest::SHA512
    } else if signature.starts_with("SHA-256") {
        &digest::SHA256
    } else {
        return Err(CaError::Unavailable(format!("issued with {signature}, of which no hash follows")));
    };
    Ok(digest::digest(algorithm, der))
}
