//! A backup is put back: the desk knows less than the CA and the customers do, and does nothing until that is mended.
//!
//! Backed up with three cases confirmed and their mails queued. Since then one was withdrawn, one was revoked by the run,
//! and one more application came in. None of it is in the backup.

use std::fs;
use std::process::{Command, Output};

use chrono::Duration;
use revocation_desk::actions::halt_desk::{HaltDesk, halt_desk};
use revocation_desk::actions::release_desk::release_desk;
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::halt::HaltCause;
use revocation_desk::models::reissue_applications::next_reception_number;
use revocation_desk::models::revocation_cases::Case;

use crate::books::Books;
use crate::builders::{World, agent, supervisor};
use crate::cluster::Cluster;
use crate::node::Node;
use crate::office::Office;

/// The office, its backup, and what happened after it.
struct Disaster {
    office: Office,
    /// Revoked by the run after the backup.
    revoked: Case,
    /// Withdrawn by the customer after the backup.
    withdrawn: Case,
    /// Confirmed before the backup and put on hold after it.
    held: Case,
    /// Filed after the backup.
    filed: Case,
}

impl Disaster {
    async fn in_(office: Office) -> Self {
        let world = &office.world;
        let revoked = world.a_case().in_state(CaseState::Confirmed).open().await;
        let withdrawn = world.a_case().in_state(CaseState::Confirmed).open().await;
        let held = world.a_case().in_state(CaseState::Confirmed).open().await;
        office.task_with("create_user", &["role:supervisor", "name:責任 任", "email:boss@ca.example"]);
        backup(&office);

        let now = world.now + Duration::minutes(1);
        withdraw_case(world, &withdrawn, now).await;
        let order = revocation_desk::actions::hold_case::HoldCase {
            reception_number: held.reception_number,
            version: held.version,
            note: "上長の確認待ち".to_owned(),
        };
        revocation_desk::actions::hold_case::hold_case(&world.desk, order, &supervisor(), now).await.unwrap();
        let filed = world.a_case().in_state(CaseState::AwaitingCall).open().await;
        office.pass(Duration::minutes(2));
        office.task("revoke_due");
        assert_eq!(world.reload(&revoked).await.state, CaseState::Completed);
        assert_eq!(office.books.count("messages WHERE status = 'queued'").await, 0, "all mails went out");
        Self { office, revoked, withdrawn, held, filed }
    }

    /// The database as it was backed up, by hand; the data folder is still there.
    async fn put_back(&mut self) {
        let file = self.office.data_dir().join("desk.sqlite");
        match self.office.url.strip_prefix("sqlite:") {
            Some(_) => {
                fs::remove_file(&file).unwrap();
                for part in ["desk.sqlite-wal", "desk.sqlite-shm"] {
                    drop(fs::remove_file(self.office.data_dir().join(part)));
                }
                fs::copy(self.office.data_dir().join("backup/desk.sqlite"), file).unwrap();
            }
            None => {
                recreate(&self.office.url);
                let dump = self.office.data_dir().join("backup/desk.dump");
                let restored = Command::new("pg_restore")
                    .args(["--no-owner", "--exit-on-error", "--dbname", &self.office.url])
                    .arg(dump)
                    .output()
                    .unwrap();
                assert!(restored.status.success(), "{}", told(&restored));
            }
        }
        self.reopen().await;
    }

    async fn reopen(&mut self) {
        self.office.world = World::on(self.office.url.clone(), self.office.data_dir(), self.office.now()).await;
        self.office.books = Books::open(&self.office.url).await;
    }

    /// As the backup has them: nothing was begun with them since.
    async fn assert_untouched(&self) {
        let books = &self.office.books;
        for (what, expected) in [
            ("revocation_cases WHERE state = 'confirmed'", 3),
            ("ca_revocations", 0),
            ("attempts", 0),
            ("messages WHERE status <> 'queued'", 0),
            ("batch_runs WHERE task = 'revoke_due'", 0),
        ] {
            assert_eq!(books.count(what).await, expected, "{what}");
        }
    }

    async fn state(&self, case: &Case) -> CaseState {
        self.office.world.reload(case).await.state
    }
}

async fn withdraw_case(world: &World, case: &Case, now: chrono::DateTime<chrono::Utc>) {
    let input = Withdraw {
        reception_number: case.reception_number,
        version: case.version,
        ground: "旧サーバーを使い続けるため".to_owned(),
    };
    withdraw(&world.desk, input, &agent(), now).await.unwrap();
}

fn script(office: &Office, name: &str, folder: &std::path::Path) -> Output {
    let program = office.program(&[]);
    let mut command = Command::new(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name));
    command.arg(folder).current_dir(env!("CARGO_MANIFEST_DIR"));
    for (key, value) in program.get_envs() {
        command.env(key, value.unwrap());
    }
    command
        .env("DATABASE_URL", &office.url)
        .env("DATA_DIR", office.data_dir())
        .env("REVOCATION_DESK", env!("CARGO_BIN_EXE_revocation-desk"))
        .output()
        .unwrap()
}

fn backup(office: &Office) {
    let output = script(office, "backup", &office.data_dir().join("backup"));
    assert!(output.status.success(), "{}", told(&output));
}

/// An empty database of the same name.
fn recreate(url: &str) {
    let (server, name) = url.rsplit_once('/').unwrap();
    let database = format!("{server}/postgres");
    for statement in [format!("DROP DATABASE {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
        let output = Command::new("psql").args(["-Xq", &database, "-c", &statement]).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Refused, and said why.
#[track_caller]
fn assert_refused(output: &Output, why: &str) {
    assert!(!output.status.success(), "{}", said(output));
    assert!(told(output).contains(why), "{}", told(output));
}

async fn a_restored_desk_is_reconciled_and_loses_and_doubles_nothing(office: Office) {
    let mut disaster = Disaster::in_(office).await;
    disaster.put_back().await;
    disaster.assert_untouched().await;

    // Held by itself: the scheduler rings every second and does nothing; commands are refused.
    let mut node = Node::start(&disaster.office);
    node.answers().await;
    crate::wait::until("a bell was not followed", async || node.log().contains("not run: the desk is halted")).await;
    for task in ["revoke_due", "send_messages", "prove", "rescue_stuck", "issue_pending", "remind"] {
        assert_refused(&disaster.office.run(&["task", task]), "業務を停止しています");
    }
    disaster.assert_untouched().await;
    let books = &disaster.office.books;
    assert_eq!(books.count("halts WHERE cause = 'restored' AND lost_sequence > found_sequence").await, 1);

    // Not before it was reconciled.
    let release = ["task", "release", "by:boss@ca.example", "reason:照合を確認"];
    assert_refused(&disaster.office.run(&release), "照合が必要");
    let output = disaster.office.run(&["task", "reconcile"]);
    assert!(output.status.success(), "{}", told(&output));
    let last = said(&output).lines().last().unwrap().to_owned();
    assert!(last.starts_with("reconcile: cases=3 crl_entries=1 mails_held="), "{last}");
    assert_eq!(disaster.state(&disaster.revoked).await, CaseState::Revoked, "as the last CRL shows");
    assert_eq!(disaster.state(&disaster.withdrawn).await, CaseState::AwaitingCall, "the withdrawal may be lost");
    assert_eq!(disaster.state(&disaster.held).await, CaseState::AwaitingCall);
    assert!(said(&output).contains(&format!("found_revoked {}", disaster.revoked.reception_number)));
    assert!(said(&output).contains(&format!("confirmation_voided {}", disaster.withdrawn.reception_number)));
    assert_eq!(books.count("messages WHERE status = 'queued'").await, 0, "none goes out again by itself");

    // Released by a supervisor: the node goes on by itself.
    assert!(disaster.office.run(&release).status.success());
    crate::wait::until("the revoked case is proven and told", async || {
        books.count("revocation_cases WHERE state = 'completed'").await == 1
            && books.count("messages WHERE kind = 'revocation_completed' AND status = 'sent'").await == 1
    })
    .await;
    node.end();
    disaster.office.task("revoke_due");
    assert_eq!(disaster.state(&disaster.withdrawn).await, CaseState::AwaitingCall, "not revoked without a new call");
    assert_eq!(books.count("ca_revocations").await, 1);
    assert_eq!(books.count("attempts").await, 0);
    disaster.office.task("publish_crl");
    disaster.office.task("audit_verify");
    disaster.office.task("check_invariants");

    let next = disaster.office.world.a_case().in_state(CaseState::AwaitingCall).open().await;
    let today = disaster.office.world.today();
    let number = next_reception_number(&disaster.office.world.desk.db, today).await.unwrap();
    assert!(number.number() > 1_000, "the numbers of the gap may be given twice: {number}");
    assert!(next.id > disaster.filed.id && next.application_id > disaster.filed.application_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_desk_on_sqlite_is_reconciled_and_loses_and_doubles_nothing() {
    Box::pin(a_restored_desk_is_reconciled_and_loses_and_doubles_nothing(Office::empty_on_sqlite().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_desk_on_postgresql_is_reconciled_and_loses_and_doubles_nothing() {
    let cluster = Cluster::shared();
    Box::pin(a_restored_desk_is_reconciled_and_loses_and_doubles_nothing(Office::empty_on_postgres(cluster).await))
        .await;
}

/// On a new machine nothing is left that could tell the difference: the script that restores halts the desk.
async fn a_desk_restored_on_a_new_machine_is_halted_by_the_script(office: Office) {
    let mut disaster = Disaster::in_(office).await;
    let folder = disaster.office.data_dir().to_owned();
    let kept = tempfile::tempdir().unwrap();
    fs::rename(folder.join("backup"), kept.path().join("backup")).unwrap();

    let occupied = script(&disaster.office, "restore", &kept.path().join("backup"));
    assert!(!occupied.status.success(), "it overwrites nothing");
    assert_eq!(disaster.state(&disaster.revoked).await, CaseState::Completed);

    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    if disaster.office.url.starts_with("postgres") {
        recreate(&disaster.office.url);
    }
    let restored = script(&disaster.office, "restore", &kept.path().join("backup"));
    assert!(restored.status.success(), "{}", told(&restored));
    disaster.reopen().await;
    disaster.assert_untouched().await;
    assert_refused(&disaster.office.run(&["task", "revoke_due"]), "業務を停止しています");

    // The last CRL is lost with the machine: the CA itself knows of no revocation. Nobody is revoked without a call.
    assert!(disaster.office.run(&["task", "reconcile"]).status.success());
    disaster.office.task_with("release", &["by:boss@ca.example", "reason:照合を確認"]);
    disaster.office.task("revoke_due");
    assert_eq!(disaster.office.books.count("ca_revocations").await, 0);
    assert_eq!(disaster.office.books.count("revocation_cases WHERE state = 'awaiting_call'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_restored_on_a_new_machine_with_sqlite_is_halted_by_the_script() {
    a_desk_restored_on_a_new_machine_is_halted_by_the_script(Office::empty_on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_restored_on_a_new_machine_with_postgresql_is_halted_by_the_script() {
    let cluster = Cluster::shared();
    a_desk_restored_on_a_new_machine_is_halted_by_the_script(Office::empty_on_postgres(cluster).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_was_only_stopped_goes_on() {
    let office = Office::on_sqlite(2).await;
    office.task("revoke_due");
    assert!(office.data_dir().join("audit-head.json").exists());

    office.task("revoke_due");

    assert_eq!(office.books.count("halts").await, 0);
    assert_eq!(office.books.count("revocation_cases WHERE state = 'completed'").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_slept_through_the_reconciliation_does_not_halt_the_desk_again() {
    let mut disaster = Disaster::in_(Office::empty_on_sqlite().await).await;
    let seen = fs::read(disaster.office.data_dir().join("audit-head.json")).unwrap();
    disaster.put_back().await;
    assert_refused(&disaster.office.run(&["task", "prove"]), "業務を停止しています");
    assert!(disaster.office.run(&["task", "reconcile"]).status.success());
    disaster.office.task_with("release", &["by:boss@ca.example", "reason:照合を確認"]);

    fs::write(disaster.office.data_dir().join("audit-head.json"), seen).unwrap();
    disaster.office.task("prove");

    assert_eq!(disaster.office.books.count("halts").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halt_by_hand_ends_without_a_reconciliation() {
    let office = Office::on_sqlite(2).await;
    office.task_with("halt", &["reason:停電に備えて"]);
    assert_refused(&office.run(&["task", "revoke_due"]), "業務を停止しています");
    assert_eq!(office.books.count("ca_revocations").await, 0);
    assert_refused(&office.run(&["task", "halt", "reason:もう一度"]), "すでに停止");

    let now = office.now();
    release_desk(&office.world.desk, "復電", &supervisor(), now).await.unwrap();
    office.task("revoke_due");
    assert_eq!(office.books.count("revocation_cases WHERE state = 'completed'").await, 2);

    let again = HaltDesk { cause: HaltCause::Ordered, reason: "再び".to_owned(), lost_sequence: None };
    halt_desk(&office.world.desk, again, &supervisor(), now).await.unwrap();
}
