//! The log as a file: a table for spreadsheets or lines of JSON, streamed oldest first, up to the record of the export.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream};
use serde::Deserialize;

use super::reading::{Reading, names_of};
use crate::actions::export_audit::{ExportAudit, export_audit};
use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::Form;
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::Texts;
use crate::models::audit_events::AuditEvent;
use crate::models::audit_log::{self, AuditFilter, Cursor};
use crate::services::Services;
use crate::views::desk::audit::AuditFilterForm;
use crate::views::desk::audit_words::{Names, Teller};

/// Events read at a time.
const CHUNK: u64 = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExportForm {
    format: String,
    case: String,
    actor: String,
    action: String,
    from: String,
    to: String,
}

/// `POST /desk/audit/export`
pub async fn create(frame: Frame, Form(form): Form<ExportForm>) -> Result<Response> {
    frame.staff.require(Permission::ReadAudit)?;
    frame.staff.require(Permission::Export)?;
    let format = format_of(&form.format)?;
    let ExportForm { case, actor, action, from, to, .. } = form;
    let asked = AuditFilterForm { case, actor, action, from, to, ..AuditFilterForm::default() };
    let reading = Reading::of(&frame, &asked).await?;
    let masked = reading.masked();
    let filter = reading.filter.ok_or_else(|| Error::invalid(Problem::new("audit_filter_unreadable")))?;
    let input = ExportAudit { filter, format: format.ending(), masked };
    let last = export_audit(&frame.desk, &input, &frame.actor(), frame.now).await?;
    let name = format!("attachment; filename=\"audit-{}.{}\"", frame.today().format("%Y%m%d"), format.ending());
    let headers = [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)];
    let file = File { desk: frame.desk, t: frame.t, filter: input.filter, format, masked, last };
    Ok((headers, Body::from_stream(file.chunks())).into_response())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

fn format_of(text: &str) -> Result<Format> {
    let known = [Format::Csv, Format::JsonLines].into_iter().find(|format| format.ending() == text);
    known.ok_or_else(|| Error::invalid(Problem::on("format", "value_unknown").with("value", text)))
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl; charset=utf-8",
        }
    }
}

struct File {
    desk: Services,
    t: Texts,
    filter: AuditFilter,
    format: Format,
    masked: bool,
    /// The event with which it ends.
    last: i64,
}

/// How far the file has been written.
enum Progress {
    Head,
    After(Option<Cursor>),
    Ended,
}

impl File {
    /// A fault in the middle breaks the download off: a file that ends early must not look whole.
    fn chunks(self) -> impl Stream<Item = Result<String, Error>> {
        stream::try_unfold((self, Progress::Head), |(file, progress)| async move {
            let (text, progress) = match progress {
                Progress::Head => (file.head(), Progress::After(None)),
                Progress::After(cursor) => file.chunk(cursor).await?,
                Progress::Ended => return Ok(None),
            };
            Ok(Some((text, (file, progress))))
        })
    }

    fn head(&self) -> String {
        match self.format {
            Format::Csv => self.teller(&Names::default()).sheet_head(),
            Format::JsonLines => String::new(),
        }
    }

    async fn chunk(&self, after: Option<Cursor>) -> Result<(String, Progress)> {
        let events = audit_log::next(&self.desk.db, &self.filter, after, self.last, CHUNK).await?;
        let names = names_of(&self.desk.db, &events).await?;
        let teller = self.teller(&names);
        let line = |event: &AuditEvent| match self.format {
            Format::Csv => teller.sheet_line(event),
            Format::JsonLines => teller.json_line(event),
        };
        let progress = match events.last() {
            Some(event) if events.len() as u64 == CHUNK => Progress::After(Some(Cursor::of(event))),
            Some(_) | None => Progress::Ended,
        };
        Ok((events.iter().map(line).collect(), progress))
    }

    fn teller<'a>(&self, names: &'a Names) -> Teller<'a> {
        Teller { t: self.t, names, masked: self.masked }
    }
}
