//! kill -9 at every named place of a revocation run, on both databases: the next run finishes everything, once.

use std::time::Instant;

use chrono::Duration;

use crate::books::assert_finished_once;
use crate::cluster::Cluster;
use crate::node::was_killed;
use crate::office::Office;

/// Every place of `fail_point!` on the way from the due case to the sent mail.
pub const PLACES: [&str; 12] = [
    "revoke::intent_uncommitted",
    "revoke::intent_committed",
    "revoke::ca_answered",
    "revoke::receipt_uncommitted",
    "revoke::receipt_committed",
    "prove::uncommitted",
    "prove::committed",
    "crl::written",
    "crl::entered",
    "mail::claimed",
    "mail::delivered",
    "mail::recorded",
];

/// Mails are claimed and recorded many at a time.
const ONCE_IN_A_RUN: [&str; 4] = ["crl::written", "crl::entered", "mail::claimed", "mail::recorded"];

const CASES: u32 = 8;

/// Kills a run at the `nth` passage of `place`, lets another one follow. How many kinds of work the first one left;
/// `None`: it came to its end unharmed.
async fn killed_and_followed(office: &Office, place: &str, nth: u32) -> Option<usize> {
    let killed = office.program(&["task", "revoke_due"]).env("KILL_AT", format!("{place}:{nth}")).output().unwrap();
    if killed.status.success() {
        assert_finished_once(office, i64::from(CASES), 0).await;
        return None;
    }
    let told = String::from_utf8_lossy(&killed.stderr);
    assert!(was_killed(killed.status), "{place}:{nth} ended with {}: {told}", killed.status);
    office.books.assert_sound().await;
    let left = office.books.left().await.unwrap().len();

    office.pass(Duration::minutes(10));
    office.task("revoke_due");
    assert_finished_once(office, i64::from(CASES), 0).await;
    Some(left)
}

async fn an_office(cluster: Option<&Cluster>) -> Office {
    let office = match cluster {
        Some(cluster) => Office::on_postgres(cluster, CASES).await,
        None => Office::on_sqlite(CASES).await,
    };
    // A run has three chunks; CA and mail are passed for every case.
    office.set("/settings/revocation/chunk", 3);
    office
}

async fn killed_at_every_place(cluster: Option<&Cluster>) {
    for place in PLACES {
        // The second time where there is one: something is done already, something is not begun.
        let nth = if ONCE_IN_A_RUN.contains(&place) { 1 } else { 2 };
        let office = an_office(cluster).await;
        let left = killed_and_followed(&office, place, nth).await;
        assert!(left.is_some_and(|left| left > 0), "{place}:{nth} was not passed or left nothing to do");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_at_any_place_is_finished_once_by_the_next_on_sqlite() {
    killed_at_every_place(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_at_any_place_is_finished_once_by_the_next_on_postgresql() {
    let cluster = Cluster::shared();
    killed_at_every_place(Some(cluster)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_finds_nothing_to_do() {
    let office = an_office(None).await;
    office.task("revoke_due");

    office.pass(Duration::minutes(10));
    let again = office.run(&["task", "revoke_due"]);

    let told = String::from_utf8_lossy(&again.stdout);
    assert!(told.ends_with("revoke_due: target=0 revoked=0 failed=0 skipped=0\n"), "{told}");
    assert_finished_once(&office, i64::from(CASES), 0).await;
}

/// Every passage of every place, on both databases.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the full form: scripts/nodes full"]
async fn killed_at_every_passage_of_every_place() {
    let (began, cluster) = (Instant::now(), Cluster::shared());
    for (name, cluster) in [("SQLite", None), ("PostgreSQL", Some(cluster))] {
        let mut kills = 0;
        for place in PLACES {
            let (mut nth, mut most_left) = (1, 0);
            while let Some(left) = killed_and_followed(&an_office(cluster).await, place, nth).await {
                // Behind the last passage there may be nothing left.
                most_left = most_left.max(left);
                nth += 1;
            }
            assert!(most_left > 0, "{place} was never passed, or left nothing to do");
            println!("{name}: {place}: killed at each of {} passages", nth - 1);
            kills += nth - 1;
        }
        println!("{name}: {kills} kills, {CASES} cases each: 0 lost, 0 double, 0 wrong, all completed");
    }
    println!("{} s", began.elapsed().as_secs());
}
