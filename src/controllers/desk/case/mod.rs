//! S3 案件詳細: one case, for reading; claiming and recording are `claims` and `calls`.

pub mod certificates;
pub mod history;
pub mod page;
pub mod people;
pub mod side;

use serde::Deserialize;

use super::frame::{Frame, reception_number};
use crate::controllers::extractors::{Path, Query};
use crate::errors::Result;
use crate::models::case_file::CaseFile;
use crate::views::desk::case::CasePage;

#[derive(Deserialize)]
pub struct Shown {
    #[serde(default)]
    history: String,
}

/// `GET /desk/cases/{no}`
pub async fn show(frame: Frame, Path(no): Path<String>, Query(shown): Query<Shown>) -> Result<CasePage> {
    let file = CaseFile::load(&frame.desk.db, reception_number(&no)?).await?;
    page::page(&frame, &file, &shown.history, None).await
}
