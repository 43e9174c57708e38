//! Takes up at once what a run could not finish, instead of waiting for the next look.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::revoke_due::failed_in;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::{batch_runs, case_chunks, transaction};
use crate::services::Services;

/// How many cases will be taken up by the run that the caller begins. Refused when there is none.
pub async fn retry_run(desk: &Services, run_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<u64> {
    let txn = transaction::begin(&desk.db).await?;
    let run = batch_runs::by_id(&txn, run_id).await?;
    let cases = case_chunks::retryable(&txn, failed_in(&run)).await?;
    if cases.is_empty() {
        return Err(Error::conflict("nothing_to_retry"));
    }
    let number = cases.len();
    case_chunks::look_now(&txn, cases.iter().map(|case| case.id).collect(), now).await?;
    let subject = format!("batch_run:{run_id}");
    let act = Act { action: "run_retried", subject, case_id: None, detail: json!({ "cases": number }) };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(number as u64)
}
