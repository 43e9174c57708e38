//! Walks the audit chain and finds out whether somebody changed it.

use std::cmp::Ordering;

use crate::errors::Result;
use crate::models::audit_events::{self, AuditEvent, chain_hash};
use crate::services::Services;

/// Events read at a time.
const PAGE: u64 = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerdict {
    /// How many events are in order, counted from the first.
    pub sound: i64,
    /// The first thing that is wrong.
    pub fault: Option<AuditFault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditFault {
    /// The event does not go with its own hash and the one before: edited, or put in another's place.
    Altered { sequence: i64 },
    /// There is no event with this number, though later ones exist.
    Missing { sequence: i64 },
    /// The chain ends before its head says so.
    Truncated { after: i64, head: i64 },
    /// The head is not the end of the chain.
    HeadDiffers { sequence: i64 },
}

impl AuditFault {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Altered { .. } => "altered",
            Self::Missing { .. } => "missing",
            Self::Truncated { .. } => "truncated",
            Self::HeadDiffers { .. } => "head_differs",
        }
    }

    /// The number of the event from which on nothing can be trusted.
    pub fn sequence(self) -> i64 {
        match self {
            Self::Altered { sequence } | Self::Missing { sequence } | Self::HeadDiffers { sequence } => sequence,
            Self::Truncated { after, .. } => after + 1,
        }
    }
}

/// Checks every event, in pages, and the head. May run beside writers. `progress` is told the number reached.
pub async fn verify_audit(desk: &Services, progress: &(dyn Fn(i64) + Send + Sync)) -> Result<AuditVerdict> {
    let (mut sound, mut hash) = (0, String::new());
    loop {
        // Head and event commit together: what the head counts is there when the page is read after it.
        let (head, head_hash) = audit_events::head(&desk.db).await?;
        let page = audit_events::after(&desk.db, sound, PAGE).await?;
        for event in &page {
            if let Some(fault) = fault_of(event, sound, &hash) {
                return Ok(AuditVerdict { sound, fault: Some(fault) });
            }
            sound = event.sequence;
            hash.clone_from(&event.hash);
        }
        progress(sound);
        if page.is_empty() {
            return Ok(AuditVerdict { sound, fault: fault_at_end(sound, &hash, head, &head_hash) });
        }
    }
}

fn fault_at_end(sound: i64, hash: &str, head: i64, head_hash: &str) -> Option<AuditFault> {
    match head.cmp(&sound) {
        Ordering::Greater => Some(AuditFault::Truncated { after: sound, head }),
        Ordering::Less => Some(AuditFault::HeadDiffers { sequence: head }),
        Ordering::Equal => (head_hash != hash).then_some(AuditFault::HeadDiffers { sequence: head }),
    }
}

fn fault_of(event: &AuditEvent, before: i64, previous: &str) -> Option<AuditFault> {
    if event.sequence != before + 1 {
        Some(AuditFault::Missing { sequence: before + 1 })
    } else if event.hash != chain_hash(previous, event) {
        Some(AuditFault::Altered { sequence: event.sequence })
    } else {
        None
    }
}
