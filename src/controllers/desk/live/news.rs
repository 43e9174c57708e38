//! That something has happened at the desk: the end of the audit log has moved. What it was, a page asks for itself.

use std::convert::Infallible;

use axum::response::{Response, sse::Event};
use futures::stream::{self, Stream};
use sea_orm::DbErr;

use super::{Feed, Listener, SessionId, Watched, answer};
use crate::controllers::desk::frame::Frame;
use crate::errors::Result;
use crate::models::audit_events;
use crate::services::Services;

/// There is one audit log.
const LOG: i64 = 0;

/// The number of the newest event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest(i64);

pub type NewsFeed = Feed<Newest>;

impl Watched for Newest {
    async fn read(desk: &Services, _: Vec<i64>) -> Result<Vec<(i64, Self)>, DbErr> {
        let (sequence, _) = audit_events::head(&desk.probe).await?;
        Ok(vec![(LOG, Self(sequence))])
    }
}

/// `GET /desk/news/events`
pub async fn show(frame: Frame, feed: NewsFeed, id: SessionId) -> Result<Response> {
    let (sequence, _) = audit_events::head(&frame.desk.db).await?;
    Ok(answer(feed.listen(&frame.desk, id, LOG, Newest(sequence)).map(events)))
}

fn events(listener: Listener<Newest>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listener, |mut listener| async move {
        let Newest(sequence) = listener.news().await?;
        let event = Event::default().event("news").id(sequence.to_string()).data(sequence.to_string());
        Some((Ok(event), listener))
    })
}
