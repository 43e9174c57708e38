//! Freezes the list of cases that an act is going to be about. Nothing happens to them yet.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::bulk::{BulkKind, BulkOrigin, BulkState, check_size};
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::bulk_acts::{self, ActiveModel, BulkAct};
use crate::models::revocation_cases::{self, Case};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct PrepareBulk {
    pub kind: BulkKind,
    pub origin: BulkOrigin,
    /// How the list was narrowed down, or the name of the file. No personal data.
    pub conditions: String,
    /// In the order of the list; a number that is there twice counts once.
    pub cases: Vec<ReceptionNumber>,
}

/// The act with its cases as they are now. Refused without a case, with more than the limit, and for a number that no
/// case has.
pub async fn prepare_bulk(desk: &Services, input: PrepareBulk, actor: &Actor, now: DateTimeUtc) -> Result<BulkAct> {
    check_size(input.cases.len())?;
    let txn = transaction::begin(&desk.db).await?;
    let cases = in_order(revocation_cases::by_numbers(&txn, &input.cases).await?, &input.cases)?;
    let row = ActiveModel {
        kind: Set(input.kind),
        state: Set(BulkState::Prepared),
        version: Set(1),
        origin: Set(input.origin),
        conditions: Set(input.conditions),
        made_by: Set(actor.key()),
        made_by_name: Set(actor.name().to_owned()),
        made_at: Set(now),
        ..<ActiveModel as Default>::default()
    };
    let act = bulk_acts::insert(&txn, row, &cases).await?;
    let record = Act {
        action: "bulk_prepared",
        subject: act.audit_subject(),
        case_id: None,
        detail: json!({ "kind": act.kind.as_str(), "origin": act.origin.as_str(), "cases": cases.len() }),
    };
    audit_events::append(&txn, record, actor, now).await?;
    txn.commit().await?;
    Ok(act)
}

fn in_order(mut found: Vec<Case>, numbers: &[ReceptionNumber]) -> Result<Vec<Case>> {
    let mut cases = Vec::with_capacity(found.len());
    for number in numbers {
        if let Some(place) = found.iter().position(|case| case.reception_number == *number) {
            cases.push(found.swap_remove(place));
        } else if cases.iter().all(|case: &Case| case.reception_number != *number) {
            return Err(crate::errors::Error::not_found("case_not_found"));
        }
    }
    Ok(cases)
}
