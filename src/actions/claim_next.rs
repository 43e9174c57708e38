//! Claims the next case to phone.

use chrono::Duration;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ColumnTrait, Condition};
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::call_rules::CallRules;
use crate::domain::case::CaseState;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::case_queue::CallOrder;
use crate::models::revocation_cases::{self, Case, Column, LeaseTerms};
use crate::models::transaction;
use crate::services::Services;

/// More than agents that ask at the same instant: what another one is just taking is passed over.
const LOOKED_AT: u64 = 100;

/// Takes the first callable case in queue order for `actor`; `None` when nobody needs a call now.
///
/// One statement takes it, so two agents never get the same case.
pub async fn claim_next(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Option<Case>> {
    let txn = transaction::begin(&desk.db).await?;
    let today = jst_date(now);
    let last_day = desk.calendar().add_business_days(today, desk.calls_on(today).window_business_days);
    let callable = Condition::all().add(revocation_cases::unheld(now)).add(its_time_has_come(now));
    let queue = CallOrder { today, now, last_day }.first(&callable, LOOKED_AT);
    let claimed = revocation_cases::claim_first(&txn, queue, actor, lease_terms(&desk.calls_on(today)), now).await?;
    if let Some(case) = &claimed {
        audit_events::append(&txn, claimed_act(case), actor, now).await?;
    }
    txn.commit().await?;
    Ok(claimed)
}

/// No later time was promised, or the click does not wait for it.
fn its_time_has_come(now: DateTimeUtc) -> Condition {
    Condition::any()
        .add(Column::NextCallAt.is_null())
        .add(Column::NextCallAt.lte(now))
        .add(Column::State.eq(CaseState::Confirmed))
}

pub(super) fn lease_terms(rules: &CallRules) -> LeaseTerms {
    LeaseTerms {
        lease: Duration::minutes(i64::from(rules.lease_minutes)),
        hard_stop: Duration::minutes(i64::from(rules.lease_hard_stop_minutes)),
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
