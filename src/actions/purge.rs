//! Deletes what has served its time: drafts of applications, kept answers of the API, links of customers, webhooks that
//! were delivered or given up.
//!
//! Nothing that proves an act is among it; audit log, cases and mails stay.

use chrono::Duration;
use sea_orm::prelude::DateTimeUtc;

use crate::errors::Result;
use crate::models::{customer_links, idempotency_keys, reissue_drafts, webhook_deliveries};
use crate::services::Services;

/// How long a repeated API write gets its first answer. The answers hold personal data.
const ANSWERS_KEPT: Duration = Duration::days(7);
/// How long a delivery can be sent once more.
const DELIVERIES_KEPT: Duration = Duration::days(30);

/// Safe to run at any time and on several nodes.
pub async fn purge(desk: &Services, now: DateTimeUtc) -> Result<()> {
    reissue_drafts::purge(&desk.db, now).await?;
    idempotency_keys::delete_before(&desk.db, now - ANSWERS_KEPT).await?;
    customer_links::delete_expired(&desk.db, now).await?;
    webhook_deliveries::delete_before(&desk.db, now - DELIVERIES_KEPT).await?;
    Ok(())
}
