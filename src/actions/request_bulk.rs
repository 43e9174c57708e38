//! Asks for the revocation of what can be revoked of a list, with a written ground. Another supervisor decides.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::bulk_verdicts::{Asked, verdicts};
use super::checks::check_ground;
use crate::domain::actor::Actor;
use crate::domain::bulk::{BulkKind, BulkOrder, BulkState};
use crate::domain::calendar::jst_date;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::bulk_acts::{self, BulkAct, Refusal};
use crate::models::columns::ItemOutcome;
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct RequestBulk {
    pub bulk_id: i64,
    pub version: i64,
    pub ground: String,
}

/// The act, waiting for its approval. What cannot be revoked now is left out and keeps its reason; refused when nothing
/// is left.
pub async fn request_bulk(desk: &Services, input: RequestBulk, actor: &Actor, now: DateTimeUtc) -> Result<BulkAct> {
    check_ground(&input.ground)?;
    let txn = transaction::begin(&desk.db).await?;
    let act = bulk_acts::by_id(&txn, input.bulk_id).await?;
    if act.version != input.version || act.kind != BulkKind::Revoke {
        return Err(Error::conflict("bulk_moved_on"));
    }
    let items = bulk_acts::items(&txn, act.id).await?;
    let asked = Asked { kind: act.kind, order: Some(BulkOrder::Revoke), today: jst_date(now) };
    let (mut held, mut left_out) = (0_usize, 0_usize);
    for verdict in verdicts(&txn, desk, items, asked).await? {
        match &verdict.possible {
            Ok(()) => held += 1,
            Err(problem) => {
                left_out += 1;
                let refusal = Refusal::of(problem);
                bulk_acts::settle(&txn, &verdict.item, ItemOutcome::LeftOut, Some(&refusal)).await?;
            }
        }
    }
    if held == 0 {
        return Err(Error::conflict("bulk_nothing_left"));
    }
    let requested = bulk_acts::advance(&txn, &act, BulkState::Prepared, BulkState::Requested, |row| {
        row.ground = Set(Some(input.ground.trim().to_owned()));
        row.requested_by = Set(Some(actor.key()));
        row.requested_by_name = Set(Some(actor.name().to_owned()));
        row.requested_at = Set(Some(now));
    })
    .await?;
    let record = Act {
        action: "bulk_requested",
        subject: act.audit_subject(),
        case_id: None,
        detail: json!({ "cases": held, "left_out": left_out }),
    };
    audit_events::append(&txn, record, actor, now).await?;
    txn.commit().await?;
    Ok(requested)
}
