//! Walks the audit chain and keeps what was found, for those who read the log.

use sea_orm::prelude::DateTimeUtc;

use super::verify_audit::{AuditVerdict, verify_audit};
use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::audit_checks::{self, Found};
use crate::services::Services;

/// Takes as long as the log is long. A walk that is cut off has no end in the books.
pub async fn check_audit(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<AuditVerdict> {
    let check = audit_checks::begin(&desk.db, actor.key(), now).await?;
    let verdict = verify_audit(desk, &|_| ()).await?;
    let fault = verdict.fault.map(|fault| (fault.as_str(), fault.sequence()));
    let found = Found { sound: verdict.sound, fault };
    audit_checks::finish(&desk.db, check.id, found, desk.clock.now()).await?;
    Ok(verdict)
}
