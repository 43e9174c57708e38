//! The desk's files, and a configuration that lets the real program work on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use chrono::{DateTime, SecondsFormat, Utc};
use revocation_desk::domain::case::CaseState;

use crate::builders::World;

const CASES: i64 = 8;
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
}
