//! 取り込み: a file is handed over, watched, stopped; rows that were refused are taken out again to be corrected.

mod page;
mod refused;

use std::io::Cursor;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

pub use self::page::show;
use self::page::{FromImport, href, start_page};
pub use self::refused::create as download;
use super::claims::NoFields;
use super::frame::Frame;
use crate::actions::cancel_import::{CancelImport, cancel_import};
use crate::actions::import_file::keep_rows;
use crate::actions::run_imports::run_in_background;
use crate::controllers::extractors::{Form, Path, Query};
use crate::controllers::portal::upload::Upload;
use crate::domain::import::ImportKind;
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::models::halts;
use crate::models::imports::Import;
use crate::views::chrome::{Flash, FlashKind};
use crate::views::desk::imports::ImportsPage;
use crate::views::form::FieldErrors;
use crate::views::sheet;

/// `GET /desk/imports`
pub async fn index(frame: Frame, Query(place): Query<FromImport>) -> Result<ImportsPage> {
    frame.staff.require(Permission::Import)?;
    start_page(&frame, &place, "", FieldErrors::default()).await
}

/// `POST /desk/imports`: the rows are kept; carried out they are in the background.
pub async fn create(frame: Frame, upload: Upload) -> Result<Response> {
    frame.staff.require(Permission::Import)?;
    match begin(&frame, &upload).await {
        Ok(import) => {
            run_in_background(&frame.desk, import.id);
            Ok(Redirect::to(&href(import.id)).into_response())
        }
        Err(Error::Invalid(problems)) => {
            let errors = FieldErrors::of(frame.t, &problems);
            let page = start_page(&frame, &FromImport::default(), upload.text("kind"), errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn begin(frame: &Frame, upload: &Upload) -> Result<Import> {
    halts::refuse(&frame.desk.db).await?;
    let kind: ImportKind = upload.text("kind").parse()?;
    let file = upload.bytes("file");
    if file.is_empty() {
        return Err(Problem::on("file", "import_file_missing").into());
    }
    keep_rows(&frame.desk, kind, &mut Cursor::new(file), None, &frame.actor(), frame.now).await
}

/// `POST /desk/imports/{id}/cancellation`
pub async fn cancel(frame: Frame, Path(id): Path<i64>, Form(NoFields {}): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::Import)?;
    let input = CancelImport { id, started_too: true };
    match cancel_import(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(_) => frame.done(frame.t.s("imports.cancelled_now")).await?,
        Err(error) => {
            let problems = error.into_problems()?;
            let text = problems.first().map(|problem| frame.t.problem(problem)).unwrap_or_default();
            frame.flashes.put(Flash { kind: FlashKind::Error, text, next_call: false }).await?;
        }
    }
    Ok(Redirect::to(&href(id)))
}

/// `GET /desk/imports/samples/{kind}`: the headings alone.
pub async fn sample(frame: Frame, Path(kind): Path<String>) -> Result<Response> {
    frame.staff.require(Permission::Import)?;
    let kind: ImportKind = kind.parse().map_err(|_| Error::not_found("not_found"))?;
    let text = format!("{}{}", sheet::MARK, sheet::line(kind.columns()));
    Ok(csv_file(&format!("{}.csv", kind.as_str()), text.into()).into_response())
}

fn csv_file(name: &str, body: axum::body::Body) -> impl IntoResponse {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)], body)
}
