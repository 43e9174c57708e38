//! The preview of an act on many cases: what it would come to for each, looked at now. Changes nothing.

use chrono::NaiveDate;

pub use super::bulk_verdicts::Verdict;
use super::bulk_verdicts::{Asked, verdicts};
use crate::domain::bulk::BulkOrder;
use crate::errors::Result;
use crate::models::bulk_acts::{self, BulkAct, BulkItem};
use crate::services::Services;

/// A verdict for each case that is still open in the act, and the cases whose end is written already.
pub async fn judge_bulk(
    desk: &Services,
    act: &BulkAct,
    order: Option<BulkOrder>,
    today: NaiveDate,
) -> Result<(Vec<Verdict>, Vec<BulkItem>)> {
    let items = bulk_acts::items(&desk.db, act.id).await?;
    let (open, settled): (Vec<_>, Vec<_>) = items.into_iter().partition(BulkItem::is_open);
    let asked = Asked { kind: act.kind, order, today };
    Ok((verdicts(&desk.db, desk, open, asked).await?, settled))
}
