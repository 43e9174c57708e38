//! A run as it goes on, told to the browsers that look at its page (server-sent events).
//!
//! One poller of this process reads the rows of all runs that are looked at, whichever node works on them, and hands
//! them to any number of browsers up to [`SEATS`]. A stream ends with its run, with its session and with the process.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream::{self, Stream};
use loco_rs::app::AppContext;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower_sessions::Session;

use super::batches::progress;
use super::frame::Frame;
use crate::controllers::extractors::{Path, session_of};
use crate::controllers::session_store;
use crate::errors::{Error, Result};
use crate::messages::Texts;
use crate::models::batch_runs::{self, BatchRun};
use crate::models::columns::RunStatus;
use crate::models::sessions;
use crate::services::Services;

/// Streams of this process at the same time. Who comes later has the page and its 更新.
const SEATS: usize = 64;
/// Between two looks at the rows.
const POLL: Duration = Duration::from_secs(1);
/// Between two looks whether the session still lives.
const SESSION: Duration = Duration::from_secs(5);
/// A comment, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The runs that browsers look at. One per process; cheap to clone.
#[derive(Clone)]
pub struct RunFeed {
    watched: Arc<Mutex<Watched>>,
    seats: Arc<Semaphore>,
}

#[derive(Default)]
struct Watched {
    runs: HashMap<i64, watch::Sender<BatchRun>>,
    polling: bool,
}

impl Default for RunFeed {
    fn default() -> Self {
        Self { watched: Arc::default(), seats: Arc::new(Semaphore::new(SEATS)) }
    }
}

impl FromRequestParts<AppContext> for RunFeed {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, ctx: &AppContext) -> Result<Self> {
        ctx.shared_store.get().ok_or_else(|| Error::internal("the feed of runs was not set up"))
    }
}

impl RunFeed {
    /// Follows a run from how it stands now.
    fn follow(&self, desk: &Services, run: BatchRun) -> watch::Receiver<BatchRun> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = watched.runs.entry(run.id).or_insert_with(|| watch::Sender::new(run));
        let receiver = sender.subscribe();
        if !watched.polling {
            watched.polling = true;
            let (feed, desk) = (self.clone(), desk.clone());
            let services = desk.clone();
            services.spawn(async move { feed.poll(desk).await });
        }
        receiver
    }

    /// Until nobody looks any more, or the process is asked to end.
    async fn poll(self, desk: Services) {
        while desk.stop.run_until_cancelled(tokio::time::sleep(POLL)).await.is_some() {
            let Some(ids) = self.looked_at() else { return };
            let rows = batch_runs::Entity::find().filter(batch_runs::Column::Id.is_in(ids)).all(&desk.probe).await;
            match rows {
                Ok(rows) => self.tell(rows),
                Err(error) => tracing::warn!(cause = %error, "the runs that are looked at could not be read"),
            }
        }
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        *watched = Watched::default();
    }

    /// `None`: nobody looks, and the poller has ended with this answer.
    fn looked_at(&self) -> Option<Vec<i64>> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.runs.retain(|_, sender| sender.receiver_count() > 0);
        if watched.runs.is_empty() {
            watched.polling = false;
            return None;
        }
        Some(watched.runs.keys().copied().collect())
    }

    fn tell(&self, rows: Vec<BatchRun>) {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            if let Some(sender) = watched.runs.get(&row.id) {
                sender.send_if_modified(|known| {
                    let news = *known != row;
                    *known = row;
                    news
                });
            }
        }
    }
}

/// `GET /desk/batches/{id}/events`. No content tells a browser not to ask again.
pub async fn show(frame: Frame, feed: RunFeed, id: SessionId, Path(run): Path<i64>) -> Result<Response> {
    let run = batch_runs::by_id(&frame.desk.db, run).await?;
    let Ok(seat) = feed.seats.clone().try_acquire_owned() else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let Some(session) = id.0 else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let receiver = feed.follow(&frame.desk, run);
    let stream =
        events(Audience { desk: frame.desk, t: frame.t, session, receiver, first: true, over: false, _seat: seat });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    // A proxy that gathers answers would tell everything at the end.
    Ok(([("x-accel-buffering", "no")], Sse::new(stream).keep_alive(keep_alive)).into_response())
}

/// One browser.
struct Audience {
    desk: Services,
    t: Texts,
    /// Hash of the session's id.
    session: String,
    receiver: watch::Receiver<BatchRun>,
    first: bool,
    over: bool,
    _seat: OwnedSemaphorePermit,
}

fn events(audience: Audience) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(audience, |mut audience| async move {
        if audience.over || !audience.has_news().await {
            return None;
        }
        let run = audience.receiver.borrow_and_update().clone();
        audience.over = run.status != RunStatus::Running;
        let told = progress(audience.t, &run, audience.desk.clock.now());
        let name = if audience.over { "end" } else { "progress" };
        let event = Event::default().event(name).json_data(told).unwrap_or_default();
        Some((Ok(event), audience))
    })
}

impl Audience {
    /// Waits for the next thing to tell; `false` when nothing more is to be told here.
    async fn has_news(&mut self) -> bool {
        if std::mem::take(&mut self.first) {
            return true;
        }
        loop {
            tokio::select! {
                () = self.desk.stop.cancelled() => return false,
                changed = self.receiver.changed() => return changed.is_ok(),
                () = tokio::time::sleep(SESSION) => {
                    if !self.is_logged_in().await {
                        return false;
                    }
                }
            }
        }
    }

    /// A database that does not answer just now logs nobody out.
    async fn is_logged_in(&self) -> bool {
        let now = self.desk.clock.now();
        let found = sessions::Entity::find_live(&self.desk.probe, &self.session, now).await;
        found.map_or(true, |session| session.is_some())
    }
}

/// The hash of the session's id, as the table keeps it.
pub struct SessionId(Option<String>);

impl FromRequestParts<AppContext> for SessionId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
        let session: Session = session_of(parts)?;
        Ok(Self(session.id().map(|id| session_store::hash(&id))))
    }
}
