//! Cases: the list, the full picture, the history and the proof.

use axum::{
    Json,
    http::{HeaderName, header},
    response::IntoResponse,
};

use super::{
    lists::{bad_cursor, check_line, limit, parsed},
    reading::detail,
    reception_number,
};
use crate::{
    controllers::extractors::{ApiCaller, Path, Query},
    domain::{calendar::jst_date, problem::Problem, role::Permission},
    errors::{Error, Result},
    models::{
        audit_events,
        case_queue::{self, CaseFilter, Cursor, Page as Place},
        columns::EvidenceKind,
        evidence, revocation_cases,
    },
    services::Services,
    views::api::{
        Page,
        audit::AuditEvent,
        cases::{CaseDetail, CaseQuery, CaseSummary, Timeline},
    },
};

/// The one order of the list.
const BY_DUE_DAY: &str = "due_on";

/// List cases
#[utoipa::path(get, path = "/cases", params(CaseQuery), responses((status = 200, body = Page<CaseSummary>)))]
pub async fn list(
    desk: Services,
    caller: ApiCaller,
    Query(query): Query<CaseQuery>,
) -> Result<Json<Page<CaseSummary>>> {
    caller.require(Permission::ReadCases)?;
    let now = desk.clock.now();
    let place = query.after.as_deref().map_or(Ok(Place::First), |after| read_cursor(after).map(Place::After))?;
    let limit = limit(query.limit.as_deref())?;
    let (rows, more) = case_queue::page(&desk.db, &filter(query)?, place, limit, jst_date(now)).await?;
    let next = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.case.due_on, row.case.id));
    Ok(Json(Page { items: rows.into_iter().map(|row| CaseSummary::of(row, now)).collect(), next }))
}

fn filter(query: CaseQuery) -> Result<CaseFilter, Problem> {
    if let Some(sort) = query.sort.filter(|sort| sort != BY_DUE_DAY) {
        return Err(Problem::on("sort", "sort_unknown").with("value", sort));
    }
    check_line("q", query.q.as_deref())?;
    Ok(CaseFilter {
        everything: query.view.is_none(),
        view: query.view.map(|view| view.parse()).transpose()?.unwrap_or_default(),
        state: query.state.map(|state| state.parse()).transpose()?,
        validation: query.validation.map(|validation| validation.parse()).transpose()?,
        assigned: None,
        due_from: parsed(query.due_from.as_deref(), "due_from")?,
        due_to: parsed(query.due_to.as_deref(), "due_to")?,
        q: query.q,
        urgent: false,
        except: Vec::new(),
    })
}

/// `2026-12-08.17`: due day and id of the last row seen.
fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    let (due_on, id) = text.split_once('.').ok_or_else(bad_cursor)?;
    Ok(Cursor { due_on: due_on.parse().map_err(|_| bad_cursor())?, id: id.parse().map_err(|_| bad_cursor())? })
}

/// Show everything about a case
#[utoipa::path(get, path = "/cases/{reception_number}", params(("reception_number" = String, Path)),
    responses((status = 200, body = CaseDetail)))]
pub async fn show(desk: Services, caller: ApiCaller, Path(number): Path<String>) -> Result<Json<CaseDetail>> {
    caller.require(Permission::ReadCases)?;
    let case = revocation_cases::by_reception_number(&desk.db, reception_number(&number)?).await?;
    Ok(Json(detail(&desk, caller.t, case).await?))
}

/// Show the history of a case, oldest first
#[utoipa::path(get, path = "/cases/{reception_number}/timeline", params(("reception_number" = String, Path)),
    responses((status = 200, body = Timeline)))]
pub async fn timeline(desk: Services, caller: ApiCaller, Path(number): Path<String>) -> Result<Json<Timeline>> {
    caller.require(Permission::ReadCases)?;
    let case = revocation_cases::by_reception_number(&desk.db, reception_number(&number)?).await?;
    let events = audit_events::of_case(&desk.db, case.id).await?;
    Ok(Json(Timeline { items: events.into_iter().map(AuditEvent::from).collect() }))
}

/// Fetch the bytes of a proof, DER
#[utoipa::path(get, path = "/cases/{reception_number}/evidence/{id}",
    params(("reception_number" = String, Path), ("id" = i64, Path)),
    responses((status = 200, content_type = "application/pkix-crl", body = Vec<u8>)))]
pub async fn evidence(
    desk: Services,
    caller: ApiCaller,
    Path((number, id)): Path<(String, i64)>,
) -> Result<impl IntoResponse> {
    caller.require(Permission::ReadCases)?;
    let missing = || Error::not_found("evidence_not_found");
    let case = revocation_cases::by_reception_number(&desk.db, reception_number(&number)?).await?;
    let proofs = evidence::of_case(&desk.db, case.id).await?;
    let proof = proofs.into_iter().find(|proof| proof.id == id).ok_or_else(missing)?;
    let document = evidence::document(&desk.db, proof.document_id).await?.ok_or_else(missing)?;
    let (media_type, ending) = match document.kind {
        EvidenceKind::Crl => ("application/pkix-crl", "crl"),
        EvidenceKind::Ocsp => ("application/ocsp-response", "ors"),
    };
    let name = format!("attachment; filename=\"{}-{id}.{ending}\"", case.reception_number);
    let headers: [(HeaderName, String); 2] =
        [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, document.bytes))
}
