//! The list of imports with the form for another one, and one import with its rows.

use serde::Deserialize;

use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::{Path, Query};
use crate::controllers::security::IMPORT_BODY_LIMIT;
use crate::domain::import::{ImportKind, ImportState, RowState};
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::import_rows;
use crate::models::imports::{self, Import, Page};
use crate::models::refusals::Refusal;
use crate::views::chrome::Place;
use crate::views::desk::imports::{ImportPage, ImportRow, ImportsPage, Progress, RowLine};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Empty, Link, Pager, StatusLabel, Tab, Tone};

const PAGE: u64 = 50;
const MEBIBYTE: usize = 1024 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FromImport {
    after: String,
    before: String,
}

pub fn href(id: i64) -> String {
    format!("/desk/imports/{id}")
}

fn kind_word(t: Texts, kind: ImportKind) -> &'static str {
    t.s(&format!("imports.kinds.{}", kind.as_str()))
}

pub async fn start_page(frame: &Frame, place: &FromImport, kind: &str, errors: FieldErrors) -> Result<ImportsPage> {
    let t = frame.t;
    let page = Page::of(place.after.parse().ok(), place.before.parse().ok());
    let (found, more) = imports::page(&frame.desk.db, page, PAGE).await?;
    let (newer, older) = page.neighbours(more);
    let way = |way: &str, import: &Import| format!("/desk/imports?{way}={}", import.id);
    let choice = |one: ImportKind| Choice::new(one.as_str(), kind_word(t, one), one.as_str() == kind);
    let sample = |one: ImportKind| Link::new(format!("/desk/imports/samples/{}", one.as_str()), kind_word(t, one));
    Ok(ImportsPage {
        chrome: frame.chrome(Place::Imports).await?,
        guard: frame.plain_guard(),
        kinds: ImportKind::ALL.map(choice).into(),
        samples: ImportKind::ALL.map(sample).into(),
        hint: t.f("imports.file_hint", &[("limit", &(IMPORT_BODY_LIMIT / MEBIBYTE))]),
        errors,
        pager: Pager {
            shown: String::new(),
            previous: found.first().filter(|_| newer).map(|import| way("before", import)),
            next: found.last().filter(|_| older).map(|import| way("after", import)),
        },
        empty: found.is_empty().then(|| Empty { text: t.s("imports.empty").to_owned(), link: None }),
        imports: found.iter().map(|import| row(t, import)).collect(),
    })
}

fn row(t: Texts, import: &Import) -> ImportRow {
    ImportRow {
        href: href(import.id),
        number: import.id.to_string(),
        kind: kind_word(t, import.kind),
        at: dates::short_instant(t, import.made_at),
        by: import.made_by_name.clone(),
        rows: import.target.to_string(),
        refused: import.refused,
        status: status(t, import),
    }
}

fn status(t: Texts, import: &Import) -> StatusLabel {
    let (icon, tone) = match import.state {
        ImportState::Open => ("clock", Tone::Wait),
        ImportState::Running => ("refresh-cw", Tone::Work),
        ImportState::Finished if import.refused > 0 => ("triangle-alert", Tone::Bad),
        ImportState::Finished => ("circle-check", Tone::Ok),
        ImportState::Cancelled => ("ban", Tone::Hold),
    };
    StatusLabel { icon, tone, text: t.s(&format!("imports.states.{}", import.state.as_str())).to_owned() }
}

/// Which rows are shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FromRow {
    state: String,
    after: String,
    before: String,
}

/// `GET /desk/imports/{id}`
pub async fn show(frame: Frame, Path(id): Path<i64>, Query(place): Query<FromRow>) -> Result<ImportPage> {
    frame.staff.require(Permission::Import)?;
    let (t, db) = (frame.t, &frame.desk.db);
    let import = imports::by_id(db, id).await?;
    let state: Option<RowState> = place.state.parse().ok();
    let page = import_rows::Page::of(place.after.parse().ok(), place.before.parse().ok());
    let (rows, more) = import_rows::page(db, id, state, page, PAGE).await?;
    let (before, after) = page.neighbours(more);
    let chosen = state.map(|state| format!("state={}&", state.as_str())).unwrap_or_default();
    let way = |way: &str, row: &import_rows::ImportRow| format!("{}?{chosen}{way}={}", href(id), row.line);
    let open = matches!(import.state, ImportState::Open | ImportState::Running);
    let note = import.blanked_at.map(|at| t.f("imports.blanked", &[("at", &dates::long_instant(t, at))]));
    Ok(ImportPage {
        chrome: frame.chrome(Place::Imports).await?,
        title: t.f("imports.title", &[("kind", &kind_word(t, import.kind)), ("n", &import.id)]),
        href: href(id),
        status: status(t, &import),
        facts: facts(t, &import),
        progress: progress(t, &import),
        live: if open { Some(frame.newest_event().await?) } else { None },
        cancel: open.then(|| frame.plain_guard()),
        download: (import.refused > 0 && import.blanked_at.is_none()).then(|| frame.plain_guard()),
        note,
        tabs: tabs(t, &import, state),
        pager: Pager {
            shown: String::new(),
            previous: rows.first().filter(|_| before).map(|row| way("before", row)),
            next: rows.last().filter(|_| after).map(|row| way("after", row)),
        },
        empty: rows.is_empty().then(|| Empty { text: t.s("imports.no_rows").to_owned(), link: None }),
        rows: rows.iter().map(|row| line(t, row)).collect(),
    })
}

fn facts(t: Texts, import: &Import) -> Vec<(String, String)> {
    let by = |name: &str, at| t.f("bulk.by", &[("name", &name), ("at", &dates::long_instant(t, at))]);
    let mut facts = vec![(t.s("imports.made").to_owned(), by(&import.made_by_name, import.made_at))];
    if let Some(at) = import.started_at {
        let name = import.started_by_name.as_deref().unwrap_or_default();
        facts.push((t.s("imports.started").to_owned(), by(name, at)));
    }
    if let Some(at) = import.ended_at {
        facts.push((t.s("imports.ended").to_owned(), dates::long_instant(t, at)));
    }
    facts
}

fn progress(t: Texts, import: &Import) -> Progress {
    let done = import.target - import.waiting();
    Progress {
        max: import.target.max(1),
        value: done,
        summary: t.f("imports.summary", &[("done", &done), ("target", &import.target)]),
        registered: import.registered.to_string(),
        known: import.known.to_string(),
        refused: import.refused.to_string(),
        waiting: import.waiting().to_string(),
        any_refused: import.refused > 0,
    }
}

/// All rows, and those that each state has.
fn tabs(t: Texts, import: &Import, current: Option<RowState>) -> Vec<Tab> {
    let tab = |state: Option<RowState>| {
        let (key, count) = match state {
            None => ("all", import.target),
            Some(RowState::Waiting) => ("waiting", import.waiting()),
            Some(RowState::Registered) => ("registered", import.registered),
            Some(RowState::Known) => ("known", import.known),
            Some(RowState::Refused) => ("refused", import.refused),
        };
        Tab {
            href: state
                .map_or_else(|| href(import.id), |state| format!("{}?state={}", href(import.id), state.as_str())),
            label: t.s(&format!("imports.state.{key}")).to_owned(),
            count: Some(count.to_string()),
            hot: state == Some(RowState::Refused) && count > 0,
            current: state == current,
        }
    };
    let states = [RowState::Refused, RowState::Registered, RowState::Known, RowState::Waiting];
    std::iter::once(None).chain(states.map(Some)).map(tab).collect()
}

fn line(t: Texts, row: &import_rows::ImportRow) -> RowLine {
    let (icon, tone) = match row.state {
        RowState::Waiting => ("clock", Tone::Hold),
        RowState::Registered | RowState::Known => ("circle-check", Tone::Ok),
        RowState::Refused => ("triangle-alert", Tone::Bad),
    };
    let text = t.s(&format!("imports.state.{}", row.state.as_str())).to_owned();
    RowLine {
        line: row.line.to_string(),
        status: StatusLabel { icon, tone, text },
        became: row.became.as_deref().map(|became| subject(t, became)),
        reasons: row.refusals().into_iter().map(|refusal| reason(t, refusal)).collect(),
    }
}

fn subject(t: Texts, became: &str) -> Link {
    let (kind, id) = became.split_once(':').unwrap_or((became, ""));
    if kind == "case" {
        return Link::new(format!("/desk/cases/{id}"), id);
    }
    let kind = t.get(&format!("audit.subject.{kind}")).unwrap_or(kind);
    Link::new("", t.f("audit.numbered", &[("kind", &kind), ("id", &id)]))
}

/// The column and what is wrong with it.
pub(super) fn reason(t: Texts, refusal: Refusal) -> (String, String) {
    let text = t.refusal(&refusal.code, &refusal.params);
    let column = refusal.field.filter(|field| field != "file" && field != "values");
    (column.unwrap_or_default(), text)
}
