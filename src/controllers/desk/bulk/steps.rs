//! What is done with an act: carried out, asked for, approved, declined, taken back.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::page::{Typed, order_of, refused};
use super::{act_href, tell};
use crate::actions::approve_bulk::{ApproveBulk, approve_bulk};
use crate::actions::cancel_bulk::{CancelBulk, cancel_bulk};
use crate::actions::decline_bulk::{DeclineBulk, decline_bulk};
use crate::actions::execute_bulk::{ExecuteBulk, execute_bulk};
use crate::actions::request_bulk::{RequestBulk, request_bulk};
use crate::actions::run_bulk::run_bulk;
use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::{Form, Path};
use crate::domain::bulk::{BulkKind, BulkOrder};
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::models::batch_runs::BatchRun;
use crate::models::bulk_acts::{self, BulkAct};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Decision {
    version: i64,
    /// The day or the colleague that the preview was made for.
    parameter: String,
    ground: String,
    count: String,
}

impl Decision {
    fn typed(&self) -> Typed {
        Typed { ground: self.ground.clone(), count: self.count.clone(), ..Typed::default() }
    }
}

/// `POST /desk/bulk/{id}/execution`
pub async fn execute(frame: Frame, Path(id): Path<i64>, Form(decision): Form<Decision>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    let act = bulk_acts::by_id(&frame.desk.db, id).await?;
    let order = complete_order(act.kind, &decision)?;
    let input = ExecuteBulk { bulk_id: id, version: decision.version, order };
    match execute_bulk(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(_) => {
            frame.desk.nudge();
            frame.done(frame.t.s("bulk.executed")).await?;
        }
        Err(error) => tell(&frame, error).await?,
    }
    Ok(Redirect::to(&act_href(id)))
}

/// The order of the preview, read again.
fn complete_order(kind: BulkKind, decision: &Decision) -> Result<BulkOrder> {
    let parameter = Some(decision.parameter.clone());
    let typed = match kind {
        BulkKind::Reschedule => Typed { requested_on: parameter, ..Typed::default() },
        BulkKind::Assign => Typed { assignee: parameter, ..Typed::default() },
        BulkKind::Resend | BulkKind::Revoke => Typed::default(),
    };
    Ok(order_of(kind, &typed)?.ok_or_else(|| Problem::new("malformed_request"))?)
}

/// `POST /desk/bulk/{id}/request`
pub async fn request(frame: Frame, Path(id): Path<i64>, Form(decision): Form<Decision>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let act = bulk_acts::by_id(&frame.desk.db, id).await?;
    let input = RequestBulk { bulk_id: id, version: decision.version, ground: decision.ground.clone() };
    let done = request_bulk(&frame.desk, input, &frame.actor(), frame.now).await.map(|_| ());
    finish(&frame, &act, &decision, done, "bulk.requested_now").await
}

/// `POST /desk/bulk/{id}/approval`: the run begins in the background.
pub async fn approve(frame: Frame, Path(id): Path<i64>, Form(decision): Form<Decision>) -> Result<Response> {
    frame.staff.require(Permission::Supervise)?;
    let act = bulk_acts::by_id(&frame.desk.db, id).await?;
    let input = ApproveBulk { bulk_id: id, version: decision.version, count: decision.count.clone() };
    match approve_bulk(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok((act, run)) => {
            frame.done(frame.t.s("bulk.approved_now")).await?;
            let href = format!("/desk/batches/{}", run.id);
            start(&frame, act, run);
            Ok(Redirect::to(&href).into_response())
        }
        Err(error) => finish(&frame, &act, &decision, Err(error), "").await,
    }
}

fn start(frame: &Frame, act: BulkAct, run: BatchRun) {
    let (desk, actor, now) = (frame.desk.clone(), frame.actor(), frame.now);
    frame.desk.spawn(async move {
        if let Err(error) = run_bulk(&desk, &act, run, &actor, now).await {
            tracing::error!(cause = %error, "a bulk revocation broke off");
        }
    });
}

/// `POST /desk/bulk/{id}/decline`
pub async fn decline(frame: Frame, Path(id): Path<i64>, Form(decision): Form<Decision>) -> Result<Response> {
    frame.staff.require(Permission::Supervise)?;
    let act = bulk_acts::by_id(&frame.desk.db, id).await?;
    let input = DeclineBulk { bulk_id: id, version: decision.version, ground: decision.ground.clone() };
    let done = decline_bulk(&frame.desk, input, &frame.actor(), frame.now).await.map(|_| ());
    finish(&frame, &act, &decision, done, "bulk.declined_now").await
}

/// `POST /desk/bulk/{id}/cancellation`
pub async fn cancel(frame: Frame, Path(id): Path<i64>, Form(decision): Form<Decision>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let act = bulk_acts::by_id(&frame.desk.db, id).await?;
    let input = CancelBulk { bulk_id: id, version: decision.version };
    let done = cancel_bulk(&frame.desk, input, &frame.actor(), frame.now).await.map(|_| ());
    finish(&frame, &act, &decision, done, "bulk.cancelled_now").await
}

/// Back to the act with what was done; a wrong field shows the page again, and what the act is past is told.
async fn finish(frame: &Frame, act: &BulkAct, decision: &Decision, done: Result<()>, text: &str) -> Result<Response> {
    match done {
        Ok(()) => frame.done(frame.t.s(text)).await?,
        Err(error @ Error::Invalid(_)) => {
            let page = refused(frame, act, decision.typed(), error).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        Err(error) => tell(frame, error).await?,
    }
    Ok(Redirect::to(&act_href(act.id)).into_response())
}
