//! What follows a revocation: the CRL is published, the proof is looked for, the customer is told.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use tokio_util::sync::CancellationToken;

use super::prove::prove_telling;
use super::publish_revocations::publish_revocations;
use super::record_run::{Run, record_run};
use super::send_messages::{self, Sender, send_messages_telling};
use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::batch_runs::Counts;
use crate::models::columns::RunCause;
use crate::models::{halts, outbox};
use crate::services::Services;

/// What came of each step. A step that fails does not keep the next one from being tried.
#[derive(Debug)]
pub struct FollowUp {
    pub published: Result<()>,
    pub proven: Result<Counts>,
    pub sent: Result<Counts>,
}

/// Publishes, proves and sends, in this order. Once `stop` is set, no further mail is begun.
pub async fn follow_up(
    desk: &Services,
    today: NaiveDate,
    cause: RunCause,
    stop: &CancellationToken,
    actor: &Actor,
    now: DateTimeUtc,
) -> FollowUp {
    follow_up_telling(desk, (today, cause), stop, &|_| (), actor, now).await
}

/// The same; `progress` is told the counts of what is proven, then of what is mailed.
pub(super) async fn follow_up_telling(
    desk: &Services,
    (today, cause): (NaiveDate, RunCause),
    stop: &CancellationToken,
    progress: &(dyn Fn(Counts) + Send + Sync),
    actor: &Actor,
    now: DateTimeUtc,
) -> FollowUp {
    let published = publish_revocations(desk, now).await.map(drop);
    // The CRL's thisUpdate is `now`: judged a moment later, it does not lie in the future.
    let proving = Run { task: "prove", today, cause };
    let work = prove_telling(desk, actor, desk.clock.now(), progress);
    let proven = record_run(desk, proving, work, actor, now).await;
    let sending = Run { task: "send_messages", today, cause };
    let sent = record_run(desk, sending, send_telling(desk, stop, progress), actor, now).await;
    FollowUp { published, proven, sent }
}

/// Sends what is due, unless the desk is halted. Counts: done = sent, skipped = put off, failed = undeliverable.
pub async fn send(desk: &Services, stop: &CancellationToken) -> Result<Counts> {
    sent(desk, stop, &|_| ()).await
}

/// The same; `progress` is told the counts, with what waits at the beginning as its target.
async fn send_telling(
    desk: &Services,
    stop: &CancellationToken,
    progress: &(dyn Fn(Counts) + Send + Sync),
) -> Result<Counts> {
    let waiting = count(outbox::count_due(&desk.db, desk.clock.now()).await?);
    sent(desk, stop, &|counts| progress(Counts { target: waiting.max(counts.target), ..counts })).await
}

async fn sent(desk: &Services, stop: &CancellationToken, progress: &(dyn Fn(Counts) + Send + Sync)) -> Result<Counts> {
    halts::refuse(&desk.db).await?;
    let sender = Sender::from_settings(&desk.settings)?;
    let tell = |so_far| progress(as_run(so_far));
    let ended = send_messages_telling(&desk.db, &desk.transport, &sender, stop, desk.clock, &tell).await?;
    desk.metrics.mails(&ended.by_end());
    Ok(as_run(ended))
}

fn as_run(mails: send_messages::Counts) -> Counts {
    Counts {
        target: count(mails.sent + mails.retried + mails.failed + mails.superseded),
        done: count(mails.sent),
        failed: count(mails.failed),
        skipped: count(mails.retried + mails.superseded),
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
