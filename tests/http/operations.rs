//! What load balancers, collectors and whoever reads the log get to see.

#![allow(clippy::float_cmp, reason = "figures are counted, not computed")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use chrono::Duration;
use revocation_desk::actions::follow_up::follow_up;
use revocation_desk::actions::halt_desk::{HaltDesk, halt_desk};
use revocation_desk::ca::Metered;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::halt::HaltCause;
use revocation_desk::domain::role::Role;
use revocation_desk::models::columns::RunCause;
use revocation_desk::scheduler::{Job, Scheduler};
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

use super::desk::office::{Office, href, take_next};
use crate::builders::{PROCEDURE_CONTACT, RESPONSIBLE};
use crate::support::app::TestApp;

/// The samples of an exposition by name and labels, after the strict reading of the text format 0.0.4: HELP and TYPE
/// before the samples of their family, families in one piece, no series twice, names with their units, sound histograms.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let (mut all, mut families) = (BTreeMap::new(), BTreeSet::new());
    let (mut family, mut kind, mut helped) = (String::new(), String::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(help.ends_with('.'), "{line}");
            name.clone_into(&mut helped);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, of) = rest.split_once(' ').unwrap();
            assert_eq!(name, helped, "HELP first: {line}");
            assert!(families.insert(name.to_owned()), "twice: {line}");
            check_name(name, of);
            (family, kind) = (name.to_owned(), of.to_owned());
        } else {
            assert!(!line.starts_with('#') && !line.is_empty(), "{line:?}");
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            let suffix = name.strip_prefix(family.as_str()).unwrap_or_else(|| panic!("outside its family: {line}"));
            let expected: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(expected.contains(&suffix), "{kind}: {line}");
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
            assert!(value.is_finite(), "{line}");
            assert!(all.insert(series.to_owned(), value).is_none(), "twice: {line}");
        }
    }
    check_histograms(&all);
    all
}

fn check_name(name: &str, kind: &str) {
    assert!(name.starts_with("revocation_desk_"), "{name}");
    assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
    for unit in ["milliseconds", "minutes", "hours", "days", "megabytes", "percent"] {
        assert!(!name.ends_with(unit), "no base unit: {name}");
    }
    match kind {
        "counter" => assert!(name.ends_with("_total"), "{name}"),
        "histogram" => assert!(name.ends_with("_seconds"), "{name}"),
        "gauge" => assert!(!name.ends_with("_total"), "{name}"),
        other => panic!("{other}: {name}"),
    }
}

/// Buckets grow, and the last one is the count.
fn check_histograms(samples: &BTreeMap<String, f64>) {
    let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (series, value) in samples {
        let Some((name, labels)) = series.split_once("_bucket{") else { continue };
        let (bound, rest) = labels.trim_start_matches("le=\"").split_once('"').unwrap();
        let bound = bound.replace("+Inf", "inf").parse().unwrap();
        let series = format!("{name}_count{{{}", rest.trim_start_matches(','));
        buckets.entry(series).or_default().push((bound, *value));
    }
    for (count, mut buckets) in buckets {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{count}: {buckets:?}");
        let (bound, last) = *buckets.last().unwrap();
        assert!(bound.is_infinite(), "{count}");
        assert_eq!(samples[&count], last, "{count}");
    }
}

async fn exposition(app: &TestApp) -> BTreeMap<String, f64> {
    let answer = app.visitor().get("/metrics").await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    samples(&answer.body)
}

#[tokio::test]
async fn the_figures_tell_how_things_stand() {
    let office = Office::open().await;
    for state in [CaseState::AwaitingCall, CaseState::Confirmed, CaseState::Revoking, CaseState::Revoked] {
        office.world.a_case().in_state(state).open().await;
    }
    let desk = office.app.services();
    desk.db.execute_unprepared("UPDATE messages SET status = 'sent'").await.unwrap();
    desk.db
        .execute_unprepared("UPDATE messages SET status = 'queued' WHERE id = (SELECT MIN(id) FROM messages)")
        .await
        .unwrap();
    desk.embedded_ca.unwrap().publish_crls(office.world.now).await.unwrap();

    let now = exposition(&office.app).await;
    for (series, value) in [
        ("open_cases{state=\"awaiting_call\"}", 1.0),
        ("open_cases{state=\"confirmed\"}", 1.0),
        ("open_cases{state=\"on_hold\"}", 0.0),
        ("calls_due", 1.0),
        ("overdue_cases", 0.0),
        ("overdue_oldest_seconds", 0.0),
        ("unproven_cases", 1.0),
        ("mails_waiting", 1.0),
        ("database_up", 1.0),
        ("stopping", 0.0),
        ("last_successful_run_timestamp_seconds", 0.0),
    ] {
        assert_eq!(now[&format!("revocation_desk_{series}")], value, "{series}");
    }
    assert!(now["revocation_desk_mail_oldest_unsent_seconds"] > 0.0);
    assert!(now["revocation_desk_audit_sequence"] > 10.0);
    assert!(!now.keys().any(|series| series.contains("state=\"completed\"")), "closed cases are not counted");

    assert_eq!(now["revocation_desk_halted"], 0.0);

    // Past the run of the evening, and its hour.
    office.app.pass(Duration::hours(11));
    let tonight = exposition(&office.app).await;
    assert_eq!(tonight["revocation_desk_overdue_cases"], 2.0);
    let oldest = tonight["revocation_desk_overdue_oldest_seconds"];
    assert!((9000.0..9060.0).contains(&oldest), "since 18:30, at 21:00: {oldest}");
    let left: Vec<_> = tonight.iter().filter(|(series, _)| series.contains("crl_remaining_seconds")).collect();
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|(_, left)| (500_000.0..604_800.0).contains(*left)), "{left:?}");

    let halt = HaltDesk { cause: HaltCause::Ordered, reason: "停電に備えて".to_owned(), lost_sequence: None };
    halt_desk(&office.app.services(), halt, &Actor::system(), office.app.now()).await.unwrap();
    assert_eq!(exposition(&office.app).await["revocation_desk_halted"], 1.0);
}

#[tokio::test]
async fn what_the_process_does_is_counted_without_names_or_numbers() {
    let office = Office::open().await;
    office.app.change_services(|desk| desk.ca = Arc::new(Metered::new(desk.ca.clone(), desk.metrics.clone())));
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    agent.get(&href(&case)).await.assert_status(200);
    agent.get("/desk/cases?q=例文").await.assert_status(200);
    agent.get("/nowhere").await.assert_status(404);
    assert!(Scheduler::new(office.app.services()).ring(Job::RevokeDue).await);

    let now = exposition(&office.app).await;

    let of = |series: &str| now.get(&format!("revocation_desk_{series}")).copied();
    let pages = "http_request_duration_seconds_count{method=\"GET\",route=\"/desk/cases/{no}\",status=\"2xx\"}";
    assert_eq!(of(pages), Some(1.0), "{now:#?}");
    assert_eq!(of("http_request_duration_seconds_count{method=\"GET\",route=\"unmatched\",status=\"4xx\"}"), Some(1.0));
    assert_eq!(of("ca_call_duration_seconds_count{kind=\"revoke\",outcome=\"done\"}"), Some(1.0));
    assert_eq!(of("run_duration_seconds_count{task=\"revoke_due\",status=\"finished\"}"), Some(1.0));
    assert_eq!(of("errors_total{code=\"not_found\"}"), Some(1.0));
    assert!(of("mails_total{end=\"sent\"}").is_some_and(|n| n > 0.0));
    assert!(of("scheduler_last_ring_timestamp_seconds{job=\"revoke_due\"}").is_some());
    assert!(of("last_successful_run_timestamp_seconds").is_some_and(|at| at > 1_700_000_000.0));
    for series in now.keys() {
        let labels = series.split_once('{').map_or("", |(_, labels)| labels);
        assert!(!labels.contains("RQ-") && !labels.contains("例"), "{series}");
    }
}

#[tokio::test]
async fn figures_and_readiness_answer_this_machine_only() {
    let app = TestApp::start().await;
    let mut stranger = app.visitor();
    stranger.address = "192.0.2.7".to_owned();
    stranger.get("/metrics").await.assert_status(404);
}

/// A database that takes connections and never says a word.
async fn silent_database() -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    format!("postgres://desk@{address}/desk")
}

#[tokio::test]
async fn a_database_that_does_not_answer_keeps_nobody_waiting_and_may_come_back() {
    let app = TestApp::start().await;
    let before = app.services().probe;
    let mut options = ConnectOptions::new(silent_database().await);
    options.connect_lazy(true).min_connections(0).sqlx_logging(false);
    options.acquire_timeout(std::time::Duration::from_mins(1));
    let silent = Database::connect(options).await.unwrap();
    app.change_services(|desk| desk.probe = silent);
    let ready = app.visitor().get("/_readiness").await;
    ready.assert_status(503);
    assert_eq!(ready.json()["database"], false);
    let figures = exposition(&app).await;
    assert_eq!(figures["revocation_desk_database_up"], 0.0);
    assert!(!figures.contains_key("revocation_desk_calls_due"), "nothing is made up");

    app.change_services(|desk| desk.probe = before);
    app.visitor().get("/_readiness").await.assert_status(200);
}

#[tokio::test]
async fn a_busy_pool_does_not_make_a_node_unready() {
    let app = TestApp::start().await;
    let db = app.services().db;
    let mut held = Vec::new();
    // All of them, however many the test's settings allow.
    while let Ok(Ok(transaction)) =
        tokio::time::timeout(std::time::Duration::from_millis(200), sea_orm::TransactionTrait::begin(&db)).await
    {
        held.push(transaction);
        assert!(held.len() < 200);
    }
    app.visitor().get("/_readiness").await.assert_status(200);
}

#[tokio::test]
async fn a_node_says_that_it_is_not_ready_when_it_ends_or_cannot_read_its_key() {
    let app = TestApp::start().await;
    app.visitor().get("/_readiness").await.assert_status(200);
    let key = app.data_dir().join("ca/issuing.key.pem");
    let away = app.data_dir().join("ca/away");
    std::fs::rename(&key, &away).unwrap();
    let answer = app.visitor().get("/_readiness").await;
    assert_eq!(answer.assert_status(503).json()["ca_key"], false);
    std::fs::rename(&away, &key).unwrap();
    app.visitor().get("/_readiness").await.assert_status(200);

    app.services().stop.cancel();
    let answer = app.visitor().get("/_readiness").await;
    assert_eq!(answer.assert_status(503).json()["stopping"], true);
}

#[tokio::test]
async fn a_node_that_does_not_serve_the_newest_crl_says_so_and_goes_on() {
    let app = TestApp::start().await;
    let crl = async |app: &TestApp| app.visitor().get("/_readiness").await.assert_status(200).json()["crl"].clone();
    let ca = app.services().embedded_ca.unwrap();
    for _ in 0..2 {
        ca.publish_crls(app.now()).await.unwrap();
    }
    let served = ca.crl_file(ca.issuing());
    let away = app.data_dir().join("away.crl");
    app.pass(Duration::minutes(1));
    assert_eq!(crl(&app).await, true);

    std::fs::rename(&served, &away).unwrap();
    assert_eq!(crl(&app).await, false, "none is there");
    let before = served.with_file_name(format!("{}-0000000001.crl", ca.issuing().id));
    std::fs::copy(before, &served).unwrap();
    assert_eq!(crl(&app).await, false, "the one before");
    std::fs::rename(&away, &served).unwrap();
    assert_eq!(crl(&app).await, true);

    let sealed_later = "UPDATE ca_crls SET revocations = -1";
    app.ctx.db.execute_unprepared(sealed_later).await.unwrap();
    assert_eq!(crl(&app).await, false, "lacks a revocation");
    // The next one is on its way.
    app.ctx.db.execute_unprepared("UPDATE ca_crls SET published_at = '2999-01-01 00:00:00+00:00'").await.unwrap();
    assert_eq!(crl(&app).await, true);
}

#[tokio::test]
async fn the_old_program_stays_ready_on_a_newer_schema() {
    let app = TestApp::start().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 0)";
    app.ctx.db.execute_unprepared(newer).await.unwrap();
    app.visitor().get("/_readiness").await.assert_status(200);
}

#[tokio::test]
async fn a_request_has_a_name_in_the_answer() {
    let app = TestApp::start().await;
    let asked = axum::http::Request::get("/login").header("x-request-id", "proxy-0001-abcd");
    let answer = app.visitor().send(asked.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.header("x-request-id"), "proxy-0001-abcd");
    let asked = axum::http::Request::get("/login").header("x-request-id", "hana@example.jp");
    let answer = app.visitor().send(asked.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.header("x-request-id").len(), 36);
}

/// What is logged, gathered.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_days_work_leaves_no_personal_data_in_the_log() {
    let log = Log::default();
    let filter = tracing_subscriber::filter::Targets::new().with_target("revocation_desk", tracing::Level::TRACE);
    let layer = tracing_subscriber::fmt::layer().json().with_writer(log.clone());
    // With a second one alive, what other tests' threads log first is not switched off for this one.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer).with(filter));
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let confirmed = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    office.app.visitor().log_in("hana.nobody@example.jp", "wrong password").await;
    take_next(&mut agent).await.assert_status(303);
    agent.get("/desk/cases?q=例文").await.assert_status(200);
    agent.get(&format!("{}?name=例文", href(&case))).await.assert_status(200);
    let contact = office.contact(&case, revocation_desk::domain::contact::ContactRole::ProcedureContact).await;
    let fields = [("outcome", "no_answer"), ("spoke_with", contact.as_str()), ("note", "例文様は外出中 03-0000-4182")];
    super::desk::office::record(&mut agent, &case, &fields).await;
    let (stop, now) = (CancellationToken::new(), office.app.now());
    assert!(Scheduler::new(office.app.services()).ring(Job::RevokeDue).await);
    follow_up(&office.app.services(), office.world.today(), RunCause::Task, &stop, &Actor::batch(), now).await;
    office.app.pass(Duration::hours(12));
    assert!(Scheduler::new(office.app.services()).ring(Job::CheckInvariants).await);
    revocation_desk::watchdog::Watchdog::new(office.app.services()).look().await.unwrap();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();

    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 10, "{log}");
    let answered = lines.iter().find(|line| line["fields"]["message"] == "answered").unwrap();
    assert_eq!(answered["span"]["request.id"].as_str().unwrap().len(), 36, "{answered}");
    assert!(answered["fields"]["milliseconds"].is_number() && answered["span"]["node"].is_string(), "{answered}");
    assert!(log.contains(&confirmed.reception_number.to_string()) || log.contains(&case.reception_number.to_string()));
    let of_the_run = |line: &&serde_json::Value| line["span"]["batch.run"].is_number();
    let of_the_run: Vec<_> = lines.iter().filter(of_the_run).collect();
    assert!(!of_the_run.is_empty() && of_the_run.iter().all(|line| line["span"]["job"] == "revoke_due"), "{log}");
    for private in [PROCEDURE_CONTACT, RESPONSIBLE, "例文", "例示商事", "0000-4182", "@", "外出中", "wrong password"]
    {
        assert!(!log.contains(private), "{private} in {log}");
    }
}
