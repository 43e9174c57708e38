//! Whether the audit log still holds every end of it that was signed and kept outside the database.

use crate::audit_heads::SignedHead;
use crate::errors::Result;
use crate::models::audit_events;
use crate::services::Services;

/// The first end that the log does not hold: it was rewritten there, or cut before.
pub async fn compare_heads<'a>(desk: &Services, heads: &'a [SignedHead]) -> Result<Option<&'a SignedHead>> {
    for head in heads.iter().filter(|head| head.sequence > 0) {
        let event = audit_events::numbered(&desk.db, head.sequence).await?;
        if event.is_none_or(|event| event.hash != head.hash) {
            return Ok(Some(head));
        }
    }
    Ok(None)
}
