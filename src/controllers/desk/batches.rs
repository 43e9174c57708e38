//! S4 失効バッチ.

use axum::response::Redirect;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use super::case::history::Names;
use super::claims::NoFields;
use super::frame::{Frame, case_href};
use crate::actions::approve_bulk;
use crate::actions::pause_run::{can_be_paused, pause_run};
use crate::actions::resume_run::resume_run;
use crate::actions::retry_run::retry_run;
use crate::actions::revoke_due::{RevokeDue, failed_in};
use crate::actions::run_revocations::run_revocations;
use crate::controllers::extractors::{Form, Path, Query};
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::ring_times::RingTimes;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::batch_runs::{self, BatchRun};
use crate::models::columns::{RunCause, RunStatus};
use crate::models::{case_chunks, certificates, revocation_cases};
use crate::views::chrome::Place;
use crate::views::desk::batches::{BatchPage, BatchesPage, Brake, Control, Failure, RunProgress, RunRow, RunTexts};
use crate::views::parts::{Empty, Link, Pager, Serial, StatusLabel, Tone};

const PAGE: u64 = 50;

#[derive(Deserialize)]
pub struct FromRun {
    #[serde(default)]
    after: Option<i64>,
}

/// `GET /desk/batches`
pub async fn index(frame: Frame, Query(place): Query<FromRun>) -> Result<BatchesPage> {
    let t = frame.t;
    let mut runs = batch_runs::newest(&frame.desk.db, &[], place.after, PAGE + 1).await?;
    let more = runs.len() as u64 > PAGE;
    runs.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let names = frame.staff_names(runs.iter().map(|run| run.started_by.as_str())).await?;
    let next = runs.last().filter(|_| more).map(|run| format!("/desk/batches?after={}", run.id));
    Ok(BatchesPage {
        chrome: frame.chrome(Place::Batches).await?,
        schedule: t.f("batch.schedule", &[("at", &next_run(&frame))]),
        run_now: frame.may(Permission::RunBatch).then(|| frame.plain_guard()),
        empty: runs.is_empty().then(|| Empty { text: t.s("batch.empty").to_owned(), link: None }),
        pager: Pager { shown: String::new(), previous: None, next },
        runs: runs.iter().map(|run| row(t, run, &names, frame.now)).collect(),
    })
}

/// When the schedule rings for revocations next.
fn next_run(frame: &Frame) -> String {
    let times = RingTimes::parse(&frame.desk.settings.schedule.revoke_due);
    times.ok().and_then(|times| times.next(frame.now)).map(|at| dates::short_instant(frame.t, at)).unwrap_or_default()
}

fn row(t: Texts, run: &BatchRun, names: &Names, now: DateTime<Utc>) -> RunRow {
    RunRow {
        started: dates::short_instant(t, run.started_at),
        number: run.id.to_string(),
        href: format!("/desk/batches/{}", run.id),
        trigger: format!("{}　{}", task_label(t, run), trigger(t, run, names)),
        selected: count(run.target),
        done: count(run.done),
        failed: count(run.failed),
        took: match run.finished_at {
            Some(end) => took(t, end - run.started_at),
            None => t.f("batch.elapsed", &[("took", &took(t, now - run.started_at))]),
        },
        status: status(t, run),
    }
}

fn task_label(t: Texts, run: &BatchRun) -> String {
    t.get(&format!("batch.task.{}", run.task)).map_or_else(|| run.task.clone(), str::to_owned)
}

fn trigger(t: Texts, run: &BatchRun, names: &Names) -> String {
    let key = match run.cause {
        RunCause::Schedule => "schedule",
        RunCause::CatchUp => "catch_up",
        RunCause::Task => "command",
        RunCause::Api => "api",
        RunCause::Desk => "staff",
    };
    t.f(&format!("batch.trigger_kind.{key}"), &[("name", names.get(&run.started_by).unwrap_or(&run.started_by))])
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

fn took(t: Texts, duration: TimeDelta) -> String {
    let seconds = duration.num_seconds().max(0);
    if seconds < 60 {
        t.f("batch.seconds", &[("s", &seconds)])
    } else {
        t.f("batch.minutes", &[("m", &(seconds / 60)), ("s", &(seconds % 60))])
    }
}

fn status(t: Texts, run: &BatchRun) -> StatusLabel {
    let (icon, tone, key) = match run.status {
        RunStatus::Running => ("refresh-cw", Tone::Work, "batch.status.running"),
        RunStatus::Finished => ("circle-check", Tone::Ok, "batch.status.finished"),
        RunStatus::Failed => ("triangle-alert", Tone::Bad, "batch.status.failed"),
        RunStatus::Braked => ("triangle-alert", Tone::Bad, "batch.status.braked"),
        RunStatus::Interrupted if run.is_paused() => ("pause", Tone::Wait, "pause.status"),
        RunStatus::Interrupted => ("pause", Tone::Wait, "batch.status.stopped"),
    };
    StatusLabel { icon, tone, text: t.s(key).to_owned() }
}

/// One entry of the run's list of what was not done.
#[derive(Deserialize)]
struct Left {
    #[serde(default)]
    reception_number: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    due: i64,
    #[serde(default)]
    limit: i64,
}

/// `GET /desk/batches/{id}`
pub async fn show(frame: Frame, Path(id): Path<i64>) -> Result<BatchPage> {
    let t = frame.t;
    let run = batch_runs::by_id(&frame.desk.db, id).await?;
    let people = [Some(run.started_by.as_str()), run.paused_by.as_deref()];
    let names = frame.staff_names(people.into_iter().flatten()).await?;
    let left: Vec<Left> = serde_json::from_str(&run.detail).unwrap_or_default();
    let mut failures = Vec::new();
    for entry in left.iter().filter(|entry| !entry.reception_number.is_empty()) {
        failures.extend(failure(&frame, &run, entry).await?);
    }
    Ok(BatchPage {
        chrome: frame.chrome(Place::Batches).await?,
        number: run.id.to_string(),
        href: format!("/desk/batches/{}", run.id),
        status: status(t, &run),
        trigger: trigger(t, &run, &names),
        task: task_label(t, &run),
        done: count(run.done),
        done_label: t.s(if ["revoke_due", approve_bulk::TASK].contains(&run.task.as_str()) {
            "batch.done"
        } else {
            "batch.processed"
        }),
        live: run.status == RunStatus::Running,
        progress: progress(t, &run, frame.now),
        skipped: count(run.skipped),
        dry_run: run.dry_run,
        brake: left.iter().find(|entry| entry.result == "braked").map(|entry| Brake {
            text: t.f("batch.brake", &[("n", &entry.due), ("limit", &entry.limit)]),
            release: frame.may(Permission::Supervise).then(|| frame.plain_guard()),
        }),
        paused: paused(t, &run, &names),
        controls: controls(&frame, &run).await?,
        failures,
    })
}

/// Who has stopped it, and what that means.
fn paused(t: Texts, run: &BatchRun, names: &Names) -> Option<String> {
    let name = names.get(run.paused_by.as_deref()?).map(String::as_str).unwrap_or_default();
    Some(t.f("pause.paused", &[("name", &name), ("time", &dates::time(run.paused_at?))]))
}

/// What a person may do with the run as it stands.
async fn controls(frame: &Frame, run: &BatchRun) -> Result<Vec<Control>> {
    let t = frame.t;
    if !frame.may(Permission::RunBatch) {
        return Ok(Vec::new());
    }
    let control = |verb: &str, icon, label: String| Control {
        href: format!("/desk/batches/{}/{verb}", run.id),
        icon,
        label,
        guard: frame.plain_guard(),
    };
    let mut controls = Vec::new();
    if can_be_paused(run) {
        controls.push(control("pause", "pause", t.s("pause.do").to_owned()));
    }
    if run.is_paused() {
        controls.push(control("resume", "refresh-cw", t.s("pause.resume").to_owned()));
    }
    if run.status == RunStatus::Failed {
        let number = case_chunks::retryable(&frame.desk.db, failed_in(run)).await?.len();
        if number > 0 {
            controls.push(control("retry", "rotate-cw", t.f("pause.retry", &[("n", &number)])));
        }
    }
    Ok(controls)
}

/// How far a run has come; the page and its events say the same.
pub fn progress(t: Texts, run: &BatchRun, now: DateTime<Utc>) -> RunProgress {
    let finished = run.done + run.failed + run.skipped;
    let running = u64::from(run.status == RunStatus::Running && finished < run.target);
    let (selected, finished) = (count(run.target), count(finished));
    // An empty run is complete.
    let (value, max) = if selected == 0 { (1, 1) } else { (finished, selected) };
    let percent = value.saturating_mul(100) / max;
    RunProgress {
        value,
        max,
        failed: count(run.failed),
        texts: RunTexts {
            summary: t.f("run.summary", &[("finished", &finished), ("selected", &selected), ("percent", &percent)]),
            done: run.done.to_string(),
            running: running.to_string(),
            waiting: selected.saturating_sub(finished).saturating_sub(running).to_string(),
            skipped: run.skipped.to_string(),
            failed: run.failed.to_string(),
            workers: run.workers.to_string(),
            times: times(t, run),
            pace: pace(t, run, finished, now),
        },
    }
}

/// Cases a second since the start, and how long the rest takes at that pace. Empty before the first and after the end.
fn pace(t: Texts, run: &BatchRun, finished: u64, now: DateTime<Utc>) -> String {
    let elapsed = u64::try_from((now - run.started_at).num_milliseconds()).unwrap_or_default();
    let tenths = finished.saturating_mul(10_000).checked_div(elapsed).unwrap_or_default();
    if run.status != RunStatus::Running || tenths == 0 {
        return String::new();
    }
    let rate = if tenths < 100 { format!("{}.{}", tenths / 10, tenths % 10) } else { (tenths / 10).to_string() };
    match count(run.target).checked_sub(finished).filter(|left| *left > 0) {
        None => t.f("run.pace", &[("rate", &rate)]),
        Some(left) => {
            let seconds = i64::try_from(left.saturating_mul(10) / tenths + 1).unwrap_or(i64::MAX / 1000);
            t.f("run.pace_left", &[("rate", &rate), ("left", &took(t, TimeDelta::seconds(seconds)))])
        }
    }
}

fn times(t: Texts, run: &BatchRun) -> String {
    let started = format!("{} {}", dates::short(t, dates::day_of(run.started_at)), dates::seconds(run.started_at));
    match run.finished_at {
        Some(end) => {
            let (finished, took) = (dates::seconds(end), took(t, end - run.started_at));
            t.f("batch.times_finished", &[("started", &started), ("finished", &finished), ("took", &took)])
        }
        None => t.f("batch.times_running", &[("started", &started)]),
    }
}

async fn failure(frame: &Frame, run: &BatchRun, entry: &Left) -> Result<Option<Failure>> {
    let t = frame.t;
    let Ok(number) = entry.reception_number.parse::<ReceptionNumber>() else { return Ok(None) };
    let case = revocation_cases::by_reception_number(&frame.desk.db, number).await?;
    let source = certificates::by_id(&frame.desk.db, case.source_certificate_id).await?;
    let sentence = t.get(&format!("batch_cause.{}", entry.code)).map_or_else(String::new, str::to_owned);
    Ok(Some(Failure {
        at: dates::seconds(run.finished_at.unwrap_or(run.heartbeat_at)),
        reception_number: entry.reception_number.clone(),
        common_name: source.common_name.clone(),
        serial: Serial::new(&source.serial.to_string()),
        cause: if sentence.is_empty() { t.s("batch_cause.other").to_owned() } else { sentence },
        detail: case.hold_note.clone().unwrap_or_default(),
        code: entry.code.clone(),
        next_step: t.s(&format!("batch_next.{}", entry.result)).to_owned(),
        action: Some(Link::new(case_href(number), t.s("batch.open_case"))),
    }))
}

#[derive(Deserialize)]
pub struct RunNow {
    /// Judges every case and revokes none.
    #[serde(default)]
    dry_run: Option<String>,
}

/// `POST /desk/batches`
pub async fn create(frame: Frame, Form(form): Form<RunNow>) -> Result<Redirect> {
    frame.staff.require(Permission::RunBatch)?;
    start(&frame, Start { dry_run: form.dry_run.is_some(), ..Start::by_hand(&frame) });
    frame.done(frame.t.s("batch.started_by_hand")).await?;
    Ok(Redirect::to("/desk/batches"))
}

/// `POST /desk/batches/{id}/release`: a supervisor has looked at what the brake stopped and lets it run.
pub async fn release(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::Supervise)?;
    let run = batch_runs::by_id(&frame.desk.db, id).await?;
    if run.status != RunStatus::Braked {
        return Err(Error::conflict("run_not_braked"));
    }
    start(&frame, Start { brake_lifted: true, ..Start::by_hand(&frame) });
    frame.done(frame.t.s("batch.started_by_hand")).await?;
    Ok(Redirect::to("/desk/batches"))
}

/// `POST /desk/batches/{id}/pause`
pub async fn pause(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::RunBatch)?;
    pause_run(&frame.desk, id, &frame.actor(), frame.now).await?;
    frame.done(frame.t.s("pause.asked")).await?;
    Ok(Redirect::to(&format!("/desk/batches/{id}")))
}

/// `POST /desk/batches/{id}/resume`. What is left passes the brake anew.
pub async fn resume(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::RunBatch)?;
    let run = resume_run(&frame.desk, id, &frame.actor(), frame.now).await?;
    let cause = match run.cause {
        RunCause::Schedule | RunCause::CatchUp => RunCause::CatchUp,
        RunCause::Task | RunCause::Api | RunCause::Desk => RunCause::Desk,
    };
    start(&frame, Start { today: run.business_date, cause, dry_run: run.dry_run, brake_lifted: false });
    frame.done(frame.t.s("pause.resumed")).await?;
    Ok(Redirect::to("/desk/batches"))
}

/// `POST /desk/batches/{id}/retry`
pub async fn retry(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::RunBatch)?;
    let number = retry_run(&frame.desk, id, &frame.actor(), frame.now).await?;
    start(&frame, Start::by_hand(&frame));
    frame.done(frame.t.f("pause.retried", &[("n", &number)])).await?;
    Ok(Redirect::to("/desk/batches"))
}

/// A run that is begun in the background.
struct Start {
    today: NaiveDate,
    cause: RunCause,
    dry_run: bool,
    brake_lifted: bool,
}

impl Start {
    fn by_hand(frame: &Frame) -> Self {
        Self { today: frame.today(), cause: RunCause::Desk, dry_run: false, brake_lifted: false }
    }
}

fn start(frame: &Frame, Start { today, cause, dry_run, brake_lifted }: Start) {
    let (desk, actor, now) = (frame.desk.clone(), frame.actor(), frame.now);
    frame.desk.spawn(async move {
        let run = RevokeDue { today, cause, dry_run, brake_lifted, stop: &desk.stop, progress: &|_| {} };
        if let Err(error) = run_revocations(&desk, run, &actor, now).await {
            tracing::error!(cause = %error, "a run started by hand failed");
        }
    });
}
