//! Who takes part in a run: the first to ring starts it, the others join while it goes on.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use sea_orm::prelude::DateTimeUtc;
use tracing::Span;

use super::{RevokeDue, SIGN_OF_LIFE};
use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::batch_runs::{self, BatchRun, Counts, NewRun};
use crate::models::instant;
use crate::services::Services;

/// Between two looks at a run that somebody else prepares.
const PREPARING: Duration = Duration::from_millis(500);

/// How this process takes part.
pub(in crate::actions) enum Part {
    /// It prepares the run, judges the brake and opens it to others.
    Started(BatchRun),
    Joined(BatchRun),
}

impl Part {
    pub(in crate::actions) fn run(&self) -> &BatchRun {
        match self {
            Self::Started(run) | Self::Joined(run) => run,
        }
    }

    /// Lines of the log that are written within carry the run's number.
    pub(in crate::actions) fn span(&self) -> Span {
        let node = batch_runs::node_name();
        tracing::info_span!("run", job = "revoke_due", node, batch.run = self.run().id)
    }
}

/// Starts a run or joins today's. `None`: today's scheduled run is over, or was stopped by the brake.
pub(in crate::actions) async fn take_part(
    desk: &Services,
    input: &RevokeDue<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Option<Part>> {
    loop {
        let new = NewRun {
            task: "revoke_due",
            business_date: input.today,
            started_by: actor.key(),
            cause: input.cause,
            dry_run: input.dry_run,
            target: 0,
        };
        if let Some(run) = batch_runs::prepare(&desk.db, new, now).await? {
            return Ok(Some(Part::Started(run)));
        }
        let Some(run) = batch_runs::running_of(&desk.db, "revoke_due", input.today).await? else { return Ok(None) };
        let now = instant::of_leases(&desk.db, desk.clock).await?;
        if let Some(run) = batch_runs::join(&desk.db, &run, now).await? {
            tracing::info!(batch.run = run.id, batch.workers = run.workers, "took part in the run");
            return Ok(Some(Part::Joined(run)));
        }
        if input.stop.run_until_cancelled(tokio::time::sleep(PREPARING)).await.is_none() {
            return Ok(None);
        }
    }
}

/// Does `work` while the run of `part` shows that somebody is at it.
pub(in crate::actions) async fn with_signs_of_life<T>(
    desk: &Services,
    part: Option<&Part>,
    work: impl Future<Output = T>,
) -> T {
    let Some(run) = part.map(Part::run) else { return work.await };
    tokio::select! {
        done = work => done,
        never = signs_of_life(desk, run) => match never {},
    }
}

/// Gives signs of life for ever.
async fn signs_of_life(desk: &Services, run: &BatchRun) -> Infallible {
    loop {
        tokio::time::sleep(SIGN_OF_LIFE).await;
        if let Err(error) = sign(desk, run).await {
            tracing::warn!(batch.run = run.id, cause = %error, "no sign of life could be given");
        }
    }
}

async fn sign(desk: &Services, run: &BatchRun) -> Result<()> {
    let now = instant::of_leases(&desk.db, desk.clock).await?;
    Ok(batch_runs::add(&desk.db, run.id, Counts::default(), now).await?)
}
