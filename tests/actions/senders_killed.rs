//! A sender that is killed at each of its places: no mail is missing, and what comes twice is the same mail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use chrono::SecondsFormat;
use revocation_desk::models::columns::MessageStatus;

use crate::mail_sink::{Answer, MailSink};
use crate::outbox::{Outbox, at};

const MAILS: u32 = 300;
/// `docs/OPERATIONS.md` promises it.
const TWICE_AT_MOST: usize = 128;

#[tokio::test]
async fn a_sender_killed_at_any_place_leaves_no_mail_out_and_few_mails_twice() {
    for (kill_at, twice_at_most) in [
        ("mail::claimed:1", 0),
        ("mail::claimed:2", TWICE_AT_MOST),
        ("mail::delivered:1", TWICE_AT_MOST),
        ("mail::delivered:150", TWICE_AT_MOST),
        ("mail::recorded:1", TWICE_AT_MOST),
        ("mail::recorded:3", TWICE_AT_MOST),
    ] {
        let outbox = Outbox::new().await;
        outbox.queue(MAILS).await;
        let sink = MailSink::start(|_, _| Answer::Accept).await;

        let data = tempfile::tempdir().unwrap();
        let killed = run(&outbox, &sink, data.path(), 0, Some(kill_at)).await;
        assert!(!killed.status.success() && killed.stdout.is_empty(), "{kill_at} was not passed");
        let finished = run(&outbox, &sink, data.path(), 301, None).await;
        assert!(finished.status.success(), "{kill_at}: {}", String::from_utf8_lossy(&finished.stderr));

        let sent = outbox.all().await.iter().filter(|mail| mail.status == MessageStatus::Sent).count();
        assert_eq!(sent, MAILS as usize, "{kill_at}");
        let mut copies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for mail in sink.received() {
            copies.entry(mail.recipients[0].clone()).or_default().insert(mail.message_id);
        }
        assert_eq!(copies.len(), MAILS as usize, "{kill_at}: a mail is missing");
        assert!(copies.values().all(|ids| ids.len() == 1), "{kill_at}: a copy has another Message-ID");
        let twice = sink.received().len() - MAILS as usize;
        assert!(twice <= twice_at_most, "{kill_at}: {twice} mails came twice");
    }
}

/// The program itself, so many seconds after the mails were queued.
async fn run(outbox: &Outbox, sink: &MailSink, data: &Path, seconds: i64, kill_at: Option<&str>) -> Output {
    let shipped = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/test.yaml")).unwrap();
    let starts_at = at(seconds).to_rfc3339_opts(SecondsFormat::Secs, true);
    let config = shipped
        .replace("sqlite::memory:", &outbox.url)
        .replace("target/test-data", &data.display().to_string())
        .replace("# clock_starts_at: 2026-11-24T01:00:00Z", &format!("clock_starts_at: {starts_at}"));
    fs::write(data.join("test.yaml"), config).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_revocation-desk"));
    program
        .args(["task", "send_messages"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LOCO_ENV", "test")
        .env("LOCO_CONFIG_FOLDER", data)
        .env("SMTP_URL", &sink.url);
    if let Some(place) = kill_at {
        program.env("KILL_AT", place);
    }
    // The mail server of the test goes on meanwhile.
    tokio::task::spawn_blocking(move || program.output()).await.unwrap().unwrap()
}
