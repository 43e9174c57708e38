//! A desk for processes to work in: database, data folder, settings and the time of day.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::books::Books;
use crate::builders::{World, day};
use crate::cluster::Cluster;
use crate::copies;
use crate::database;

pub struct Office {
    pub url: String,
    pub books: Books,
    /// The builder's view of the same desk, for acts of people.
    pub world: World,
    pub settings: Mutex<Value>,
    folder: TempDir,
    began: Instant,
    opens_at: Mutex<DateTime<Utc>>,
    programs: AtomicUsize,
}

impl Office {
    /// On SQLite, with `cases` confirmed and due, one of them made by the actions, the others copied from it.
    pub async fn on_sqlite(cases: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database::sqlite(folder.path()).await;
        Self::open(folder, url, cases).await
    }

    /// Without a case.
    pub async fn empty_on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database::sqlite(folder.path()).await;
        Self::empty(folder, url).await
    }

    /// The same on PostgreSQL.
    pub async fn empty_on_postgres(cluster: &Cluster) -> Self {
        let url = Self::database_on(cluster).await;
        Self::empty(tempfile::tempdir().unwrap(), url).await
    }

    /// With cases, on PostgreSQL.
    pub async fn on_postgres(cluster: &Cluster, cases: u32) -> Self {
        let url = Self::database_on(cluster).await;
        Self::open(tempfile::tempdir().unwrap(), url, cases).await
    }

    async fn database_on(cluster: &Cluster) -> String {
        cluster.migrated(&format!("desk_{}", uuid::Uuid::new_v4().simple())).await
    }

    async fn open(folder: TempDir, url: String, cases: u32) -> Self {
        let office = Self::empty(folder, url).await;
        let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
        copies::add(&office.world.desk.db, &case, cases - 1).await;
        office
    }

    /// Tuesday 24 November 2026, 10:00 JST.
    async fn empty(folder: TempDir, url: String) -> Self {
        let now = jst(day("2026-11-24"), 10, 0);
        let world = World::on(url.clone(), folder.path(), now).await;
        let books = Books::open(&url).await;
        let settings = Mutex::new(settings(&url, folder.path()));
        let programs = AtomicUsize::new(0);
        Self { url, books, world, settings, folder, began: Instant::now(), opens_at: Mutex::new(now), programs }
    }

    /// The time by which every program that is started now begins: they agree however late they start.
    pub fn now(&self) -> DateTime<Utc> {
        *self.opens_at.lock().unwrap() + Duration::from_std(self.began.elapsed()).unwrap()
    }

    /// Programs that are started from now on live this much later (or earlier).
    pub fn pass(&self, time: Duration) {
        *self.opens_at.lock().unwrap() += time;
    }

    /// From now on it is `now`, for programs that are started.
    pub fn set_time(&self, now: DateTime<Utc>) {
        let elapsed = Duration::from_std(self.began.elapsed()).unwrap();
        *self.opens_at.lock().unwrap() = now - elapsed;
    }

    /// Changes a setting for programs that are started from now on, by its JSON pointer.
    pub fn set(&self, pointer: &str, value: impl Into<Value>) {
        let mut settings = self.settings.lock().unwrap();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        settings.pointer_mut(parent).unwrap()[key] = value.into();
    }

    /// The address of its database on another server.
    pub fn url_on(&self, cluster: &Cluster) -> String {
        format!("{}/{}", cluster.address, self.url.rsplit('/').next().unwrap())
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// The program with its settings and the time of day.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let number = self.programs.fetch_add(1, Ordering::Relaxed);
        let mut command = Command::new(env!("CARGO_BIN_EXE_revocation-desk"));
        command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("LOCO_ENV", "test")
            .env("LOCO_CONFIG_FOLDER", self.configuration(number))
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    /// Lets a task run to its end.
    #[track_caller]
    pub fn task(&self, name: &str) {
        self.task_with(name, &[]);
    }

    /// With arguments such as `as_of:2026-11-24`.
    #[track_caller]
    pub fn task_with(&self, name: &str, arguments: &[&str]) {
        let output = self.run(&[&["task", name], arguments].concat());
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn configuration(&self, number: usize) -> PathBuf {
        let folder = self.folder.path().join(format!("config-{number}"));
        fs::create_dir(&folder).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/test.yaml");
        fs::copy(shipped, folder.join("test.yaml")).unwrap();
        let mut settings = self.settings.lock().unwrap().clone();
        settings["settings"]["clock_starts_at"] = json!(self.now().to_rfc3339_opts(SecondsFormat::Micros, true));
        // JSON is YAML.
        fs::write(folder.join("test.local.yaml"), settings.to_string()).unwrap();
        folder
    }

    /// How many different mails left the house. A mail that is sent again replaces its file.
    pub fn mails(&self, kind: &str) -> usize {
        let folder = self.folder.path().join("mail");
        let kind = kind.replace('_', "-");
        let files = fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().file_name())).into_iter();
        files
            .flatten()
            .filter(|name| {
                let name = name.to_string_lossy().replace('_', "-");
                !name.starts_with('.') && name.contains(&kind)
            })
            .count()
    }
}

/// What differs from `config/test.yaml`: every bell rings all the time, and work is cut into small pieces.
fn settings(url: &str, folder: &Path) -> Value {
    json!({
        "logger": { "enable": true },
        "database": { "uri": url, "auto_migrate": false },
        "settings": {
            "data_dir": folder,
            "revocation": { "brake_limit": 1_000_000, "chunk": 10, "parallel": 2 },
            "schedule": {
                "revoke_due": EVERY_SECOND,
                "prove": EVERY_SECOND,
                "send_messages": EVERY_SECOND,
                "rescue_stuck": EVERY_SECOND,
                "publish_crl": "*/5 * * * * *",
            },
        },
    })
}

const EVERY_SECOND: &str = "* * * * * *";
