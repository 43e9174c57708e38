//! The facts that a case gathers: calls, permissions, attempts, proofs.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::words;
use crate::domain::certificate::Fingerprint;
use crate::domain::installation::Hindrance;
use crate::models::attempts;
use crate::models::authorizations::{AuthorizationRow, OverrideRequest};
use crate::models::calls;
use crate::models::columns::AttemptOutcome;
use crate::models::evidence::{DocumentFacts, Evidence};
use crate::models::installation::{self, Look};
use crate::models::revocation_cases::Case;

/// One phone call.
#[derive(Debug, Serialize, ToSchema)]
pub struct Call {
    pub id: i64,
    pub called_at: DateTime<Utc>,
    /// Key of the actor.
    pub caller: String,
    pub caller_name: String,
    /// The contact version that was to be phoned.
    pub contact_id: i64,
    #[schema(schema_with = words::call_outcome)]
    pub outcome: &'static str,
    pub spoke_with: Option<String>,
    #[schema(value_type = Vec<super::casework::IdentityCheck>)]
    pub identity_checks: Vec<&'static str>,
    pub call_back_at: Option<DateTime<Utc>>,
    pub requested_on: Option<NaiveDate>,
    pub note: Option<String>,
    /// The version of the case that the call led to.
    pub case_version: i64,
}

impl From<calls::Call> for Call {
    fn from(row: calls::Call) -> Self {
        let checks = [
            (words::NAME_AND_COMPANY, row.name_and_company),
            (words::RECEPTION_NUMBER_OR_COMMON_NAME, row.reception_number_or_common_name),
        ];
        Self {
            id: row.id,
            called_at: row.called_at,
            caller: row.caller,
            caller_name: row.caller_name,
            contact_id: row.contact_id,
            outcome: row.outcome.as_str(),
            spoke_with: row.spoke_with,
            identity_checks: checks.into_iter().filter(|(_, made)| *made).map(|(check, _)| check).collect(),
            call_back_at: row.call_back_at,
            requested_on: row.requested_on,
            note: row.note,
            case_version: row.case_version,
        }
    }
}

/// What permits a revocation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Authorization {
    pub kind: &'static str,
    /// The version of the case that it was given for.
    pub case_version: i64,
    /// Whether the case still stands at that version.
    pub valid: bool,
    pub call_id: Option<i64>,
    pub granted_by: String,
    pub granted_by_name: String,
    pub ground: Option<String>,
    pub granted_at: DateTime<Utc>,
}

impl Authorization {
    pub fn of(row: AuthorizationRow, case: &Case) -> Self {
        Self {
            kind: row.kind.as_str(),
            case_version: row.case_version,
            valid: row.case_version == case.version,
            call_id: row.call_id,
            granted_by: row.granted_by,
            granted_by_name: row.granted_by_name,
            ground: row.ground,
            granted_at: row.granted_at,
        }
    }
}

/// A supervisor's request to revoke without a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverrideRequested {
    pub id: i64,
    pub ground: String,
    pub requested_by: String,
    pub requested_by_name: String,
    pub requested_at: DateTime<Utc>,
    pub approved_by: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
}

impl From<OverrideRequest> for OverrideRequested {
    fn from(row: OverrideRequest) -> Self {
        Self {
            id: row.id,
            ground: row.ground,
            requested_by: row.requested_by,
            requested_by_name: row.requested_by_name,
            requested_at: row.requested_at,
            approved_by: row.approved_by,
            approved_at: row.approved_at,
        }
    }
}

/// One intent to revoke and the CA's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attempt {
    pub id: i64,
    pub request_id: String,
    pub batch_run_id: Option<i64>,
    pub actor: String,
    pub actor_name: String,
    pub issuer: String,
    pub serial_number: String,
    pub sha256: String,
    pub intended_at: DateTime<Utc>,
    /// `accepted`, `already_revoked`, `refused`, `unavailable`; absent while the answer is not known.
    pub outcome: Option<&'static str>,
    pub answer: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
}

impl From<attempts::Attempt> for Attempt {
    fn from(row: attempts::Attempt) -> Self {
        Self {
            id: row.id,
            request_id: row.request_id,
            batch_run_id: row.batch_run_id,
            actor: row.actor,
            actor_name: row.actor_name,
            issuer: row.issuer,
            serial_number: row.serial.to_string(),
            sha256: row.sha256.to_string(),
            intended_at: row.intended_at,
            outcome: row.outcome.map(AttemptOutcome::as_str),
            answer: row.answer,
            answered_at: row.answered_at,
        }
    }
}

/// A document that proves the revocation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proof {
    pub id: i64,
    /// `crl` or `ocsp`.
    pub kind: &'static str,
    pub serial_number: String,
    pub revoked_at: DateTime<Utc>,
    /// CRLReason by number (RFC 5280, 5.3.1).
    pub revocation_reason: Option<i32>,
    pub judged_at: DateTime<Utc>,
    /// SHA-256 of the document.
    pub sha256: String,
    /// Where it was fetched.
    pub source: String,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub fetched_at: DateTime<Utc>,
}

impl Proof {
    pub fn of(row: &Evidence, document: DocumentFacts) -> Self {
        Self {
            id: row.id,
            kind: document.kind.as_str(),
            serial_number: row.serial.to_string(),
            revoked_at: row.revoked_at,
            revocation_reason: row.revocation_reason,
            judged_at: row.judged_at,
            sha256: document.sha256,
            source: document.source,
            this_update: document.this_update,
            next_update: document.next_update,
            fetched_at: document.fetched_at,
        }
    }
}

/// Which certificate the sites of the source certificate's names show to the internet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Installation {
    /// What all sites come to.
    #[schema(schema_with = words::installation)]
    pub seen: &'static str,
    /// Sites that show it.
    pub sites_so: usize,
    /// Sites that were looked at.
    pub sites: usize,
    pub looked_at: DateTime<Utc>,
    pub names: Vec<Site>,
}

/// What one name showed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Site {
    pub name: String,
    #[schema(schema_with = words::seen)]
    pub seen: &'static str,
    pub port: Option<i32>,
    /// SHA-256 of the certificate shown.
    pub sha256: Option<String>,
    /// Why nothing was seen.
    #[schema(schema_with = words::hindrance)]
    pub hindrance: Option<&'static str>,
    pub looked_at: DateTime<Utc>,
}

impl Installation {
    pub fn of(looks: &[Look]) -> Option<Self> {
        let summary = installation::summary(looks)?;
        let site = |look: &Look| Site {
            name: look.name.clone(),
            seen: look.seen.as_str(),
            port: look.port,
            sha256: look.sha256.as_ref().map(Fingerprint::to_string),
            hindrance: look.hindrance.map(Hindrance::as_str),
            looked_at: look.looked_at,
        };
        Some(Self {
            seen: summary.standing.kind.as_str(),
            sites_so: summary.standing.names,
            sites: summary.standing.of,
            looked_at: summary.looked_at,
            names: looks.iter().map(site).collect(),
        })
    }
}
