//! Imports a file: keeps its rows, then carries them out. Whatever breaks it off, the same file again goes on where it was.
//!
//! A row stands for itself: what is wrong with one is told with its line, the others are kept. The file is read as it is
//! worked on; only a PEM bundle is held whole.

mod reader;

use std::io::SeekFrom;
use std::time::Duration;

use sea_orm::prelude::DateTimeUtc;
use sha2::{Digest, Sha256};

pub use self::reader::File;
use self::reader::Rows;
use super::add_import_rows::{AddImportRows, add_import_rows};
use super::import_row::carry_out;
use super::open_import::{OpenImport, open_import};
use super::run_imports::run_import;
use super::start_import::start_import;
use crate::domain::actor::Actor;
use crate::domain::import::{ImportKind, ImportState, ROWS_AT_ONCE, RowState};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::import_rows::{self, Fate, NewRow, Page};
use crate::models::imports::{self, Import};
use crate::models::refusals::Refusal;
use crate::models::{halts, transaction};
use crate::services::Services;

/// Between two looks at an import that another node works on.
const PATIENCE: Duration = Duration::from_millis(500);

pub struct ImportFile<'a> {
    pub kind: ImportKind,
    /// CSV with a heading, or for certificates a PEM bundle.
    pub file: &'a mut dyn File,
    /// External id, name or number of the organisation of all certificates of a bundle. Without it each certificate goes
    /// to the organisation that its subject names.
    pub subscriber: Option<&'a str>,
    /// Tries every row and keeps none.
    pub dry_run: bool,
    /// Told now and then.
    pub progress: &'a (dyn Fn(Counts) + Send + Sync),
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// On which it begins, counted from 1.
    pub line: i64,
    pub refusal: Refusal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// done = registered, skipped = known before, failed = refused, for the reasons in `problems`.
    pub counts: Counts,
    pub problems: Vec<RowProblem>,
}

/// Refused as a whole only when the file is no such file.
pub async fn import_file(desk: &Services, input: ImportFile<'_>, actor: &Actor, now: DateTimeUtc) -> Result<Imported> {
    halts::refuse(&desk.db).await?;
    if input.dry_run {
        return try_rows(desk, input, actor, now).await;
    }
    let import = keep_rows(desk, input.kind, input.file, input.subscriber, actor, now).await?;
    let progress = |import: &Import| (input.progress)(counts(import));
    loop {
        run_import(desk, import.id, &progress).await?;
        let import = imports::by_id(&desk.db, import.id).await?;
        match import.state {
            ImportState::Finished | ImportState::Cancelled => return outcome(desk, &import).await,
            ImportState::Open | ImportState::Running if desk.stop.is_cancelled() => {
                return outcome(desk, &import).await;
            }
            ImportState::Open | ImportState::Running => tokio::time::sleep(PATIENCE).await,
        }
    }
}

/// The import of this file, with all its rows and started: a new one, or the one that was broken off. For doors that do not
/// wait until it has been carried out.
pub async fn keep_rows(
    desk: &Services,
    kind: ImportKind,
    file: &mut dyn File,
    subscriber: Option<&str>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Import> {
    let sum = sum(file, subscriber)?;
    let import = match imports::unfinished(&desk.db, kind, &sum).await? {
        Some(import) if import.state == ImportState::Running => return Ok(import),
        begun => {
            let mut rows = Rows::open(kind, file, subscriber)?;
            let mut chunk = next_rows(&mut rows)?;
            if chunk.is_empty() {
                return Err(Problem::on("file", "import_empty").into());
            }
            let import = match begun {
                Some(import) => import,
                None => open_import(desk, OpenImport { kind, file_sha256: Some(sum) }, actor, now).await?,
            };
            while !chunk.is_empty() {
                add_import_rows(desk, AddImportRows { import_id: import.id, rows: chunk }).await?;
                chunk = next_rows(&mut rows)?;
            }
            import
        }
    };
    start_import(desk, import.id, actor, now).await
}

/// Of all that decides what the rows are.
fn sum(file: &mut dyn File, subscriber: Option<&str>) -> Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; ROWS_AT_ONCE];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    file.seek(SeekFrom::Start(0))?;
    digest.update(subscriber.unwrap_or_default());
    Ok(hex::encode(digest.finalize()))
}

fn next_rows(rows: &mut Rows<'_>) -> Result<Vec<NewRow>> {
    let mut chunk = Vec::new();
    while chunk.len() < ROWS_AT_ONCE
        && let Some(row) = rows.next()?
    {
        chunk.push(row);
    }
    Ok(chunk)
}

fn counts(import: &Import) -> Counts {
    Counts { target: import.target, done: import.registered, skipped: import.known, failed: import.refused }
}

async fn outcome(desk: &Services, import: &Import) -> Result<Imported> {
    let (mut problems, mut page, mut more) = (Vec::new(), Page::First, true);
    while more {
        let refused = Some(RowState::Refused);
        let (rows, others) = import_rows::page(&desk.db, import.id, refused, page, ROWS_AT_ONCE as u64).await?;
        page = rows.last().map_or(Page::First, |row| Page::After(row.line));
        more = others;
        for row in rows {
            let told = row.refusals().into_iter().map(|refusal| RowProblem { line: row.line, refusal });
            problems.extend(told);
        }
    }
    Ok(Imported { counts: counts(import), problems })
}

/// Each row in a transaction that is taken back.
async fn try_rows(desk: &Services, input: ImportFile<'_>, actor: &Actor, now: DateTimeUtc) -> Result<Imported> {
    let mut rows = Rows::open(input.kind, input.file, input.subscriber)?;
    let mut imported = Imported { counts: Counts::default(), problems: Vec::new() };
    while let Some(row) = rows.next()? {
        imported.counts.target += 1;
        match try_row(desk, input.kind, &row, actor, now).await? {
            Fate::Registered(_) => imported.counts.done += 1,
            Fate::Known(_) => imported.counts.skipped += 1,
            Fate::Refused(problems) => {
                imported.counts.failed += 1;
                let told = problems.iter().map(|problem| RowProblem { line: row.line, refusal: Refusal::of(problem) });
                imported.problems.extend(told);
            }
        }
        (input.progress)(imported.counts);
    }
    if imported.counts.target == 0 {
        return Err(Error::invalid(Problem::on("file", "import_empty")));
    }
    Ok(imported)
}

async fn try_row(desk: &Services, kind: ImportKind, row: &NewRow, actor: &Actor, now: DateTimeUtc) -> Result<Fate> {
    let content = match &row.content {
        Ok(content) => content,
        Err(problems) => return Ok(Fate::Refused(problems.clone())),
    };
    let txn = transaction::begin(&desk.db).await?;
    let fate = carry_out(&txn, desk, kind, content, actor, now).await;
    txn.rollback().await?;
    fate
}
