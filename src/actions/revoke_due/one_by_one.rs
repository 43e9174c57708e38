//! Cases of a chunk that could not be taken in hand together, each on its own: one bad row must not block the others.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::chunk::Drain;
use super::tally::{Ending, Tally};
use crate::actions::guards::Facts;
use crate::actions::revoke_case::{RevokeCase, revoke_case};
use crate::domain::case::{CaseEvent, CaseState, ExecutionRefused};
use crate::errors::Result;
use crate::models::revocation_cases::{self, Case, advance};
use crate::models::transaction;

pub(super) async fn revoke_one_by_one(drain: &Drain, cases: &[Case]) -> Tally {
    let mut tally = Tally::default();
    for case in cases {
        if drain.stop.is_cancelled() {
            break;
        }
        let now = drain.desk.clock.now();
        let ending = match judge(drain, case.id, now).await {
            Ok(None) => {
                let order =
                    RevokeCase { case_id: case.id, today: drain.today, click: None, batch_run: Some(drain.run_id) };
                ending_of(revoke_case(&drain.desk, order, &drain.actor, now).await)
            }
            Ok(Some(ending)) => ending,
            Err(error) => ending_of(Err(error)),
        };
        tally.note(case.reception_number, &ending);
    }
    tally
}

/// Looks at the guards before anything is written. A confirmation that has grown too old goes back to the call.
async fn judge(drain: &Drain, case_id: i64, now: DateTimeUtc) -> Result<Option<Ending>> {
    let txn = transaction::begin(&drain.desk.db).await?;
    let case = revocation_cases::by_id(&txn, case_id).await?;
    let facts = Facts::of(&txn, std::slice::from_ref(&case)).await?;
    let Err(refused) = facts.check(&drain.desk, &case, drain.today)? else { return Ok(None) };
    if has_lapsed(&refused) {
        let change = revocation_cases::clear_lease;
        advance(&txn, &case, CaseEvent::ConfirmationLapsed, change, json!({}), &drain.actor, now).await?;
        txn.commit().await?;
    }
    Ok(Some(ending_of_refusal(&refused)))
}

/// Whether the case goes back to the call.
pub(super) fn has_lapsed(refused: &ExecutionRefused) -> bool {
    matches!(refused, ExecutionRefused::ConfirmationLapsed { .. })
}

pub(super) fn ending_of_refusal(refused: &ExecutionRefused) -> Ending {
    let code = refused.problem().code.to_owned();
    match refused {
        // Withdrawn, revoked or moved since the list was read; or back at the call.
        ExecutionRefused::ConfirmationLapsed { .. }
        | ExecutionRefused::NotConfirmed(_)
        | ExecutionRefused::NotDue { .. } => Ending::Skipped(code),
        ExecutionRefused::NoAuthorization
        | ExecutionRefused::AuthorizationVoid { .. }
        | ExecutionRefused::NoReplacement
        | ExecutionRefused::TargetDiffers
        | ExecutionRefused::TargetIsNewest => Ending::Failed(code),
    }
}

pub(super) fn ending_of(settled: Result<Case>) -> Ending {
    match settled {
        Ok(case) => match case.state {
            CaseState::Revoked | CaseState::Completed => Ending::Revoked,
            CaseState::Revoking => Ending::Failed("ca_unavailable".to_owned()),
            CaseState::OnHold => Ending::Failed("ca_refused".to_owned()),
            CaseState::AwaitingReissue
            | CaseState::AwaitingCall
            | CaseState::Confirmed
            | CaseState::Withdrawn
            | CaseState::Expired => Ending::Failed("unexpected_state".to_owned()),
        },
        Err(error) => Ending::of_error(error),
    }
}
