//! What goes on, told to the browsers that look at it (server-sent events).
//!
//! One poller of this process reads what is looked at, whichever node works on it, and hands it to any number of browsers
//! up to [`SEATS`]. A stream ends with its session and with the process. No page depends on it.

pub mod news;
pub mod runs;

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
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
use futures::stream::Stream;
use loco_rs::app::AppContext;
use sea_orm::DbErr;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower_sessions::Session;

use crate::controllers::extractors::session_of;
use crate::controllers::session_store;
use crate::errors::{Error, Result};
use crate::models::sessions;
use crate::services::Services;

/// Streams of a kind and process at the same time. Who comes later has the page and its 更新.
const SEATS: usize = 128;
/// Between two looks at the rows.
const POLL: Duration = Duration::from_secs(1);
/// Between two looks whether the session still lives.
const SESSION: Duration = Duration::from_secs(5);
/// A comment, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Something that is read again and again while somebody looks at it.
pub trait Watched: Clone + PartialEq + Send + Sync + 'static {
    /// How these stand now, each with its id.
    fn read(desk: &Services, ids: Vec<i64>) -> impl Future<Output = Result<Vec<(i64, Self)>, DbErr>> + Send;
}

/// What browsers look at. One per kind and process; cheap to clone.
#[derive(Clone)]
pub struct Feed<T> {
    looks: Arc<Mutex<Looks<T>>>,
    seats: Arc<Semaphore>,
}

struct Looks<T> {
    at: HashMap<i64, watch::Sender<T>>,
    polling: bool,
}

impl<T> Default for Looks<T> {
    fn default() -> Self {
        Self { at: HashMap::new(), polling: false }
    }
}

impl<T> Default for Feed<T> {
    fn default() -> Self {
        Self { looks: Arc::default(), seats: Arc::new(Semaphore::new(SEATS)) }
    }
}

impl<T: Watched> FromRequestParts<AppContext> for Feed<T> {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, ctx: &AppContext) -> Result<Self> {
        ctx.shared_store.get().ok_or_else(|| Error::internal("a feed was not set up"))
    }
}

impl<T: Watched> Feed<T> {
    /// A place to listen from, beginning with how it stands now. `None`: all are taken, or nobody is logged in.
    fn listen(&self, desk: &Services, session: SessionId, id: i64, now: T) -> Option<Listener<T>> {
        let seat = self.seats.clone().try_acquire_owned().ok()?;
        let receiver = self.follow(desk, id, now);
        Some(Listener { desk: desk.clone(), session: session.0?, receiver, first: true, _seat: seat })
    }

    fn follow(&self, desk: &Services, id: i64, now: T) -> watch::Receiver<T> {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = looks.at.entry(id).or_insert_with(|| watch::Sender::new(now)).subscribe();
        if !looks.polling {
            looks.polling = true;
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
            match T::read(&desk, ids).await {
                Ok(found) => self.tell(found),
                Err(error) => tracing::warn!(cause = %error, "what is looked at could not be read"),
            }
        }
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        *looks = Looks::default();
    }

    /// `None`: nobody looks, and the poller has ended with this answer.
    fn looked_at(&self) -> Option<Vec<i64>> {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        looks.at.retain(|_, sender| sender.receiver_count() > 0);
        if looks.at.is_empty() {
            looks.polling = false;
            return None;
        }
        Some(looks.at.keys().copied().collect())
    }

    fn tell(&self, found: Vec<(i64, T)>) {
        let looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, now) in found {
            if let Some(sender) = looks.at.get(&id) {
                sender.send_if_modified(|known| {
                    let news = *known != now;
                    *known = now;
                    news
                });
            }
        }
    }
}

/// One browser.
struct Listener<T> {
    desk: Services,
    /// Hash of the session's id.
    session: String,
    receiver: watch::Receiver<T>,
    first: bool,
    _seat: OwnedSemaphorePermit,
}

impl<T: Watched> Listener<T> {
    /// The next thing to tell; `None` when nothing more is to be told here.
    async fn news(&mut self) -> Option<T> {
        let told = std::mem::take(&mut self.first) || self.has_changed().await;
        told.then(|| self.receiver.borrow_and_update().clone())
    }

    async fn has_changed(&mut self) -> bool {
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

/// The answer to a browser that listens. Without events it is told not to ask again.
fn answer(events: Option<impl Stream<Item = Result<Event, Infallible>> + Send + 'static>) -> Response {
    let Some(events) = events else { return StatusCode::NO_CONTENT.into_response() };
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    // A proxy that gathers answers would tell everything at the end.
    ([("x-accel-buffering", "no")], Sse::new(events).keep_alive(keep_alive)).into_response()
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
