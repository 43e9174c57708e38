//! Clocks: around midnight in Japan, at the end of a year, days without a scheduler, and one that was set back.
//!
//! What is asserted are the instants in the books, never how long something took.

use chrono::{DateTime, Duration, Utc};
use revocation_desk::domain::calendar::{jst, jst_date};

use crate::books::assert_finished_once;
use crate::builders::day;
use crate::node::Node;
use crate::office::Office;
use crate::wait::until;

/// Two cases; the first made by the actions, the second its copy.
async fn two_cases(first_due: &str, second_due: &str) -> Office {
    let office = Office::on_sqlite(2).await;
    for (order, due) in [("ASC", first_due), ("DESC", second_due)] {
        let case = format!("SELECT id FROM revocation_cases ORDER BY id {order} LIMIT 1");
        office.books.tamper(&format!("UPDATE revocation_cases SET due_on = '{due}' WHERE id = ({case})")).await;
    }
    office
}

/// The confirmation of every case was given at this time.
async fn confirmed_at(office: &Office, at: DateTime<Utc>) {
    let at = at.format("%Y-%m-%d %H:%M:%S%.6f+00:00");
    office.books.tamper(&format!("UPDATE authorizations SET granted_at = '{at}'")).await;
    office.books.tamper(&format!("UPDATE calls SET called_at = '{at}'")).await;
}

const COMPLETED: &str = "revocation_cases WHERE state = 'completed'";
const RUNS: &str = "batch_runs WHERE task = 'revoke_due'";

#[tokio::test(flavor = "multi_thread")]
async fn a_case_waits_for_midnight_in_japan_and_no_second_less() {
    let waits = async |first, second| {
        let office = two_cases(first, second).await;
        let midnight = jst(day(second), 0, 0);
        confirmed_at(&office, midnight - Duration::hours(8)).await;
        office.set_time(midnight - Duration::seconds(6));

        let _node = Node::start(&office);

        // `assert_sound` knows the day of each case.
        office.books.finished().await;
        assert_finished_once(&office, 2, 0).await;
    };
    tokio::join!(waits("2026-11-24", "2026-11-25"), waits("2026-12-31", "2027-01-01"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_one_second_before_midnight_leaves_tomorrow_alone_and_one_second_after_takes_it() {
    for (today, tomorrow) in [("2026-11-24", "2026-11-25"), ("2026-12-31", "2027-01-01")] {
        let office = two_cases(today, tomorrow).await;
        confirmed_at(&office, jst(day(today), 16, 0)).await;

        // The task is told its day, so that it may start late: the last second of one day, the first of the next.
        office.set_time(jst(day(today), 23, 59));
        office.task_with("revoke_due", &[&format!("as_of:{today}")]);
        assert_eq!(office.books.count(COMPLETED).await, 1, "{today}");
        office.books.assert_sound().await;

        office.set_time(jst(day(tomorrow), 0, 0) + Duration::seconds(1));
        office.task("revoke_due");
        assert_finished_once(&office, 2, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_days_without_a_scheduler_are_made_good_once() {
    let office = two_cases("2026-11-25", "2026-11-27").await;
    // In production's rhythm: the last ring was yesterday evening, the next one is this evening.
    office.set("/settings/schedule/revoke_due", "0 30 18 * * *");
    confirmed_at(&office, jst(day("2026-11-24"), 17, 0)).await;
    office.task("revoke_due");
    assert_eq!(office.books.count("ca_revocations").await, 0);
    office.set_time(jst(day("2026-11-28"), 10, 0));

    let mut first = Node::start(&office);
    office.books.finished().await;
    until("the run has ended", async || {
        office.books.count(&format!("{RUNS} AND cause = 'catch_up' AND status = 'finished'")).await == 1
    })
    .await;
    first.kill();
    let crls = office.books.count("ca_crls").await;
    let mut second = Node::start(&office);
    second.answers().await;
    // Published at the start, right before it looks for a missed run; the end of the process waits for that.
    until("the second node has published", async || office.books.count("ca_crls").await > crls).await;
    second.end();

    assert_eq!(office.books.count(&format!("{RUNS} AND cause = 'catch_up'")).await, 1);
    assert_finished_once(&office, 2, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_makes_nothing_early_and_nothing_twice() {
    let office = two_cases("2026-11-24", "2026-11-25").await;
    confirmed_at(&office, jst(day("2026-11-24"), 9, 0)).await;
    office.set_time(jst(day("2026-11-24"), 18, 30));
    office.task("revoke_due");
    assert_eq!(office.books.count(COMPLETED).await, 1);

    // A day back; the task may complain about the CRL, whose last one is from the future.
    office.set_time(jst(day("2026-11-23"), 18, 30));
    office.run(&["task", "revoke_due"]);
    assert_eq!(jst_date(office.now()), day("2026-11-23"));
    assert_eq!(office.books.count("ca_revocations").await, 1);
    assert_eq!(office.books.count("attempts").await, 1);
    office.books.assert_sound().await;

    office.set_time(jst(day("2026-11-25"), 18, 30));
    office.task("revoke_due");
    assert_finished_once(&office, 2, 0).await;
}
