//! Deletes what has served its time: drafts of applications, kept answers of the API, links of customers, what rows of imports
//! say, webhooks that were delivered or given up.
//!
//! Nothing that proves an act is among it; audit log, cases and mails stay.

use chrono::Duration;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;

use super::cancel_import::{CancelImport, cancel_import};
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::imports::{self, ActiveModel as ImportChange};
use crate::models::{customer_links, idempotency_keys, import_rows, reissue_drafts, transaction, webhook_deliveries};
use crate::services::Services;

/// How long a repeated API write gets its first answer. The answers hold personal data.
const ANSWERS_KEPT: Duration = Duration::days(7);
/// How long an import waits for its rows.
const IMPORTS_OPEN: Duration = Duration::days(7);
/// How long rows that were refused can be taken out again, to be corrected.
const ROWS_KEPT: Duration = Duration::days(30);
/// How long a delivery can be sent once more.
const DELIVERIES_KEPT: Duration = Duration::days(30);

/// Safe to run at any time and on several nodes.
pub async fn purge(desk: &Services, now: DateTimeUtc) -> Result<()> {
    reissue_drafts::purge(&desk.db, now).await?;
    idempotency_keys::delete_before(&desk.db, now - ANSWERS_KEPT).await?;
    customer_links::delete_expired(&desk.db, now).await?;
    for id in imports::abandoned(&desk.db, now - IMPORTS_OPEN).await? {
        let input = CancelImport { id, started_too: false };
        match cancel_import(desk, input, &Actor::batch(), now).await {
            // Somebody started or cancelled it in this very moment; or nothing may be recorded now.
            Ok(_) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    for id in imports::to_blank(&desk.db, now - ROWS_KEPT).await? {
        blank(desk, id, now).await?;
    }
    webhook_deliveries::delete_before(&desk.db, now - DELIVERIES_KEPT).await?;
    Ok(())
}

async fn blank(desk: &Services, import_id: i64, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    import_rows::blank(&txn, import_id).await?;
    let change = ImportChange { blanked_at: Set(Some(now)), ..<ImportChange as Default>::default() };
    imports::change(&txn, import_id, change).await?;
    Ok(txn.commit().await?)
}
