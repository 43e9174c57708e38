//! The rows that were refused, as they came, each with its line and the reasons: to be corrected and handed over again.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::csv_file;
use super::page::reason;
use crate::actions::export_refused_rows::export_refused_rows;
use crate::controllers::desk::claims::NoFields;
use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::{Form, Path};
use crate::domain::import::{REMARKS, RowState};
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::models::import_rows::{self, ImportRow, Page};
use crate::models::imports::Import;
use crate::views::sheet;

/// Rows that are read at once.
const CHUNK: u64 = 500;

struct Export {
    frame: Frame,
    import: Import,
    /// `None`: everything has been read.
    place: Option<Page>,
    began: bool,
}

/// `POST /desk/imports/{id}/refused`
pub async fn create(frame: Frame, Path(id): Path<i64>, Form(NoFields {}): Form<NoFields>) -> Result<Response> {
    frame.staff.require(Permission::Import)?;
    let import = export_refused_rows(&frame.desk, id, &frame.actor(), frame.now).await?;
    let name = format!("{}-{id}.csv", import.kind.as_str());
    let export = Export { frame, import, place: Some(Page::First), began: false };
    let lines = stream::try_unfold(export, Export::next);
    Ok(csv_file(&name, Body::from_stream(lines)).into_response())
}

impl Export {
    async fn next(mut self) -> Result<Option<(String, Self)>> {
        let Some(place) = self.place.take() else { return Ok(None) };
        let (db, refused) = (&self.frame.desk.db, Some(RowState::Refused));
        let (rows, more) = import_rows::page(db, self.import.id, refused, place, CHUNK).await?;
        let mut lines = if self.began { String::new() } else { self.headings() };
        for row in &rows {
            lines.push_str(&self.line(row));
        }
        self.place = rows.last().filter(|_| more).map(|row| Page::After(row.line));
        self.began = true;
        Ok(Some((lines, self)))
    }

    fn headings(&self) -> String {
        let columns = REMARKS.iter().chain(self.import.kind.columns());
        format!("{}{}", sheet::MARK, sheet::line(columns))
    }

    fn line(&self, row: &ImportRow) -> String {
        let told = row.refusals().into_iter().map(|refusal| match reason(self.frame.t, refusal) {
            (column, text) if column.is_empty() => text,
            (column, text) => format!("{column}: {text}"),
        });
        let remarks = [row.line.to_string(), told.collect::<Vec<_>>().join(" / ")];
        let content = row.content();
        let cell = |column: &&str| content.as_ref().and_then(|content| content.get(column)).unwrap_or_default();
        sheet::line(remarks.iter().map(String::as_str).chain(self.import.kind.columns().iter().map(cell)))
    }
}
