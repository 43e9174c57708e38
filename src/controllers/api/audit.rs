//! The audit log: read and verified.

use axum::Json;

use super::lists::{after_id, cut, limit};
use crate::{
    actions::verify_audit::verify_audit,
    controllers::extractors::{ApiCaller, Query},
    domain::role::Permission,
    errors::Result,
    models::audit_events,
    services::Services,
    views::api::{
        Page, PageQuery,
        audit::{AuditEvent, AuditVerification, Fault},
    },
};

/// List audit events, oldest first
#[utoipa::path(get, path = "/audit_events", params(PageQuery), responses((status = 200, body = Page<AuditEvent>)))]
pub async fn list(desk: Services, caller: ApiCaller, Query(query): Query<PageQuery>) -> Result<Json<Page<AuditEvent>>> {
    caller.require(Permission::ReadAudit)?;
    let (after, limit) = (after_id(query.after.as_deref())?, limit(query.limit.as_deref())?);
    let mut rows = audit_events::after(&desk.db, after.unwrap_or_default(), limit + 1).await?;
    let next = cut(&mut rows, limit, |row| row.sequence.to_string());
    Ok(Json(Page { items: rows.into_iter().map(AuditEvent::from).collect(), next }))
}

/// Verify the chain of hashes
///
/// Walks the whole log.
#[utoipa::path(get, path = "/audit_events/verification", responses((status = 200, body = AuditVerification)))]
pub async fn verify(desk: Services, caller: ApiCaller) -> Result<Json<AuditVerification>> {
    caller.require(Permission::ReadAudit)?;
    let verdict = verify_audit(&desk, &|_| {}).await?;
    Ok(Json(AuditVerification {
        valid: verdict.fault.is_none(),
        sound: verdict.sound,
        fault: verdict.fault.map(|fault| Fault { kind: fault.as_str(), sequence: fault.sequence() }),
    }))
}
