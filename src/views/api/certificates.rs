//! Certificates and whether they may be reissued.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::words;
use crate::domain::{
    application::Eligibility as Judged, certificate::pem, problem::Problem, validity::ReplacementValidity,
};
use crate::messages::Texts;
use crate::models::certificates;

/// A certificate as read from its own bytes, and what the desk knows beside it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Certificate {
    pub id: i64,
    pub subscriber_id: i64,
    pub reception_number: Option<String>,
    #[schema(schema_with = words::validation)]
    pub validation: &'static str,
    /// RFC 4514.
    pub subject: String,
    pub common_name: String,
    pub organization: Option<String>,
    pub dns_names: Vec<String>,
    /// Lower-case hexadecimal.
    pub serial_number: String,
    /// RFC 4514.
    pub issuer: String,
    pub sha256: String,
    pub key: String,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub entitlement_end_on: NaiveDate,
    pub validation_expires_on: Option<NaiveDate>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// CRLReason by number (RFC 5280, 5.3.1).
    pub revocation_reason: Option<i32>,
    pub pem: String,
}

impl Certificate {
    /// `subject` is read from the certificate's bytes.
    pub fn of(row: &certificates::Certificate, subject: String) -> Self {
        Self {
            id: row.id,
            subscriber_id: row.subscriber_id,
            reception_number: row.reception_number.map(|number| number.to_string()),
            validation: row.validation.as_str(),
            subject,
            common_name: row.common_name.clone(),
            organization: row.organization.clone(),
            dns_names: row.names(),
            serial_number: row.serial.to_string(),
            issuer: row.issuer.clone(),
            sha256: row.sha256.to_string(),
            key: row.key_label.clone(),
            not_before: row.not_before,
            not_after: row.not_after,
            entitlement_end_on: row.entitlement_end_on,
            validation_expires_on: row.validation_expires_on,
            revoked_at: row.revoked_at,
            revocation_reason: row.revocation_reason,
            pem: pem::encode("CERTIFICATE", &row.der),
        }
    }
}

/// Whether a certificate may be reissued today, and what the replacement would be.
#[derive(Debug, Serialize, ToSchema)]
pub struct Eligibility {
    pub eligible: bool,
    /// Everything that stands against it.
    pub problems: Vec<Told>,
    /// It may be filed, but waits for a re-examination.
    pub reexamination: Option<Told>,
    /// Absent when no replacement could be issued today.
    pub replacement: Option<ReplacementTerm>,
}

/// A code and its sentence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Told {
    pub code: &'static str,
    pub detail: String,
}

impl Told {
    fn of(t: Texts, problem: &Problem) -> Self {
        Self { code: problem.code, detail: t.problem(problem) }
    }
}

/// How long a replacement issued today would live.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplacementTerm {
    pub not_after_on: NaiveDate,
    /// Whether the policy ends it before the entitlement.
    pub shortened: bool,
    /// First day from which a further reissue reaches the end of the entitlement.
    pub full_term_from_on: Option<NaiveDate>,
}

impl Eligibility {
    pub fn of(t: Texts, judged: &Judged, term: Option<ReplacementValidity>) -> Self {
        Self {
            eligible: judged.may_be_filed(),
            problems: judged.refusals.iter().map(|refusal| Told::of(t, &refusal.problem())).collect(),
            reexamination: judged.reexamination.map(|needed| Told::of(t, &needed.problem())),
            replacement: term.map(|term| ReplacementTerm {
                not_after_on: term.not_after_on,
                shortened: term.shortened,
                full_term_from_on: term.full_term_from,
            }),
        }
    }
}
