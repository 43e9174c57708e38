//! step-ca (smallstep): passive revocation with a token of a JWK provisioner.
//!
//! It has no status of its own beside its CRL, and its certificates get their subject from templates: replacements are
//! issued there and registered at the desk.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, SubsecRound, Utc};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::{Answer, HttpClient, send};
use super::issuer_chain::IssuerChain;
use super::published::Published;
use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder};
use crate::domain::certificate::CertificateIdentity;

/// How long a token is good for; step-ca takes each once.
const TOKEN: Duration = Duration::minutes(5);

pub struct StepCa {
    pub http: HttpClient,
    pub issuer: Arc<IssuerChain>,
    pub published: Published,
    pub provisioner: Provisioner,
}

/// The private key of a JWK provisioner, and its name.
pub struct Provisioner {
    name: String,
    key_id: String,
    key: SigningKey,
}

impl Provisioner {
    /// `jwk`: an EC key of P-256 with its private part, as `step crypto jwk decrypt` gives it.
    pub fn new(name: &str, jwk: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Jwk {
            crv: String,
            d: String,
            kid: String,
        }
        let jwk: Jwk = serde_json::from_str(jwk).map_err(|_| "secret_file: needs a private JWK with kid".to_owned())?;
        let octets = URL_SAFE_NO_PAD.decode(&jwk.d).ok().filter(|_| jwk.crv == "P-256");
        let key = octets.and_then(|octets| SigningKey::from_slice(&octets).ok());
        let key = key.ok_or_else(|| "secret_file: needs an EC key of P-256".to_owned())?;
        Ok(Self { name: name.to_owned(), key_id: jwk.kid, key })
    }

    /// A JWT (RFC 7519, ES256) for one request to `audience` about `subject`.
    fn token(&self, audience: &str, subject: &str, now: DateTime<Utc>) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(&json!({ "alg": "ES256", "typ": "JWT", "kid": self.key_id }));
        let claims = part(&json!({
            "iss": self.name,
            "aud": audience,
            "sub": subject,
            "jti": Uuid::new_v4().simple().to_string(),
            "iat": now.timestamp(),
            "nbf": now.timestamp(),
            "exp": (now + TOKEN).timestamp(),
        }));
        let signed = format!("{head}.{claims}");
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// An error in step-ca's own form.
#[derive(Deserialize)]
struct Fault {
    status: u16,
    message: String,
}

fn fault(answer: &Answer) -> Option<Fault> {
    answer.json().filter(|fault: &Fault| fault.status == answer.status)
}

fn told<T: Default>(answer: &Answer) -> Result<T, CaError> {
    Err(fault(answer).map_or_else(|| answer.not_understood(), |fault| answer.refusal(fault.message)))
}

impl StepCa {
    /// Whether step-ca has a key of ours; its provisioners are public.
    async fn has_provisioner(&self) -> Result<bool, CaError> {
        let request = self.http.request(reqwest::Method::GET, &["1.0", "provisioners"], &[("limit", "100")]);
        let answer = send(request).await?;
        if !answer.is_success() {
            return told(&answer);
        }
        let known: Value = answer.json().ok_or_else(|| answer.not_understood())?;
        let known = known["provisioners"].as_array().ok_or_else(|| answer.not_understood())?;
        let ours = |one: &Value| one["name"] == self.provisioner.name && one["key"]["kid"] == self.provisioner.key_id;
        Ok(known.iter().any(ours))
    }
}

#[async_trait]
impl CertificateAuthority for StepCa {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.issuer.accept(order)?;
        let serial = order.certificate.serial.decimal();
        let audience = self.http.url(&["1.0", "revoke"]);
        let body = json!({
            "serial": serial,
            "ott": self.provisioner.token(&audience, &serial, self.published.now()),
            "reasonCode": order.reason.code(),
            "reason": order.reason.as_str(),
            "passive": true,
        });
        let answer = send(self.http.post(&["1.0", "revoke"]).json(&body)).await?;
        let status = answer.json::<Value>().and_then(|value| value["status"].as_str().map(str::to_owned));
        if answer.is_success() && status.as_deref() == Some("ok") {
            let text = format!("revoked by {}", self.http.url(&[]));
            return Ok(Receipt { revoked_at: order.now.trunc_subsecs(0), text });
        }
        if answer.is_success() {
            return Err(answer.not_understood());
        }
        match fault(&answer) {
            Some(fault) if fault.message.contains("is already revoked") => {
                Err(self.published.already_revoked(&order.certificate).await)
            }
            Some(fault) => Err(answer.refusal(fault.message)),
            None => Err(answer.not_understood()),
        }
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        if self.issuer.knows(certificate) { self.published.status(certificate).await } else { Ok(CaStatus::Unknown) }
    }

    async fn issue(&self, _: &IssueOrder) -> Result<Issued, CaError> {
        Err(CaError::Unsupported("step-ca issues by its own templates: register what it issued".to_owned()))
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        Ok(self.issuer.issuers(certificate_der))
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        let answer = send(self.http.get(&["version"])).await?;
        let version = answer.json::<Value>().filter(|_| answer.is_success());
        let version = version.and_then(|value| value["version"].as_str().map(str::to_owned));
        let version = version.ok_or_else(|| answer.not_understood())?;
        if !self.has_provisioner().await? {
            return Err(CaError::Refused(format!("it has no provisioner {} with our key", self.provisioner.name)));
        }
        Ok(Abilities { revoke: true, status: false, issue: false, says: format!("step-ca {version}") })
    }
}
