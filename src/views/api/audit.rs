//! The audit log.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::models::audit_events;

/// Who did what to what, when and from where.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    /// Without gaps.
    pub sequence: i64,
    pub at: DateTime<Utc>,
    /// Key of the actor: `staff:12`, `token:3`, `customer:5`, `batch`, `system`.
    pub actor: String,
    pub action: String,
    /// Such as `case:17`.
    pub subject: String,
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    pub address: Option<String>,
    /// SHA-256 over the hash before and this event.
    pub hash: String,
}

impl From<audit_events::AuditEvent> for AuditEvent {
    fn from(row: audit_events::AuditEvent) -> Self {
        Self {
            sequence: row.sequence,
            at: row.at,
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            address: row.address,
            hash: row.hash,
        }
    }
}

/// Whether the chain of hashes is whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerification {
    pub valid: bool,
    /// Events in order, counted from the first.
    pub sound: i64,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Fault {
    /// `altered`, `missing`, `truncated` or `head_differs`.
    pub kind: &'static str,
    /// The event from which on nothing can be trusted.
    pub sequence: i64,
}
