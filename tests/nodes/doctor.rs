//! `doctor` as an operator runs it: a line for each finding, exit status 1 for errors, and no secret anywhere.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::office::Office;

#[tokio::test]
async fn the_doctor_says_what_is_wrong_and_no_secret() {
    let office = Office::empty_on_sqlite().await;
    let key = office.data_dir().join("master");
    fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let before = names(&office);

    let output = office
        .program(&["doctor", "--language", "en"])
        .env("SMTP_URL", "smtps://desk:s3cret-word@127.0.0.1:1")
        .env("REVOCATION_DESK_MASTER_KEY_FILE", &key)
        .output()
        .unwrap();

    let (told, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{told}{log}");
    for line in
        ["error   Files with secrets:", "error   Mail: 127.0.0.1:1", "ok      Database: up to date.", "doctor: ok="]
    {
        assert!(told.contains(line), "no {line:?} in {told}{log}");
    }
    for secret in ["s3cret-word", "AAECAwQF", "PRIVATE KEY"] {
        assert!(!told.contains(secret) && !log.contains(secret), "{secret}: {told}{log}");
    }
    assert_eq!(names(&office), before, "it made something");
}

#[tokio::test]
async fn the_doctor_makes_no_database_and_helps_a_program_that_would_not_start() {
    let office = Office::empty_on_sqlite().await;
    let missing = office.data_dir().join("none.sqlite");
    let output = office
        .program(&["doctor", "--language", "en"])
        .env("LOCO_CONFIG_FOLDER", "config")
        .env("LOCO_ENV", "production")
        .env("DATABASE_URL", format!("sqlite://{}?mode=rwc", missing.display()))
        .env("PUBLIC_URL", "https://desk.example")
        .env("DATA_DIR", office.data_dir())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("there is no file") && told.contains("REVOCATION_DESK_MASTER_KEY_FILE"), "{told}");
    assert!(!missing.exists());
}

/// What lies in the data folder.
fn names(office: &Office) -> Vec<String> {
    let entries = fs::read_dir(office.data_dir()).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    // Settings of programs, and SQLite's own files beside the database.
    names.retain(|name| !name.starts_with("config") && !name.contains(".sqlite"));
    names.sort();
    names
}
