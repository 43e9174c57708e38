//! Claims one named case for a call, or renews the claim of its holder.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::claim_next::{claimed_act, lease_terms};
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::case::CaseState;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::audit_events;
use crate::models::revocation_cases::{self, Case, Column, Entity};
use crate::models::transaction;
use crate::services::Services;

/// The case, held by `actor`; refused with the holder's name when another one was first.
pub async fn claim_case(desk: &Services, number: ReceptionNumber, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_reception_number(&txn, number).await?;
    let terms = lease_terms(&desk.calls_on(jst_date(now)));
    if let Some(renewed) = revocation_cases::renew_lease(&txn, &case, actor, terms, now).await? {
        txn.commit().await?;
        return Ok(renewed);
    }
    check_workable(&case)?;
    let free = Entity::find().filter(Column::Id.eq(case.id)).filter(revocation_cases::unheld(now));
    let Some(claimed) = revocation_cases::claim_first(&txn, free, actor, terms, now).await? else {
        return Err(held_by_another(&case));
    };
    audit_events::append(&txn, claimed_act(&claimed), actor, now).await?;
    txn.commit().await?;
    Ok(claimed)
}

fn check_workable(case: &Case) -> Result<()> {
    match case.state {
        CaseState::AwaitingReissue | CaseState::AwaitingCall | CaseState::Confirmed | CaseState::OnHold => Ok(()),
        CaseState::Revoking | CaseState::Revoked | CaseState::Completed | CaseState::Withdrawn | CaseState::Expired => {
            Err(Error::Conflict(Problem::new("case_not_workable").with("state", case.state.as_str())))
        }
    }
}

pub(super) fn held_by_another(case: &Case) -> Error {
    let name = case.lease_holder_name.as_deref().unwrap_or_default();
    Error::Conflict(Problem::new("held_by_another").with("name", name))
}
