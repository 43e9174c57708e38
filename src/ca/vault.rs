//! The PKI engine of HashiCorp Vault and of OpenBao.
//!
//! Tells of every certificate that it stores, so what is revoked is compared by SHA-256 first. Keeps no reason of a
//! revocation: its CRLs have none.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{Answer, HttpClient, send};
use super::issuer_chain::{IssuerChain, first_certificate};
use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder};
use crate::domain::certificate::{self, CertificateIdentity, Fingerprint, pem};
use crate::settings::Secret;

pub struct Vault {
    pub http: HttpClient,
    pub issuer: Arc<IssuerChain>,
    /// Where the engine is mounted, as `pki` or `teams/web/pki`.
    pub mount: String,
    /// What it issues by; nothing is issued without.
    pub role: Option<String>,
    pub token: Secret,
}

/// What Vault answers everything with.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    #[serde(default)]
    errors: Option<Vec<String>>,
}

/// A certificate as Vault stores it.
struct Stored {
    der: Vec<u8>,
    revoked_at: Option<DateTime<Utc>>,
}

impl Vault {
    fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        ["v1"]
            .into_iter()
            .chain(self.mount.split('/').filter(|part| !part.is_empty()))
            .chain(rest.iter().copied())
            .collect()
    }

    async fn ask(&self, request: RequestBuilder) -> Result<(Answer, Envelope), CaError> {
        let answer =
            send(request.header("X-Vault-Token", self.token.reveal()).header("X-Vault-Request", "true")).await?;
        let envelope: Envelope = answer.json().ok_or_else(|| answer.not_understood())?;
        Ok((answer, envelope))
    }

    /// The data of an answer that is not an error.
    async fn data(&self, request: RequestBuilder) -> Result<Value, CaError> {
        let (answer, envelope) = self.ask(request).await?;
        match (answer.is_success(), envelope.data, envelope.errors) {
            (true, Some(data), _) => Ok(data),
            (true, None, _) => match envelope.warnings.and_then(|warnings| warnings.into_iter().next()) {
                // So it answers when a certificate has expired.
                Some(warning) => Err(CaError::Refused(warning)),
                None => Err(answer.not_understood()),
            },
            (false, _, Some(errors)) => Err(answer.refusal(errors.join("; "))),
            (false, _, None) => Err(answer.not_understood()),
        }
    }

    async fn stored(&self, certificate: &CertificateIdentity) -> Result<Option<Stored>, CaError> {
        let serial = certificate.serial.colon_separated().replace(':', "-");
        let (answer, envelope) = self.ask(self.http.get(&self.path(&["cert", &serial]))).await?;
        if answer.status == 404 && envelope.errors.is_some() {
            return Ok(None);
        }
        if !answer.is_success() {
            let errors = envelope.errors.ok_or_else(|| answer.not_understood())?;
            return Err(answer.refusal(errors.join("; ")));
        }
        let read = || {
            let data = envelope.data?;
            let der = first_certificate(data["certificate"].as_str()?)?;
            let revoked_at = match data["revocation_time"].as_i64()? {
                0 => None,
                seconds => Some(DateTime::from_timestamp(seconds, 0)?),
            };
            Some(Stored { der, revoked_at })
        };
        read().map(Some).ok_or_else(|| answer.not_understood())
    }
}

#[async_trait]
impl CertificateAuthority for Vault {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.issuer.accept(order)?;
        let wanted = &order.certificate;
        let unknown = || CaError::Refused(format!("Vault does not store the certificate {}", wanted.serial));
        let stored = self.stored(wanted).await?.ok_or_else(unknown)?;
        if Fingerprint::of(&stored.der) != wanted.fingerprint {
            return Err(CaError::Refused(format!("Vault stores another certificate with {}", wanted.serial)));
        }
        if let Some(at) = stored.revoked_at {
            return Err(CaError::AlreadyRevoked { at, reason: None });
        }
        let body = json!({ "serial_number": wanted.serial.colon_separated() });
        let data = self.data(self.http.post(&self.path(&["revoke"])).json(&body)).await?;
        let at = data["revocation_time"].as_i64().filter(|seconds| *seconds > 0);
        let at = at.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let revoked_at = at.ok_or_else(|| CaError::Unavailable("Vault did not say when it revoked".to_owned()))?;
        Ok(Receipt { revoked_at, text: format!("revoked by {}", self.http.url(&[])) })
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        if !self.issuer.knows(certificate) {
            return Ok(CaStatus::Unknown);
        }
        let stored = self.stored(certificate).await?;
        let stored = stored.filter(|stored| Fingerprint::of(&stored.der) == certificate.fingerprint);
        Ok(match stored {
            None => CaStatus::Unknown,
            Some(Stored { revoked_at: None, .. }) => CaStatus::Good,
            Some(Stored { revoked_at: Some(at), .. }) => CaStatus::Revoked { at, reason: None },
        })
    }

    /// The role gives the organisation; common name, names and end are ours.
    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        let role = self.role.as_deref().ok_or_else(|| CaError::Unsupported("no role to issue by is set".to_owned()))?;
        let source =
            certificate::parse_der(&order.source_der).map_err(|problem| CaError::Refused(problem.to_string()))?;
        let body = json!({
            "csr": pem::encode("CERTIFICATE REQUEST", &order.csr_der),
            "common_name": source.subject.common_name.as_deref().unwrap_or_default(),
            "alt_names": source.dns_names.join(","),
            "exclude_cn_from_sans": true,
            "not_after": order.not_after.trunc_subsecs(0).to_rfc3339_opts(SecondsFormat::Secs, true),
            "format": "pem",
        });
        let data = self.data(self.http.post(&self.path(&["sign", role])).json(&body)).await?;
        let issued = data["certificate"].as_str().and_then(first_certificate);
        let issued = issued.ok_or_else(|| CaError::Unavailable("Vault answered without a certificate".to_owned()))?;
        self.issuer.issued(order, issued)
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        Ok(self.issuer.issuers(certificate_der))
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        let token = self.data(self.http.get(&["v1", "auth", "token", "lookup-self"])).await?;
        let left =
            token["ttl"].as_i64().ok_or_else(|| CaError::Unavailable("Vault did not tell of the token".to_owned()))?;
        let own = self.data(self.http.get(&self.path(&["cert", "ca"]))).await?;
        if own["certificate"].as_str().and_then(first_certificate).as_ref() != Some(&self.issuer.certificate.der) {
            return Err(CaError::Refused(format!("the default issuer at {} is another one", self.mount)));
        }
        let says = if left == 0 { "the token does not end".to_owned() } else { format!("the token ends in {left} s") };
        Ok(Abilities { revoke: true, status: true, issue: self.role.is_some(), says })
    }
}
