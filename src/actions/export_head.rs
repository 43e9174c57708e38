//! Signs the end of the audit log and keeps it outside the database, where who may write the database cannot change it.

use sea_orm::prelude::DateTimeUtc;

use crate::audit_heads::{self, HeadKey, SignedHead};
use crate::errors::Result;
use crate::models::audit_events;
use crate::services::Services;

/// The end as it was kept. Safe to run at any time and on several nodes: a line more says nothing else.
pub async fn export_head(desk: &Services, now: DateTimeUtc) -> Result<SignedHead> {
    let (sequence, hash) = audit_events::head(&desk.db).await?;
    let head = HeadKey::open(&desk.settings)?.sign(sequence, hash, now);
    audit_heads::add(&audit_heads::folder(&desk.settings), &head)?;
    Ok(head)
}
