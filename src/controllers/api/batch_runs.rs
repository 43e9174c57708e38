//! Runs of the batch: started by hand and watched.

use axum::{Json, http::StatusCode, http::header, response::IntoResponse, response::Response};
use chrono::NaiveDate;

use super::{
    body::Body,
    lists::{after_id, created, cut, limit},
};
use crate::{
    actions::{revoke_due::RevokeDue, run_revocations::run_revocations},
    controllers::extractors::{ApiCaller, Path, Query},
    domain::{actor::Actor, calendar::jst_date, problem::Problem, role::Permission},
    errors::{Error, Result},
    models::{batch_runs, case_chunks::count_due, columns::RunCause},
    services::Services,
    views::api::{
        Page,
        batch_runs::{BatchRun, BatchRunQuery, NewBatchRun},
        words,
    },
};

/// A run of more cases than this is not waited for.
const WAITED_FOR: u64 = 200;

/// Run a task now
///
/// Answers with the finished run; a long run goes on in the background (202) and shows in the list.
#[utoipa::path(post, path = "/batch_runs", request_body = NewBatchRun,
    responses((status = 201, body = BatchRun), (status = 202)))]
pub async fn run(desk: Services, caller: ApiCaller, Body(new): Body<NewBatchRun>) -> Result<Response> {
    caller.require(Permission::RunBatch)?;
    if new.task != words::REVOKE_DUE {
        return Err(Problem::on("task", "task_unknown").with("value", new.task).into());
    }
    let today = new.as_of.unwrap_or_else(|| jst_date(desk.clock.now()));
    let due = count_due(&desk.db, today).await?;
    let actor = caller.actor();
    if due > WAITED_FOR {
        let background = desk.clone();
        desk.spawn(async move {
            if let Err(error) = ring(&background, today, new.dry_run, &actor).await {
                tracing::error!(cause = %error, "a batch run started over the API failed");
            }
        });
        let list = "/api/v1/batch_runs?task=revoke_due&limit=1";
        return Ok((StatusCode::ACCEPTED, [(header::LOCATION, list)]).into_response());
    }
    let run = ring(&desk, today, new.dry_run, &actor).await?;
    Ok(created(&format!("/api/v1/batch_runs/{}", run.id), run))
}

async fn ring(desk: &Services, today: NaiveDate, dry_run: bool, actor: &Actor) -> Result<BatchRun> {
    let input =
        RevokeDue { today, cause: RunCause::Api, dry_run, brake_lifted: false, stop: &desk.stop, progress: &|_| {} };
    let ran = run_revocations(desk, input, actor, desk.clock.now()).await?;
    ran.run.map(BatchRun::from).ok_or_else(|| Error::conflict("batch_run_taken"))
}

/// List runs, newest first
#[utoipa::path(get, path = "/batch_runs", params(BatchRunQuery), responses((status = 200, body = Page<BatchRun>)))]
pub async fn list(
    desk: Services,
    caller: ApiCaller,
    Query(query): Query<BatchRunQuery>,
) -> Result<Json<Page<BatchRun>>> {
    caller.require(Permission::ReadCases)?;
    let (before, limit) = (after_id(query.after.as_deref())?, limit(query.limit.as_deref())?);
    let tasks: Vec<&str> = query.task.as_deref().into_iter().collect();
    let mut rows = batch_runs::newest(&desk.db, &tasks, before, limit + 1).await?;
    let next = cut(&mut rows, limit, |row| row.id.to_string());
    Ok(Json(Page { items: rows.into_iter().map(BatchRun::from).collect(), next }))
}

/// Show a run
#[utoipa::path(get, path = "/batch_runs/{id}", params(("id" = i64, Path)), responses((status = 200, body = BatchRun)))]
pub async fn show(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<BatchRun>> {
    caller.require(Permission::ReadCases)?;
    Ok(Json(batch_runs::by_id(&desk.db, id).await?.into()))
}
