//! Sends what is due to the receivers of webhooks.
//!
//! A receiver is in the hand of one sender at a time, for one page of deliveries; then it is another's turn, so that none
//! waits for a slow one. The steps of a case reach a receiver in their order; between cases there is none. What a killed
//! process has sent and not recorded is sent again, with the same id.

mod attempt;
mod gone;

use std::time::Duration;

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use sea_orm::prelude::DateTimeUtc;
use tokio::task::JoinSet;
use tracing::Instrument;

use self::attempt::{Attempt, attempt};
pub(super) use self::attempt::{secrets, signatures};
use self::gone::switch_off;
use crate::domain::actor::Actor;
use crate::domain::webhook::{Answer, DeliveryStatus, rest};
use crate::errors::{Error, Result};
use crate::models::webhooks::Webhook;
use crate::models::{halts, instant, webhook_deliveries, webhooks};
use crate::services::Services;

/// Receivers that are served at the same time, by each process.
const RECEIVERS: usize = 8;
/// Deliveries to one receiver that are under way at the same time.
const AT_ONCE: usize = 4;
/// Deliveries of one turn.
const PAGE: usize = 32;
/// For how long a receiver is in one sender's hand. A turn takes PAGE / AT_ONCE times the patience with one delivery
/// (10 s) at most.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Between two looks for receivers that something has become due for, while others are being served.
const LOOK: Duration = Duration::from_secs(1);

/// What became of the deliveries of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub delivered: u64,
    pub put_off: u64,
    pub given_up: u64,
}

/// Sends until nothing is due; safe beside other runs. Takes the clock of the desk, because leases must be right however
/// long the run lasts. Once the desk is asked to end, what is under way is finished and no turn is begun.
pub async fn send_webhooks(desk: &Services, actor: &Actor) -> Result<Counts> {
    halts::refuse(&desk.db).await?;
    let mut counts = Counts::default();
    let mut turns: JoinSet<Result<Counts>> = JoinSet::new();
    loop {
        if turns.len() < RECEIVERS && !desk.stop.is_cancelled() {
            for claimed in claim(desk, RECEIVERS - turns.len()).await? {
                let (desk, actor) = (desk.clone(), actor.clone());
                turns.spawn(async move { turn(&desk, claimed, &actor).await }.in_current_span());
            }
        }
        if turns.is_empty() {
            return Ok(counts);
        }
        tokio::select! {
            Some(ended) = turns.join_next() => counts.add(ended.map_err(Error::internal)?),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn claim(desk: &Services, receivers: usize) -> Result<Vec<Webhook>> {
    let now = instant::of_leases(&desk.db, desk.clock).await?;
    Ok(webhooks::claim(&desk.db, receivers, now + LEASE, now).await?)
}

/// One page for one receiver. After a fault it stays in our hand until the lease ends: another try would fail as well.
async fn turn(desk: &Services, mut hook: Webhook, actor: &Actor) -> Result<Counts> {
    let begun = instant::of_leases(&desk.db, desk.clock).await?;
    let secrets = secrets(desk, &hook, begun)?;
    let page = webhook_deliveries::due(&desk.db, hook.id, PAGE as u64, begun).await?;
    let url = hook.url.clone();
    let mut attempts =
        stream::iter(page).map(|delivery| attempt(desk, &url, &secrets, delivery)).buffer_unordered(AT_ONCE);
    let mut counts = Counts::default();
    while let Some(ended) = attempts.next().await {
        fail::fail_point!("webhooks::sent");
        let now = instant::of_leases(&desk.db, desk.clock).await?;
        counts.count(record(desk, &hook, &ended, now).await?);
        note(desk, &mut hook, &ended, now).await?;
        if ended.answer == Answer::Gone {
            switch_off(desk, &hook, actor, now).await?;
        }
        // What is not begun stays as it is; what is under way has its answer thrown away, and comes again.
        if ended.answer == Answer::Gone || hook.rest_until.is_some() || desk.stop.is_cancelled() {
            break;
        }
    }
    drop(attempts);
    webhooks::release(&desk.db, &hook, instant::of_leases(&desk.db, desk.clock).await?).await?;
    Ok(counts)
}

async fn record(desk: &Services, hook: &Webhook, ended: &Attempt, now: DateTimeUtc) -> Result<Option<DeliveryStatus>> {
    let ending = ended.ending(now);
    let written = webhook_deliveries::record(&desk.db, &ended.delivery, hook.fence, ending, now).await?;
    if ending.status == DeliveryStatus::GivenUp {
        tracing::error!(webhook.id = hook.id, delivery = ended.delivery.message_id, "a webhook was given up");
    }
    Ok(written.then_some(ending.status))
}

/// Nothing is written while all goes well.
async fn note(desk: &Services, hook: &mut Webhook, ended: &Attempt, now: DateTimeUtc) -> Result<()> {
    let before = u32::try_from(hook.failures).unwrap_or(u32::MAX);
    let failures = ended.answer.failures_after(before);
    if (before, failures) == (0, 0) {
        return Ok(());
    }
    let seed = u64::try_from(hook.id).unwrap_or_default();
    let rest_until = rest(failures, seed).map(|rest| now + rest);
    webhooks::note(&desk.db, hook, failures, rest_until, now).await?;
    if let Some(until) = rest_until {
        let answer = ended.answer.as_str();
        tracing::warn!(webhook.id = hook.id, answer, %until, "a receiver of webhooks is left alone");
    }
    hook.failing_since = if failures == 0 { None } else { hook.failing_since.or(Some(now)) };
    (hook.failures, hook.rest_until) = (failures.into(), rest_until);
    Ok(())
}

impl Counts {
    fn count(&mut self, written: Option<DeliveryStatus>) {
        match written {
            // Somebody else has the receiver in hand.
            None => {}
            Some(DeliveryStatus::Delivered) => self.delivered += 1,
            Some(DeliveryStatus::Waiting) => self.put_off += 1,
            Some(DeliveryStatus::GivenUp) => self.given_up += 1,
        }
    }

    fn add(&mut self, turn: Result<Self>) {
        match turn {
            Ok(Self { delivered, put_off, given_up }) => {
                self.delivered += delivered;
                self.put_off += put_off;
                self.given_up += given_up;
            }
            Err(error) => tracing::error!(cause = %error, "a receiver of webhooks could not be served"),
        }
    }
}
