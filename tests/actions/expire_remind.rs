//! The quiet tasks: reminders before the day, and the end of cases whose certificate ran out.

use chrono::{Days, Duration, NaiveDate};
use revocation_desk::actions::expire_cases::expire_cases;
use revocation_desk::actions::remind::remind;
use revocation_desk::actions::reschedule::{Reschedule, reschedule};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::revocation_cases::Case;

use crate::builders::{World, agent, day};

async fn remind_on(world: &World, today: NaiveDate) {
    remind(&world.desk, today, jst(today, 9, 0)).await.unwrap();
}

async fn reminders(world: &World, case: &Case) -> Vec<String> {
    let mails = world.mails(case).await.into_iter();
    mails.filter(|mail| mail.kind == "revocation_reminder").map(|mail| mail.event_key).collect()
}

#[tokio::test]
async fn customers_are_reminded_five_business_days_before_and_on_the_day_before() {
    let world = World::new().await;
    let case = world.a_case().due_on(day("2026-12-04")).open().await;
    let mut sent = Vec::new();
    for today in day("2026-11-24").iter_days().take_while(|today| *today <= day("2026-12-05")) {
        let before = reminders(&world, &case).await.len();
        for _ in 0..2 {
            remind_on(&world, today).await;
        }
        if reminders(&world, &case).await.len() > before {
            sent.push(today);
        }
    }

    assert_eq!(sent, [day("2026-11-27"), day("2026-12-03")]);
    assert_eq!(reminders(&world, &case).await, ["5-before-2026-12-04", "1-before-2026-12-04"]);
}

#[tokio::test]
async fn a_missed_day_is_made_good_and_a_new_date_has_reminders_of_its_own() {
    let world = World::new().await;
    let case = world.a_case().due_on(day("2026-12-04")).open().await;
    remind_on(&world, day("2026-12-01")).await;
    let change =
        Reschedule { reception_number: case.reception_number, version: case.version, requested_on: day("2026-12-08") };
    reschedule(&world.desk, change, &agent(), jst(day("2026-12-01"), 10, 0)).await.unwrap();

    remind_on(&world, day("2026-12-01")).await;

    assert_eq!(reminders(&world, &case).await, ["5-before-2026-12-04", "5-before-2026-12-08"]);
}

#[tokio::test]
async fn nobody_is_reminded_of_what_is_due_or_not_to_be_phoned() {
    let world = World::new().await;
    let mut cases = vec![world.a_case().open().await];
    for state in [CaseState::AwaitingReissue, CaseState::OnHold, CaseState::Withdrawn] {
        cases.push(world.a_case().due_on(day("2026-11-25")).in_state(state).open().await);
    }

    remind_on(&world, world.today()).await;

    for case in cases {
        assert_eq!(reminders(&world, &case).await, Vec::<String>::new(), "{:?}", case.state);
    }
}

#[tokio::test]
async fn a_case_ends_when_its_certificate_has_run_out() {
    for (state, after) in [
        (CaseState::AwaitingReissue, CaseState::Expired),
        (CaseState::AwaitingCall, CaseState::Expired),
        (CaseState::Confirmed, CaseState::Expired),
        (CaseState::OnHold, CaseState::Expired),
        (CaseState::Revoking, CaseState::Revoking),
        (CaseState::Revoked, CaseState::Revoked),
        (CaseState::Withdrawn, CaseState::Withdrawn),
    ] {
        let world = World::new().await;
        let certificate = world.a_certificate().valid_until(world.today()).register().await;
        let case = world.a_case().on(&certificate).in_state(state).open().await;

        let on_the_last_second = certificate.not_after;
        expire_cases(&world.desk, &Actor::batch(), on_the_last_second).await.unwrap();
        assert_eq!(world.reload(&case).await.state, state, "{state:?} within validity");

        expire_cases(&world.desk, &Actor::batch(), on_the_last_second + Duration::seconds(1)).await.unwrap();
        let ended = world.reload(&case).await;
        assert_eq!(ended.state, after, "{state:?}");
        if after == CaseState::Expired {
            assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "case_expired");
        }
    }
}

#[tokio::test]
async fn a_second_run_ends_nothing_more() {
    let world = World::new().await;
    let certificate = world.a_certificate().valid_until(world.today() - Days::new(1)).register().await;
    let due_on = day("2026-11-20");
    world.a_case().on(&certificate).due_on(due_on).in_state(CaseState::Expired).open().await;

    let counts = expire_cases(&world.desk, &Actor::batch(), world.now).await.unwrap();

    assert_eq!((counts.target, counts.done), (0, 0));
}
