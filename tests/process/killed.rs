//! kill -9 in the middle of a revocation run. A trigger in the database stalls the process at an exact place, so the
//! kill never depends on luck.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use revocation_desk::domain::case::CaseState;

use crate::builders::World;

const CASES: i64 = 8;
/// Never ends in the life of a test.
const STALL: &str =
    "SELECT count(*) FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n)";

/// The desk's files, and a configuration that lets the real program work on them.
pub struct Office {
    pub world: World,
    config: PathBuf,
}

impl Office {
    /// Eight cases, confirmed and due, and one that nobody has confirmed.
    pub async fn with_confirmed_cases() -> Self {
        let world = World::new().await;
        for _ in 0..CASES {
            world.a_case().in_state(CaseState::Confirmed).open().await;
        }
        world.a_case().in_state(CaseState::AwaitingCall).open().await;
        let config = world.desk.settings.data_dir.join("config");
        fs::create_dir(&config).unwrap();
        Self { world, config }
    }

    pub fn program(&self, now: DateTime<Utc>, arguments: &[&str]) -> Command {
        let folder = &self.world.desk.settings.data_dir;
        let template = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/test.yaml")).unwrap();
        let starts_at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let settings = template
            .replace("sqlite::memory:", &format!("sqlite://{}", folder.join("desk.sqlite").display()))
            .replace("target/test-data", &folder.display().to_string())
            // One case at a time: the place of the kill is told by the number of rows.
            .replace("chunk: 500", "chunk: 1")
            .replace("# clock_starts_at: 2026-11-24T01:00:00Z", &format!("clock_starts_at: {starts_at}"));
        fs::write(self.config.join("test.yaml"), settings).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_revocation-desk"));
        command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("LOCO_ENV", "test")
            .env("LOCO_CONFIG_FOLDER", &self.config)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, now: DateTime<Utc>, arguments: &[&str]) -> Output {
        self.program(now, arguments).output().unwrap()
    }

    pub async fn count(&self, what: &str) -> i64 {
        self.world.count(what).await
    }

    /// Waits for the place where the trigger holds the process, then kills it.
    async fn kill_when(&self, mut process: Child, query: &str, reached: i64) {
        for _ in 0..3_000 {
            assert_eq!(process.try_wait().unwrap(), None, "the process ended before it was killed");
            if self.count(query).await == reached {
                process.kill().unwrap();
                process.wait().unwrap();
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        process.kill().unwrap();
        panic!("the process never came to the place where it was to be killed");
    }
}

/// Everything was done, and once: in the books of the desk, of the CA and of the mail.
async fn assert_finished_once(office: &Office) {
    for (what, expected) in [
        ("revocation_cases WHERE state = 'completed'", CASES),
        ("revocation_cases WHERE state = 'awaiting_call'", 1),
        ("revocation_cases", CASES + 1),
        ("ca_revocations", CASES),
        ("attempts WHERE outcome = 'accepted'", CASES),
        ("attempts WHERE outcome IS NULL", 0),
        ("evidence", CASES),
        ("messages WHERE kind = 'revocation_completed' AND status = 'sent'", CASES),
    ] {
        assert_eq!(office.count(what).await, expected, "{what}");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn a_run_killed_between_the_ca_and_the_receipt_is_finished_once_by_the_next() {
    let office = Office::with_confirmed_cases().await;
    let now = office.world.now;
    // The fourth receipt is never written: the CA has revoked, the desk has not heard of it.
    office
        .world
        .tamper(&format!(
            "CREATE TRIGGER stall BEFORE UPDATE OF outcome ON attempts
             WHEN (SELECT count(*) FROM attempts WHERE outcome IS NOT NULL) = 3 BEGIN {STALL}; END"
        ))
        .await;

    let process = office.program(now, &["task", "revoke_due"]).spawn().unwrap();
    office.kill_when(process, "ca_revocations", 4).await;
    assert_eq!(office.count("attempts WHERE outcome IS NULL").await, 1, "an intent without its receipt");
    assert_eq!(office.count("revocation_cases WHERE state = 'revoking'").await, 1);

    office.world.tamper("DROP TRIGGER stall").await;
    let finished = office.run(now + chrono::Duration::minutes(10), &["task", "revoke_due"]);
    assert!(finished.status.success(), "{}", text(&finished.stderr));
    assert_finished_once(&office).await;

    let again = office.run(now + chrono::Duration::minutes(20), &["task", "revoke_due"]);
    assert!(again.status.success());
    assert!(
        text(&again.stdout).ends_with("revoke_due: target=0 revoked=0 failed=0 skipped=0\n"),
        "{}",
        text(&again.stdout)
    );
    assert_finished_once(&office).await;
    let verified = office.run(now + chrono::Duration::minutes(30), &["task", "audit_verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

#[tokio::test]
async fn a_run_killed_before_the_intent_is_durable_has_asked_nothing_of_the_ca() {
    let office = Office::with_confirmed_cases().await;
    let now = office.world.now;
    office
        .world
        .tamper(&format!(
            "CREATE TRIGGER stall BEFORE INSERT ON attempts
             WHEN (SELECT count(*) FROM attempts) = 2 BEGIN {STALL}; END"
        ))
        .await;

    let process = office.program(now, &["task", "revoke_due"]).spawn().unwrap();
    office.kill_when(process, "attempts WHERE outcome = 'accepted'", 2).await;
    assert_eq!(office.count("ca_revocations").await, 2, "no third order went out");
    assert_eq!(office.count("revocation_cases WHERE state = 'revoking'").await, 0);

    office.world.tamper("DROP TRIGGER stall").await;
    let finished = office.run(now + chrono::Duration::minutes(10), &["task", "revoke_due"]);
    assert!(finished.status.success(), "{}", text(&finished.stderr));
    assert_finished_once(&office).await;
}
