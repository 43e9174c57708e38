//! The figures of `/metrics` that are read when somebody asks, with their names. Listed in `docs/OPERATIONS.md`.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::domain::calendar::start_of_day;
use crate::metrics::Gauge;
use crate::models::batch_runs::BatchRun;
use crate::models::standing::Standing;

/// What the process knows of itself.
#[derive(Debug, Clone)]
pub struct Process {
    pub version: &'static str,
    pub connections_in_use: u32,
    pub connections_idle: u32,
    /// `None` where the system does not tell.
    pub resident_bytes: Option<u64>,
    pub stopping: bool,
}

/// What the schedule says about now.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// The last ring for revocations.
    pub last_ring: Option<DateTime<Utc>>,
    /// The ring that should have taken the oldest overdue case.
    pub missed_ring: Option<DateTime<Utc>>,
}

/// `standing` is missing while the database does not answer.
pub fn gauges(process: &Process, standing: Option<(&Standing, Expected)>, now: DateTime<Utc>) -> Vec<Gauge> {
    let mut gauges = process_gauges(process);
    gauges.push(one("database_up", "Whether the database answered in time", truth(standing.is_some())));
    if let Some((standing, expected)) = standing {
        gauges.extend(case_gauges(standing, expected, now));
        gauges.extend(mail_gauges(standing, now));
        gauges.extend(run_gauges(standing, expected));
        gauges.extend(crl_gauges(standing, now));
        gauges.push(one("halted", "Whether the desk is halted", truth(standing.halted)));
        gauges.push(one(
            "audit_sequence",
            "Number of the last event in the audit log; falls only when history was lost",
            whole(standing.audit_sequence),
        ));
    }
    gauges
}

fn process_gauges(process: &Process) -> Vec<Gauge> {
    let pool = [("in_use", process.connections_in_use), ("idle", process.connections_idle)];
    let mut gauges = vec![
        labelled("build_info", "Always 1; the label names the version", "version", [(process.version.into(), 1.0)]),
        labelled(
            "database_connections",
            "Open connections of this process to the database",
            "state",
            pool.map(|(state, n)| (state.into(), f64::from(n))),
        ),
        one("stopping", "Whether this process has been asked to end", truth(process.stopping)),
    ];
    if let Some(bytes) = process.resident_bytes {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        gauges.push(one("resident_memory_bytes", "Memory of this process", whole(bytes)));
    }
    gauges
}

fn case_gauges(standing: &Standing, expected: Expected, now: DateTime<Utc>) -> Vec<Gauge> {
    let states = standing.open.iter().map(|(state, n)| (state.as_str().into(), whole(*n)));
    let unproven = standing.open.iter().find(|(state, _)| state.as_str() == "revoked").map_or(0, |(_, n)| *n);
    vec![
        labelled("open_cases", "Cases that are not closed, by state", "state", states),
        one("calls_due", "Cases to be phoned today or earlier", whole(standing.calls_due)),
        one(
            "overdue_cases",
            "Confirmed cases that a run should have revoked and has not",
            whole(standing.overdue.cases),
        ),
        one(
            "overdue_oldest_seconds",
            "Since the run that should have taken the oldest of them",
            age(expected.missed_ring, now),
        ),
        one("unproven_cases", "Revoked cases without their proof", whole(unproven)),
        one("unproven_oldest_seconds", "Since the oldest of these revocations", age(standing.oldest_unproven, now)),
        one("stuck_cases", "Cases in execution that nobody has in hand", whole(standing.stuck)),
    ]
}

fn mail_gauges(standing: &Standing, now: DateTime<Utc>) -> Vec<Gauge> {
    vec![
        one("mails_waiting", "Mails in the outbox that are to be sent", whole(standing.mails_waiting)),
        one("mails_undeliverable", "Mails that were given up", whole(standing.mails_undeliverable)),
        one(
            "mail_oldest_unsent_seconds",
            "Age of the oldest mail that is to be sent",
            age(standing.oldest_unsent, now),
        ),
    ]
}

fn run_gauges(standing: &Standing, expected: Expected) -> Vec<Gauge> {
    let last = standing.last_run.as_ref();
    let finished = last.and_then(|run| run.finished_at);
    let day = last.map(|run| run.business_date).map(start_of_day);
    let running: Vec<&BatchRun> = standing.running.iter().filter(|run| run.task == "revoke_due").collect();
    let sum = |of: fn(&BatchRun) -> i64| whole(running.iter().map(|run| of(run)).sum());
    let progress = [
        ("target", sum(|run| run.target)),
        ("done", sum(|run| run.done)),
        ("failed", sum(|run| run.failed)),
        ("skipped", sum(|run| run.skipped)),
    ];
    vec![
        one(
            "last_successful_run_timestamp_seconds",
            "When the last run for revocations came to its end; 0 before the first",
            instant(finished),
        ),
        one("last_successful_run_day_timestamp_seconds", "The day it was for, its beginning in Japan", instant(day)),
        one(
            "last_expected_run_timestamp_seconds",
            "When the schedule last had a run for revocations begin",
            instant(expected.last_ring),
        ),
        one("runs_running", "Runs of any task that have not ended, on all nodes", whole(count(&standing.running))),
        labelled(
            "run_cases",
            "Cases of the run for revocations that is going on",
            "outcome",
            progress.map(|(outcome, n)| (outcome.into(), n)),
        ),
    ]
}

fn crl_gauges(standing: &Standing, now: DateTime<Utc>) -> Vec<Gauge> {
    let ages = standing.crls.iter().map(|(issuer, this, _)| (issuer.clone().into(), age(Some(*this), now)));
    let left = standing.crls.iter().map(|(issuer, _, next)| (issuer.clone().into(), seconds(*next - now)));
    vec![
        labelled("crl_age_seconds", "Age of the CRL in force, by issuer", "issuer", ages),
        labelled("crl_remaining_seconds", "Until nextUpdate of the CRL in force; negative when past", "issuer", left),
    ]
}

fn one(name: &'static str, help: &'static str, value: f64) -> Gauge {
    Gauge { name, help, series: vec![(Vec::new(), value)] }
}

fn labelled(
    name: &'static str,
    help: &'static str,
    label: &'static str,
    series: impl IntoIterator<Item = (Cow<'static, str>, f64)>,
) -> Gauge {
    Gauge { name, help, series: series.into_iter().map(|(value, n)| (vec![(label, value)], n)).collect() }
}

fn count<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}

#[allow(clippy::cast_precision_loss, reason = "counts and seconds are exact in 52 bits")]
fn whole(n: i64) -> f64 {
    n as f64
}

fn truth(so: bool) -> f64 {
    f64::from(u8::from(so))
}

/// Zero when there is nothing old.
fn age(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> f64 {
    since.map_or(0.0, |since| seconds(now - since).max(0.0))
}

fn seconds(duration: chrono::TimeDelta) -> f64 {
    whole(duration.num_milliseconds()) / 1000.0
}

fn instant(at: Option<DateTime<Utc>>) -> f64 {
    at.map_or(0.0, |at| whole(at.timestamp()))
}
