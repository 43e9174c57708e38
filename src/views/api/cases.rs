//! Revocation cases as lists and in full.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::case_facts::{Attempt, Authorization, Call, Installation, OverrideRequested, Proof};
use super::certificates::Certificate;
use super::words;
use crate::domain::application::compromise_deadline;
use crate::domain::contact::{ContactRole, PhoneNumber};
use crate::messages::Texts;
use crate::models::case_queue::CaseRow;
use crate::models::contacts;
use crate::models::reissue_applications::Application;
use crate::models::revocation_cases::Case;
use crate::models::same_key::SameKey;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// A built-in view; all cases when absent.
    #[param(schema_with = words::case_view)]
    pub view: Option<String>,
    #[param(schema_with = words::case_state)]
    pub state: Option<String>,
    #[param(schema_with = words::validation)]
    pub validation: Option<String>,
    /// First due day.
    #[param(value_type = Option<NaiveDate>)]
    pub due_from: Option<String>,
    /// Last due day.
    #[param(value_type = Option<NaiveDate>)]
    pub due_to: Option<String>,
    /// Part of a reception number, common name, domain name or organisation.
    pub q: Option<String>,
    /// `due_on`: by due day, then in the order of filing.
    pub sort: Option<String>,
    /// Number of items, 1 to 200; default 50.
    #[param(value_type = Option<u64>)]
    pub limit: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// A case as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseSummary {
    pub reception_number: String,
    #[schema(schema_with = words::case_state)]
    pub state: &'static str,
    pub version: i64,
    pub subscriber: Named,
    pub common_name: String,
    #[schema(schema_with = words::validation)]
    pub validation: &'static str,
    pub requested_on: NaiveDate,
    pub due_on: NaiveDate,
    pub key_compromise: Option<KeyCompromise>,
    pub hold: Option<Hold>,
    pub next_call_at: Option<DateTime<Utc>>,
    pub lease: Option<Lease>,
    /// The end of the source certificate.
    pub source_not_after: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl CaseSummary {
    pub fn of(row: CaseRow, now: DateTime<Utc>) -> Self {
        let CaseRow { case, subscriber, source } = row;
        Self {
            reception_number: case.reception_number.to_string(),
            state: case.state.as_str(),
            version: case.version,
            subscriber: Named { id: subscriber.id, name: subscriber.name },
            common_name: source.common_name,
            validation: source.validation.as_str(),
            requested_on: case.requested_on,
            due_on: case.due_on,
            key_compromise: KeyCompromise::of(&case),
            hold: Hold::of(&case),
            next_call_at: case.next_call_at,
            lease: Lease::of(&case, now),
            source_not_after: source.not_after,
            updated_at: case.updated_at,
        }
    }
}

/// An organisation by id and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    pub id: i64,
    pub name: String,
}

/// A report that the key is in other hands.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyCompromise {
    pub reported_at: DateTime<Utc>,
    /// 24 hours after the report (BR 4.9.1.1).
    pub revoke_by: DateTime<Utc>,
}

impl KeyCompromise {
    pub fn of(case: &Case) -> Option<Self> {
        let reported_at = case.compromise_reported_at?;
        Some(Self { reported_at, revoke_by: compromise_deadline(reported_at) })
    }
}

/// Why the case is on hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hold {
    #[schema(schema_with = words::hold_reason)]
    pub reason: &'static str,
    pub note: Option<String>,
}

impl Hold {
    pub fn of(case: &Case) -> Option<Self> {
        Some(Self { reason: case.hold_reason?.as_str(), note: case.hold_note.clone() })
    }
}

/// Who works the case now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lease {
    /// Key of the actor.
    pub holder: String,
    pub name: String,
    pub until: DateTime<Utc>,
}

impl Lease {
    pub fn of(case: &Case, now: DateTime<Utc>) -> Option<Self> {
        Some(Self {
            holder: case.holder(now)?.to_owned(),
            name: case.lease_holder_name.clone().unwrap_or_default(),
            until: case.lease_until?,
        })
    }
}

/// Everything about one case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseDetail {
    pub reception_number: String,
    #[schema(schema_with = words::case_state)]
    pub state: &'static str,
    /// Goes with every write; grows with every event.
    pub version: i64,
    pub subscriber: Named,
    #[schema(schema_with = words::validation)]
    pub validation: &'static str,
    /// Why the customer applied.
    #[schema(schema_with = words::reissue_reason)]
    pub reason: &'static str,
    /// What the CRL will say.
    pub revocation_reason: &'static str,
    pub requested_on: NaiveDate,
    /// First day on which the desk may call and revoke.
    pub due_on: NaiveDate,
    pub needs_reexamination: bool,
    pub filing: Filing,
    pub key_compromise: Option<KeyCompromise>,
    pub hold: Option<Hold>,
    pub next_call_at: Option<DateTime<Utc>>,
    pub lease: Option<Lease>,
    /// Whom to phone; absent when the contact record is missing.
    pub contact: Option<Callee>,
    /// The certificate to be revoked.
    pub source: Certificate,
    /// The certificate issued instead.
    pub replacement: Option<Certificate>,
    /// What the sites showed at the last look; absent while nobody looks, or nobody has looked yet.
    pub installation: Option<Installation>,
    /// Other certificates on the key, neither revoked nor expired, of any organisation; only after a report of key
    /// compromise. Each needs a case of its own.
    pub same_key_certificates: Vec<SameKeyCertificate>,
    pub calls: Vec<Call>,
    /// The newest permission to revoke.
    pub authorization: Option<Authorization>,
    /// An override that waits for a second supervisor, or was approved, on this version.
    pub override_request: Option<OverrideRequested>,
    pub attempts: Vec<Attempt>,
    pub evidence: Vec<Proof>,
    pub opened_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// Who brought the application in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Filing {
    /// `portal`, `agent` (the desk filed for the customer) or `api`.
    pub channel: &'static str,
    /// Key of the actor.
    pub filed_by: String,
    pub filed_by_name: String,
    pub filed_at: DateTime<Utc>,
    /// Who asked the desk to file; only for `agent`.
    pub caller_name: Option<String>,
    /// Why the desk filed for them; only for `agent`.
    pub ground: Option<String>,
}

impl Filing {
    pub fn of(row: Application) -> Self {
        Self {
            channel: row.channel.as_str(),
            filed_by: row.filed_by,
            filed_by_name: row.filed_by_name,
            filed_at: row.filed_at,
            caller_name: row.caller_name,
            ground: row.filing_ground,
        }
    }
}

/// A live certificate on a compromised key.
#[derive(Debug, Serialize, ToSchema)]
pub struct SameKeyCertificate {
    pub id: i64,
    pub subscriber: Named,
    pub common_name: String,
    pub serial_number: String,
    pub not_after: DateTime<Utc>,
    /// The open case that revokes it, when there is one.
    pub reception_number: Option<String>,
}

impl From<SameKey> for SameKeyCertificate {
    fn from(row: SameKey) -> Self {
        Self {
            id: row.certificate.id,
            subscriber: Named { id: row.subscriber.id, name: row.subscriber.name },
            common_name: row.certificate.common_name,
            serial_number: row.certificate.serial.to_string(),
            not_after: row.certificate.not_after,
            reception_number: row.open_case.map(|case| case.reception_number.to_string()),
        }
    }
}

/// The person to phone, from the validated contact record.
#[derive(Debug, Serialize, ToSchema)]
pub struct Callee {
    /// The role in words.
    pub whom: &'static str,
    #[schema(schema_with = words::contact_role)]
    pub role: &'static str,
    pub name: String,
    pub department: Option<String>,
    /// As recorded.
    pub phone: String,
    /// E.164.
    pub phone_e164: Option<String>,
    pub extension: Option<String>,
    /// Where the number comes from.
    pub source: String,
    pub verified_by: String,
    pub verified_on: NaiveDate,
    /// Why this person, in words.
    pub why: &'static str,
}

impl Callee {
    pub fn of(t: Texts, contact: &contacts::Contact) -> Self {
        let number = PhoneNumber::parse(&contact.phone).ok();
        let (whom, why) = match contact.role {
            ContactRole::ProcedureContact => ("api.whom.procedure_contact", "api.why.ov"),
            ContactRole::ApplicationResponsible => ("api.whom.application_responsible", "api.why.ev"),
        };
        Self {
            whom: t.s(whom),
            role: contact.role.as_str(),
            name: contact.name.clone(),
            department: contact.department.clone(),
            phone: contact.phone.clone(),
            phone_e164: number.as_ref().map(|number| number.e164().to_owned()),
            extension: number.as_ref().and_then(PhoneNumber::extension).map(str::to_owned),
            source: contact.phone_source.clone(),
            verified_by: contact.verified_by.clone(),
            verified_on: contact.verified_on,
            why: t.s(why),
        }
    }
}

/// One entry of a case's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    pub items: Vec<super::audit::AuditEvent>,
}
