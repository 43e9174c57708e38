//! CFSSL's HTTP interface: `revoke`, `sign` or `authsign`, `info`.
//!
//! Its revocation is a row of its database, which it tells nobody about: the status comes from what the issuer publishes. A
//! second revocation moves the instant of the first, and is therefore only ordered when the first is not seen.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::SubsecRound;
use reqwest::RequestBuilder;
use ring::hmac;
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{Answer, HttpClient, send};
use super::issuer_chain::{IssuerChain, first_certificate};
use super::published::Published;
use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder};
use crate::domain::application::CrlReason;
use crate::domain::certificate::{self, CertificateFacts, CertificateIdentity, pem};

pub struct Cfssl {
    pub http: HttpClient,
    pub issuer: Arc<IssuerChain>,
    pub published: Published,
    /// The signing profile; CFSSL's default without.
    pub profile: Option<String>,
    /// Of `authsign`; `sign` without.
    pub key: Option<hmac::Key>,
}

/// What CFSSL answers everything with.
#[derive(Deserialize)]
struct Envelope {
    success: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    code: i64,
    message: String,
}

/// `CertStoreError` + `RecordNotFound`.
const NOT_FOUND: i64 = 11_200;
/// `CertStoreError`: the other troubles with the database.
const STORE: std::ops::Range<i64> = 11_000..12_000;

/// The key of a provider `standard`, as CFSSL's configuration has it: hex.
pub fn authentication_key(text: &str) -> Result<hmac::Key, String> {
    let octets = hex::decode(text).map_err(|_| "secret_file: needs the key in hex".to_owned())?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &octets))
}

impl Cfssl {
    fn endpoint(&self, name: &str) -> RequestBuilder {
        self.http.post(&["api", "v1", "cfssl", name])
    }

    /// `Ok(None)`: CFSSL has no such certificate.
    async fn try_to_revoke(&self, order: &RevocationOrder, key_id: &str) -> Result<Option<()>, CaError> {
        let body = json!({
            "serial": order.certificate.serial.decimal(),
            "authority_key_id": key_id,
            "reason": reason(order.reason),
        });
        let answer = send(self.endpoint("revoke").json(&body)).await?;
        match understood(&answer) {
            Ok(_) => Ok(Some(())),
            Err(Failure::Told(NOT_FOUND, _)) => Ok(None),
            Err(failure) => Err(failure.into_error(&answer)),
        }
    }

    /// With `authsign` the request is signed and wrapped.
    fn signing(&self, request: &Value) -> RequestBuilder {
        let Some(key) = &self.key else { return self.endpoint("sign").json(request) };
        let request = request.to_string();
        let token = STANDARD.encode(hmac::sign(key, request.as_bytes()));
        self.endpoint("authsign").json(&json!({ "token": token, "request": STANDARD.encode(request) }))
    }
}

fn reason(reason: CrlReason) -> &'static str {
    match reason {
        CrlReason::KeyCompromise => "keycompromise",
        CrlReason::Superseded => "superseded",
    }
}

enum Failure {
    /// CFSSL's own code and words.
    Told(i64, String),
    NotUnderstood,
}

impl Failure {
    fn into_error(self, answer: &Answer) -> CaError {
        match self {
            Self::Told(code, words) if STORE.contains(&code) && code != NOT_FOUND => {
                CaError::Unavailable(format!("{words} ({code})"))
            }
            Self::Told(code, words) => answer.refusal(format!("{words}, {code}")),
            Self::NotUnderstood => answer.not_understood(),
        }
    }
}

fn understood(answer: &Answer) -> Result<Value, Failure> {
    let envelope: Envelope = answer.json().ok_or(Failure::NotUnderstood)?;
    match (answer.is_success() && envelope.success, envelope.errors.into_iter().next()) {
        (true, None) => Ok(envelope.result),
        (_, Some(fault)) => Err(Failure::Told(fault.code, fault.message)),
        (false, None) => Err(Failure::NotUnderstood),
    }
}

#[async_trait]
impl CertificateAuthority for Cfssl {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.issuer.accept(order)?;
        let key_id = self.issuer.certificate.subject_key_id.as_deref().map(hex::encode).unwrap_or_default();
        // Builds of CFSSL with newer Go enter certificates without the key identifier.
        for key_id in [key_id.as_str(), ""] {
            if self.try_to_revoke(order, key_id).await?.is_some() {
                let text = format!("revoked by {}", self.http.url(&[]));
                return Ok(Receipt { revoked_at: order.now.trunc_subsecs(0), text });
            }
        }
        Err(CaError::Refused(format!("CFSSL does not know the certificate {}", order.certificate.serial)))
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        if self.issuer.knows(certificate) { self.published.status(certificate).await } else { Ok(CaStatus::Unknown) }
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        let source =
            certificate::parse_der(&order.source_der).map_err(|problem| CaError::Refused(problem.to_string()))?;
        let mut request = json!({
            "certificate_request": pem::encode("CERTIFICATE REQUEST", &order.csr_der),
            "hosts": source.dns_names,
            "subject": subject(&source)?,
        });
        if let Some(profile) = &self.profile {
            request["profile"] = json!(profile);
        }
        let answer = send(self.signing(&request)).await?;
        let result = understood(&answer).map_err(|failure| failure.into_error(&answer))?;
        let issued =
            result["certificate"].as_str().and_then(first_certificate).ok_or_else(|| answer.not_understood())?;
        self.issuer.issued(order, issued)
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        Ok(self.issuer.issuers(certificate_der))
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        let answer = send(self.endpoint("info").json(&json!({ "label": "" }))).await?;
        let result = understood(&answer).map_err(|failure| failure.into_error(&answer))?;
        let own = result["certificate"].as_str().and_then(first_certificate).ok_or_else(|| answer.not_understood())?;
        if own != self.issuer.certificate.der {
            return Err(CaError::Refused("another CA answers there".to_owned()));
        }
        let says = format!("expiry {}", result["expiry"].as_str().unwrap_or("not told"));
        Ok(Abilities { revoke: true, status: false, issue: true, says })
    }
}

/// CFSSL's subject has these fields and no others.
fn subject(source: &CertificateFacts) -> Result<Value, CaError> {
    let subject = &source.subject;
    let others = [
        &subject.street,
        &subject.postal_code,
        &subject.registration_number,
        &subject.business_category,
        &subject.jurisdiction_country,
    ];
    if others.iter().any(|field| field.is_some()) || !source.other_names.is_empty() {
        return Err(CaError::Unsupported("CFSSL cannot issue a certificate with such a subject".to_owned()));
    }
    let name = json!({
        "C": subject.country,
        "ST": subject.state,
        "L": subject.locality,
        "O": subject.organization,
    });
    let given: serde_json::Map<String, Value> = name
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    Ok(json!({ "CN": subject.common_name, "names": [given] }))
}
