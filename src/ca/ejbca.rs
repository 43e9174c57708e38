//! EJBCA's REST interface, with a client certificate as the way to log in.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::{Answer, HttpClient, send};
use super::issuer_chain::IssuerChain;
use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder};
use crate::domain::application::CrlReason;
use crate::domain::certificate::{self, CertificateIdentity, pem};
use crate::domain::csr;

pub struct Ejbca {
    pub http: HttpClient,
    pub issuer: Arc<IssuerChain>,
    /// The issuer's name as EJBCA writes it, where that is not as RFC 4514 has it.
    pub issuer_dn: Option<String>,
    pub profile: Option<Profile>,
}

/// What EJBCA issues by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    end_entity: String,
    certificate: String,
    ca: String,
}

impl Profile {
    /// `END ENTITY PROFILE/CERTIFICATE PROFILE/CA`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [end_entity, certificate, ca] if parts.iter().all(|part| !part.is_empty()) => Ok(Self {
                end_entity: (*end_entity).to_owned(),
                certificate: (*certificate).to_owned(),
                ca: (*ca).to_owned(),
            }),
            _ => Err("profile: needs END_ENTITY_PROFILE/CERTIFICATE_PROFILE/CA".to_owned()),
        }
    }
}

/// What EJBCA says of a revocation.
#[allow(clippy::struct_field_names, reason = "as EJBCA names them")]
#[derive(Deserialize)]
struct Revocation {
    serial_number: String,
    revoked: bool,
    revocation_reason: Option<String>,
    revocation_date: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Fault {
    error_code: u16,
    error_message: Option<String>,
}

impl Ejbca {
    fn issuer_dn(&self) -> &str {
        self.issuer_dn.as_deref().unwrap_or_else(|| self.issuer.name())
    }

    async fn entry(&self, certificate: &CertificateIdentity) -> Result<Option<Revocation>, CaError> {
        let serial = certificate.serial.as_str();
        let path = ["v1", "certificate", self.issuer_dn(), serial, "revocationstatus"];
        let answer = send(self.http.get(&path)).await?;
        match fault(&answer) {
            Some(fault) if fault.error_code == 404 => Ok(None),
            _ => understood(&answer, certificate).map(Some),
        }
    }
}

fn fault(answer: &Answer) -> Option<Fault> {
    if answer.is_success() { None } else { answer.json().filter(|fault: &Fault| fault.error_code == answer.status) }
}

fn refused(answer: &Answer) -> CaError {
    fault(answer).map_or_else(
        || answer.not_understood(),
        |fault| answer.refusal(fault.error_message.as_deref().unwrap_or("no reason given")),
    )
}

/// An answer about this certificate and no other.
fn understood(answer: &Answer, certificate: &CertificateIdentity) -> Result<Revocation, CaError> {
    if answer.status != 200 {
        return Err(refused(answer));
    }
    let entry: Revocation = answer.json().ok_or_else(|| answer.not_understood())?;
    let told = entry.serial_number.trim_start_matches("0x").trim_start_matches('0').to_ascii_lowercase();
    if told != certificate.serial.as_str().trim_start_matches('0') {
        return Err(answer.not_understood());
    }
    Ok(entry)
}

fn reason_name(reason: CrlReason) -> &'static str {
    match reason {
        CrlReason::KeyCompromise => "KEY_COMPROMISE",
        CrlReason::Superseded => "SUPERSEDED",
    }
}

impl Revocation {
    /// `None`: not for good, or without its time.
    fn revoked(&self) -> Option<(DateTime<Utc>, Option<CrlReason>)> {
        let name = self.revocation_reason.as_deref().unwrap_or_default();
        let reason = CrlReason::ALL.into_iter().find(|reason| reason_name(*reason) == name);
        let final_one = self.revoked && name != "CERTIFICATE_HOLD" && name != "REMOVE_FROM_CRL";
        self.revocation_date.filter(|_| final_one).map(|at| (at, reason))
    }
}

#[async_trait]
impl CertificateAuthority for Ejbca {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.issuer.accept(order)?;
        let path = ["v1", "certificate", self.issuer_dn(), order.certificate.serial.as_str(), "revoke"];
        let answer = send(self.http.request(Method::PUT, &path, &[("reason", reason_name(order.reason))])).await?;
        if answer.status == 202 {
            return Err(CaError::Unavailable("the revocation waits for an approval in EJBCA".to_owned()));
        }
        if fault(&answer).is_some_and(|fault| fault.error_code == 409) {
            let entry = self.entry(&order.certificate).await?;
            return Err(match entry.as_ref().and_then(Revocation::revoked) {
                Some((at, reason)) => CaError::AlreadyRevoked { at, reason },
                None => CaError::Refused("revoked in EJBCA, but not for good".to_owned()),
            });
        }
        let entry = understood(&answer, &order.certificate)?;
        let (revoked_at, _) = entry.revoked().ok_or_else(|| answer.not_understood())?;
        Ok(Receipt { revoked_at, text: format!("revoked by {}", self.http.url(&[])) })
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        if !self.issuer.knows(certificate) {
            return Ok(CaStatus::Unknown);
        }
        let Some(entry) = self.entry(certificate).await? else { return Ok(CaStatus::Unknown) };
        Ok(match entry.revoked() {
            Some((at, reason)) => CaStatus::Revoked { at, reason },
            None if entry.revoked => CaStatus::Unknown,
            None => CaStatus::Good,
        })
    }

    /// EJBCA takes the names from the CSR here: only one with the names of the source is sent.
    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        let profile =
            self.profile.as_ref().ok_or_else(|| CaError::Unsupported("no profile to issue by is set".to_owned()))?;
        refuse_other_names(order)?;
        let body = json!({
            "certificate_request": pem::encode("CERTIFICATE REQUEST", &order.csr_der),
            "certificate_profile_name": profile.certificate,
            "end_entity_profile_name": profile.end_entity,
            "certificate_authority_name": profile.ca,
            "username": order.request_id.to_string(),
            "password": Uuid::new_v4().to_string(),
            "include_chain": false,
        });
        let answer = send(self.http.post(&["v1", "certificate", "pkcs10enroll"]).json(&body)).await?;
        if answer.status == 202 {
            return Err(CaError::Unavailable("the certificate waits for an approval in EJBCA".to_owned()));
        }
        if !answer.is_success() {
            return Err(refused(&answer));
        }
        let issued: Value = answer.json().ok_or_else(|| answer.not_understood())?;
        let der = issued["certificate"].as_str().and_then(|text| STANDARD.decode(text).ok());
        self.issuer.issued(order, der.ok_or_else(|| answer.not_understood())?)
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        Ok(self.issuer.issuers(certificate_der))
    }

    /// The list of CAs needs a log-in.
    async fn check(&self) -> Result<Abilities, CaError> {
        let answer = send(self.http.get(&["v1", "ca"])).await?;
        if !answer.is_success() {
            return Err(refused(&answer));
        }
        let list: Value = answer.json().ok_or_else(|| answer.not_understood())?;
        let list = list["certificate_authorities"].as_array().ok_or_else(|| answer.not_understood())?;
        if !list.iter().any(|ca| ca["subject_dn"] == self.issuer_dn()) {
            return Err(CaError::Refused(format!("EJBCA does not list {}", self.issuer_dn())));
        }
        Ok(Abilities { revoke: true, status: true, issue: self.profile.is_some(), says: format!("{} CAs", list.len()) })
    }
}

fn refuse_other_names(order: &IssueOrder) -> Result<(), CaError> {
    let unreadable = |problem| CaError::Refused(format!("{problem}"));
    let source = certificate::parse_der(&order.source_der).map_err(unreadable)?;
    let request = csr::parse_der(&order.csr_der).map_err(unreadable)?;
    if csr_names(&request) == (source.subject.text.clone(), sorted(&source.dns_names)) && source.other_names.is_empty()
    {
        Ok(())
    } else {
        Err(CaError::Unsupported(
            "EJBCA would take the names of this CSR, which are not those of the source".to_owned(),
        ))
    }
}

fn csr_names(request: &csr::CsrFacts) -> (String, Vec<String>) {
    (request.subject.text.clone(), sorted(&request.dns_names))
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}
