//! A run as it goes on. Its stream ends with it.

use std::convert::Infallible;

use axum::response::{Response, sse::Event};
use futures::stream::{self, Stream};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{Feed, Listener, SessionId, Watched, answer};
use crate::controllers::desk::batches::progress;
use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::Path;
use crate::errors::Result;
use crate::messages::Texts;
use crate::models::batch_runs::{self, BatchRun};
use crate::models::columns::RunStatus;
use crate::services::Services;

pub type RunFeed = Feed<BatchRun>;

impl Watched for BatchRun {
    async fn read(desk: &Services, ids: Vec<i64>) -> Result<Vec<(i64, Self)>, DbErr> {
        let rows = batch_runs::Entity::find().filter(batch_runs::Column::Id.is_in(ids)).all(&desk.probe).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// `GET /desk/batches/{id}/events`
pub async fn show(frame: Frame, feed: RunFeed, id: SessionId, Path(run): Path<i64>) -> Result<Response> {
    let run = batch_runs::by_id(&frame.desk.db, run).await?;
    let listener = feed.listen(&frame.desk, id, run.id, run);
    Ok(answer(listener.map(|listener| events(listener, frame.t))))
}

fn events(listener: Listener<BatchRun>, t: Texts) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((listener, false), move |(mut listener, over)| async move {
        if over {
            return None;
        }
        let run = listener.news().await?;
        let over = run.status != RunStatus::Running;
        let told = progress(t, &run, listener.desk.clock.now());
        let event = Event::default().event(if over { "end" } else { "progress" });
        Some((Ok(event.json_data(told).unwrap_or_default()), (listener, over)))
    })
}
