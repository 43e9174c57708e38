//! Work on cases: claims, calls, revocation and the other events.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    body::{Body, ForVersion},
    lists::{check_text, created},
    reading::detail,
    reception_number,
};
use crate::{
    actions::{
        approve_override::{ApproveOverride, approve_override},
        claim_case::claim_case,
        claim_next::claim_next,
        hold_case::{HoldCase, hold_case},
        record_call::{RecordCall, record_call},
        release_claim::release_claim,
        release_hold::{ReleaseHold, release_hold},
        report_key_compromise::{ReportKeyCompromise, report_key_compromise},
        request_override::{RequestOverride, request_override},
        reschedule::{Reschedule, reschedule},
        revoke_case::{Click, RevokeCase, revoke_case},
        withdraw::{Withdraw, withdraw},
    },
    controllers::extractors::{ApiCaller, Path},
    domain::{calendar::jst_date, call::IdentityChecks, case::CaseState, problem::Problem, role::Permission},
    errors::Result,
    messages::Texts,
    models::{
        authorizations,
        revocation_cases::{self, Case},
    },
    services::Services,
    views::api::{
        cases::CaseDetail,
        casework::{Grounded, Hold, NewCall, Override, RequestedDate, Revocation},
        words,
    },
};

/// Claim the next case to phone
///
/// 204 when nobody needs a call now.
#[utoipa::path(post, path = "/cases/next", responses((status = 200, body = CaseDetail), (status = 204)))]
pub async fn next(desk: Services, caller: ApiCaller) -> Result<Response> {
    caller.require(Permission::WorkCases)?;
    match claim_next(&desk, &caller.actor(), desk.clock.now()).await? {
        Some(case) => {
            let address = address(&case);
            Ok(([(header::LOCATION, address)], answer(&desk, caller.t, case).await?).into_response())
        }
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// Claim a case for a call, or renew the claim
#[utoipa::path(post, path = "/cases/{reception_number}/claim", params(("reception_number" = String, Path)),
    responses((status = 200, body = CaseDetail)))]
pub async fn claim(desk: Services, caller: ApiCaller, Path(number): Path<String>) -> Result<Json<CaseDetail>> {
    caller.require(Permission::WorkCases)?;
    let case = claim_case(&desk, reception_number(&number)?, &caller.actor(), desk.clock.now()).await?;
    answer(&desk, caller.t, case).await
}

/// Give a claimed case back
#[utoipa::path(delete, path = "/cases/{reception_number}/claim", params(("reception_number" = String, Path)),
    responses((status = 200, body = CaseDetail)))]
pub async fn unclaim(desk: Services, caller: ApiCaller, Path(number): Path<String>) -> Result<Json<CaseDetail>> {
    caller.require(Permission::WorkCases)?;
    let case = release_claim(&desk, reception_number(&number)?, &caller.actor(), desk.clock.now()).await?;
    answer(&desk, caller.t, case).await
}

/// Record a call
///
/// Takes a claim on the case.
#[utoipa::path(post, path = "/cases/{reception_number}/calls", params(("reception_number" = String, Path)),
    request_body = NewCall, responses((status = 201, body = CaseDetail)))]
pub async fn call(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    Body(new): Body<NewCall>,
) -> Result<Response> {
    caller.require(Permission::WorkCases)?;
    check_text("note", new.note.as_deref().unwrap_or_default())?;
    check_text("spoke_with", new.spoke_with.as_deref().unwrap_or_default())?;
    let input = RecordCall {
        reception_number: reception_number(&number)?,
        version: new.version,
        outcome: new.outcome.parse()?,
        spoke_with: new.spoke_with,
        identity_checks: identity_checks(&new.identity_checks)?,
        call_back_at: new.call_back_at,
        requested_on: new.requested_on,
        note: new.note,
    };
    let case = record_call(&desk, input, &caller.actor(), desk.clock.now()).await?;
    Ok(created(&address(&case), detail(&desk, caller.t, case).await?))
}

fn identity_checks(made: &[String]) -> Result<IdentityChecks, Problem> {
    let mut checks = IdentityChecks::default();
    for check in made {
        match check.as_str() {
            words::NAME_AND_COMPANY => checks.name_and_company = true,
            words::RECEPTION_NUMBER_OR_COMMON_NAME => checks.reception_number_or_common_name = true,
            other => return Err(Problem::on("identity_checks", "identity_check_unknown").with("value", other)),
        }
    }
    Ok(checks)
}

/// Revoke the source certificate now
///
/// 202 while the CA is out of reach: the revocation goes on by itself.
#[utoipa::path(post, path = "/cases/{reception_number}/revocation", params(("reception_number" = String, Path)),
    request_body = Revocation, responses((status = 200, body = CaseDetail), (status = 202, body = CaseDetail)))]
pub async fn revoke(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    Body(order): Body<Revocation>,
) -> Result<Response> {
    caller.require(Permission::WorkCases)?;
    let now = desk.clock.now();
    let found = revocation_cases::by_reception_number(&desk.db, reception_number(&number)?).await?;
    let Revocation { version, serial_suffix, old_in_use_told } = order;
    let click = Click { version, serial_suffix, old_in_use_told };
    let input = RevokeCase { case_id: found.id, today: jst_date(now), click: Some(click), batch_run: None };
    let case = revoke_case(&desk, input, &caller.actor(), now).await?;
    // CRL, proof and mail follow by themselves.
    desk.nudge();
    let status = if case.state == CaseState::Revoking { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, answer(&desk, caller.t, case).await?).into_response())
}

/// Change the requested date
///
/// An authorization given for the old date counts no longer.
#[utoipa::path(put, path = "/cases/{reception_number}/requested_on", params(("reception_number" = String, Path)),
    request_body = RequestedDate, responses((status = 200, body = CaseDetail)))]
pub async fn put_requested_on(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    Body(date): Body<RequestedDate>,
) -> Result<Json<CaseDetail>> {
    caller.require(Permission::WorkCases)?;
    let RequestedDate { requested_on, version } = date;
    let input = Reschedule { reception_number: reception_number(&number)?, version, requested_on };
    answer(&desk, caller.t, reschedule(&desk, input, &caller.actor(), desk.clock.now()).await?).await
}

/// Withdraw the revocation
#[utoipa::path(post, path = "/cases/{reception_number}/withdrawal", params(("reception_number" = String, Path)),
    request_body = Grounded, responses((status = 200, body = CaseDetail)))]
pub async fn withdrawal(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    Body(event): Body<Grounded>,
) -> Result<Json<CaseDetail>> {
    caller.require(Permission::WorkCases)?;
    let Grounded { ground, version } = grounded(event)?;
    let input = Withdraw { reception_number: reception_number(&number)?, version, ground };
    answer(&desk, caller.t, withdraw(&desk, input, &caller.actor(), desk.clock.now()).await?).await
}

/// Report that the key is, or may be, in other hands
///
/// 24 hours from the report, without a call and whatever day it is.
#[utoipa::path(post, path = "/cases/{reception_number}/key_compromise", params(("reception_number" = String, Path)),
    request_body = Grounded, responses((status = 200, body = CaseDetail)))]
pub async fn key_compromise(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    Body(event): Body<Grounded>,
) -> Result<Json<CaseDetail>> {
    caller.require(Permission::WorkCases)?;
    let Grounded { ground, version } = grounded(event)?;
    let input = ReportKeyCompromise { reception_number: reception_number(&number)?, version, ground };
    answer(&desk, caller.t, report_key_compromise(&desk, input, &caller.actor(), desk.clock.now()).await?).await
}

/// Put a case on hold
#[utoipa::path(post, path = "/cases/{reception_number}/hold", params(("reception_number" = String, Path)),
    request_body = Hold, responses((status = 200, body = CaseDetail)))]
pub async fn hold(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    Body(hold): Body<Hold>,
) -> Result<Json<CaseDetail>> {
    caller.require(Permission::WorkCases)?;
    check_text("note", &hold.note)?;
    let Hold { note, version } = hold;
    let input = HoldCase { reception_number: reception_number(&number)?, version, note };
    answer(&desk, caller.t, hold_case(&desk, input, &caller.actor(), desk.clock.now()).await?).await
}

/// Take a case off hold
///
/// The version goes in the query or in a body.
#[utoipa::path(delete, path = "/cases/{reception_number}/hold",
    params(("reception_number" = String, Path), ("version" = Option<i64>, Query)),
    responses((status = 200, body = CaseDetail)))]
pub async fn unhold(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    ForVersion { version }: ForVersion,
) -> Result<Json<CaseDetail>> {
    caller.require(Permission::WorkCases)?;
    let input = ReleaseHold { reception_number: reception_number(&number)?, version };
    answer(&desk, caller.t, release_hold(&desk, input, &caller.actor(), desk.clock.now()).await?).await
}

/// Ask for, or approve, a revocation without a recorded call
///
/// The first supervisor asks, with a ground: 202. A second one approves: 200.
#[utoipa::path(post, path = "/cases/{reception_number}/override", params(("reception_number" = String, Path)),
    request_body = Override, responses((status = 200, body = CaseDetail), (status = 202, body = CaseDetail)))]
pub async fn override_call(
    desk: Services,
    caller: ApiCaller,
    Path(number): Path<String>,
    Body(body): Body<Override>,
) -> Result<Response> {
    caller.require(Permission::Supervise)?;
    let (actor, now) = (caller.actor(), desk.clock.now());
    let (reception_number, version) = (reception_number(&number)?, body.version);
    let case = revocation_cases::by_reception_number(&desk.db, reception_number).await?;
    if authorizations::override_request(&desk.db, case.id, case.version).await?.is_some() {
        let case = approve_override(&desk, ApproveOverride { reception_number, version }, &actor, now).await?;
        return Ok(answer(&desk, caller.t, case).await?.into_response());
    }
    let ground = body.ground.unwrap_or_default();
    check_text("ground", &ground)?;
    request_override(&desk, RequestOverride { reception_number, version, ground }, &actor, now).await?;
    Ok((StatusCode::ACCEPTED, answer(&desk, caller.t, case).await?).into_response())
}

/// A ground that says something.
fn grounded(event: Grounded) -> Result<Grounded, Problem> {
    if event.ground.trim().is_empty() {
        return Err(Problem::on("ground", "text_missing"));
    }
    check_text("ground", &event.ground)?;
    Ok(event)
}

fn address(case: &Case) -> String {
    format!("/api/v1/cases/{}", case.reception_number)
}

async fn answer(desk: &Services, t: Texts, case: Case) -> Result<Json<CaseDetail>> {
    detail(desk, t, case).await.map(Json)
}
