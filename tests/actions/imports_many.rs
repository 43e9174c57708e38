//! Imports as large as they come, by the program itself: killed, gone on with, measured.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use revocation_desk::domain::calendar::jst;

use crate::builders::{World, day};
use crate::database;
use crate::import_rows::Press;

/// A world on a database that the program may use beside it.
async fn a_world(folder: &Path) -> (World, String) {
    let url = database::migrated(folder).await;
    (World::on(url.clone(), folder, jst(day("2026-11-24"), 10, 0)).await, url)
}

/// `task import_certificates file:…` of the program itself.
fn program(url: &str, folder: &Path, file: &Path) -> Command {
    let shipped = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/test.yaml")).unwrap();
    let config = shipped
        .replace("sqlite::memory:", url)
        .replace("target/test-data", &folder.display().to_string())
        .replace("# clock_starts_at: 2026-11-24T01:00:00Z", "clock_starts_at: 2026-11-24T01:00:00Z");
    fs::write(folder.join("test.yaml"), config).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_revocation-desk"));
    program
        .args(["task", "import_certificates", &format!("file:{}", file.display())])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LOCO_ENV", "test")
        .env("LOCO_CONFIG_FOLDER", folder);
    program
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().lines().last().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn two_thousand_rows_with_wrong_ones_among_them() {
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = a_world(folder.path()).await;
    let press = Press::new();
    let mut text = "subscriber,pem,entitlement_end_on\n".to_owned();
    for number in 0..2_000 {
        let cells = press.line(number).trim().to_owned();
        let line = match number {
            777 => format!("{cells},2026-13-01\n"),
            1_234 => "例示商事,x\n".to_owned(),
            1_999 => format!(",{},\n", cells.split_once(',').unwrap().1),
            _ => format!("{cells},\n"),
        };
        text.push_str(&line);
    }
    let file = folder.path().join("certificates.csv");
    fs::write(&file, text).unwrap();

    let output = program(&url, folder.path(), &file).output().unwrap();

    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(last_line(&output), "import_certificates: target=2000 registered=1997 known=0 failed=3", "{told}");
    assert_eq!(output.status.code(), Some(1));
    for line in ["779行目 entitlement_end_on: ", "1236行目 file: ", "2001行目 subscriber: "] {
        assert!(told.contains(line), "{line} is not in {told}");
    }
    assert_eq!(world.count("certificates").await, 1_997);
    assert_eq!(world.count("import_rows WHERE state = 'registered' AND content IS NULL").await, 1_997);
}

#[cfg(feature = "failpoints")]
#[tokio::test]
async fn an_import_killed_at_any_place_goes_on_with_the_same_file() {
    for (kill_at, left) in [
        ("import::uncommitted:1", 60),
        ("import::uncommitted:3", 10),
        ("import::committed:1", 35),
        ("import::committed:3", 0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (world, url) = a_world(folder.path()).await;
        let file = folder.path().join("certificates.csv");
        fs::write(&file, Press::new().file(60)).unwrap();

        let killed = program(&url, folder.path(), &file).env("KILL_AT", kill_at).output().unwrap();
        assert!(!killed.status.success() && killed.stdout.is_empty(), "{kill_at} was not passed");
        assert_eq!(world.count("import_rows WHERE state = 'waiting'").await, left, "{kill_at}");
        assert_eq!(world.count("certificates").await, 60 - left, "{kill_at}");

        let finished = program(&url, folder.path(), &file).output().unwrap();
        let expected = "import_certificates: target=60 registered=60 known=0 failed=0";
        assert_eq!((last_line(&finished).as_str(), finished.status.code()), (expected, Some(0)), "{kill_at}");
        assert_eq!(world.count("imports").await, 1, "{kill_at}");
        assert_eq!(world.count("certificates").await, 60, "{kill_at}");
        assert_eq!(world.count("audit_events WHERE action = 'certificate_registered'").await, 60, "{kill_at}");
    }
}

/// `IMPORT_ROWS=100000 cargo test --test actions -- --ignored --nocapture imports_many` prints rows a second and the memory.
#[tokio::test]
#[ignore = "takes many minutes"]
#[allow(clippy::disallowed_methods, reason = "it is measured")]
async fn a_hundred_thousand_rows() {
    let rows: u64 = std::env::var("IMPORT_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let (world, url) = a_world(folder.path()).await;
    let file = folder.path().join("certificates.csv");
    Press::new().write(rows, &mut std::io::BufWriter::new(fs::File::create(&file).unwrap()));
    let mut running = program(&url, folder.path(), &file).stdout(Stdio::null()).spawn().unwrap();
    let (began, mut largest) = (Instant::now(), String::new());
    let status = loop {
        let memory = fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap_or_default();
        largest = memory.lines().find(|line| line.starts_with("VmHWM")).map_or(largest, str::to_owned);
        match running.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(200)),
        }
    };
    let seconds = began.elapsed().as_secs().max(1);
    println!("{rows} rows in {seconds} s: {} rows/s, {largest}", rows / seconds);
    assert!(status.success());
    assert_eq!(world.count("certificates").await, i64::try_from(rows).unwrap());
}
