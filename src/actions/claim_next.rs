//! Claims the next case to phone.

use chrono::Duration;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::case::CaseState;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::case_queue;
use crate::models::revocation_cases::{self, Case, Column, Entity, LeaseTerms};
use crate::models::transaction;
use crate::services::Services;
use crate::settings::Settings;

/// Takes the first callable case in queue order for `actor`; `None` when nobody needs a call now.
///
/// One statement takes it, so two agents never get the same case.
pub async fn claim_next(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Option<Case>> {
    let txn = transaction::begin(&desk.db).await?;
    let waiting = Entity::find().filter(callable(desk, now)).filter(revocation_cases::unheld(now));
    let queue = case_queue::in_call_order(waiting, jst_date(now), now);
    let claimed = revocation_cases::claim_first(&txn, queue, actor, lease_terms(&desk.settings), now).await?;
    if let Some(case) = &claimed {
        audit_events::append(&txn, claimed_act(case), actor, now).await?;
    }
    txn.commit().await?;
    Ok(claimed)
}

/// Cases that may be phoned at `now`, whoever holds them: their day has come, and no later time was promised. Reported
/// key compromises have no gate; they wait for the click, and are shown first.
pub fn callable(desk: &Services, now: DateTimeUtc) -> Condition {
    let last_due_day = desk.calendar().add_business_days(jst_date(now), desk.settings.calls.window_business_days);
    let to_be_phoned = Condition::all()
        .add(Column::State.eq(CaseState::AwaitingCall))
        .add(Column::DueOn.lte(last_due_day))
        .add(Condition::any().add(Column::NextCallAt.is_null()).add(Column::NextCallAt.lte(now)));
    let compromised =
        Condition::all().add(Column::State.eq(CaseState::Confirmed)).add(Column::CompromiseReportedAt.is_not_null());
    let any = Condition::any().add(to_be_phoned).add(compromised);
    Condition::all().add(Column::Id.in_subquery(case_queue::ids_for_desk(last_due_day))).add(any)
}

pub(super) fn lease_terms(settings: &Settings) -> LeaseTerms {
    LeaseTerms {
        lease: Duration::minutes(i64::from(settings.calls.lease_minutes)),
        hard_stop: Duration::minutes(i64::from(settings.calls.lease_hard_stop_minutes)),
    }
}

pub(super) fn claimed_act(case: &Case) -> Act<'static> {
    Act {
        action: "claimed",
        subject: case.audit_subject(),
        case_id: Some(case.id),
        detail: json!({ "until": case.lease_until }),
    }
}
