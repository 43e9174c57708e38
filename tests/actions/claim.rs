//! The queue: everybody gets another case, in the right order, and nobody keeps one for good.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::claim_next::claim_next;
use revocation_desk::actions::record_call::{RecordCall, record_call};
use revocation_desk::actions::release_claim::release_claim;
use revocation_desk::actions::report_key_compromise::{ReportKeyCompromise, report_key_compromise};
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::call_day::{Day, DayPart};

use crate::builders::{World, agent, another_agent, call, codes, day, param, problem, staff, supervisor};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_agents_who_take_one_call_after_the_other_never_get_the_same() {
    let world = World::new().await;
    for _ in 0..80 {
        world.a_case().open().await;
    }
    let agents = (1..=20).map(|id| {
        let (desk, now) = (world.desk.clone(), world.now);
        tokio::spawn(async move {
            let mut taken = Vec::new();
            while let Some(case) = claim_next(&desk, &staff(id, "当番", Role::Agent), now).await.unwrap() {
                taken.push(case.id);
            }
            taken
        })
    });

    let mut taken = Vec::new();
    for agent in agents.collect::<Vec<_>>() {
        taken.extend(agent.await.unwrap());
    }

    assert_eq!(taken.len(), 80);
    assert_eq!(taken.into_iter().collect::<HashSet<_>>().len(), 80);
}

#[tokio::test]
async fn the_queue_is_compromises_then_promised_times_then_the_longest_due() {
    let world = World::new().await;
    let today = world.a_case().open().await;
    let carried_over = world.a_case().due_on(day("2026-11-20")).open().await;
    let promised = world.a_case().open().await;
    let at = world.now - Duration::minutes(20);
    claim_case(&world.desk, promised.reception_number, &agent(), at).await.unwrap();
    let input = RecordCall { call_back_at: Some(world.now), ..call(&promised, CallOutcome::CallBack) };
    record_call(&world.desk, input, &agent(), at).await.unwrap();
    let compromised = world.a_case().due_on(day("2026-12-07")).open().await;
    let report = ReportKeyCompromise {
        reception_number: compromised.reception_number,
        version: compromised.version,
        ground: "お客様からの電話".to_owned(),
    };
    report_key_compromise(&world.desk, report, &agent(), at).await.unwrap();

    let mut order = Vec::new();
    while let Some(case) = claim_next(&world.desk, &agent(), world.now).await.unwrap() {
        order.push(case.id);
    }

    assert_eq!(order, [compromised.id, promised.id, carried_over.id, today.id]);
}

#[tokio::test]
async fn the_first_calls_of_a_long_day_are_the_first_of_all() {
    let world = World::new().await;
    let (early, late) = (world.now - Duration::hours(2), world.now + Duration::hours(2));
    let instant = |at: DateTime<Utc>| at.format("%FT%T+00:00").to_string();
    for n in 0..12 {
        let due_on = if n % 3 == 0 { day("2026-11-20") } else { world.today() };
        let case = world.a_case().due_on(due_on).open().await;
        let change = match n % 4 {
            0 => "call_band = 'morning'".to_owned(),
            1 => "call_band = 'late_afternoon'".to_owned(),
            2 => format!("next_call_at = '{}'", instant(if n < 6 { late } else { early })),
            _ => continue,
        };
        world.tamper(&format!("UPDATE revocation_cases SET {change} WHERE id = {}", case.id)).await;
    }
    let today = Day { today: world.today(), now: world.now, who: agent().key() };
    let first = async |limit| {
        let rows = today.cases(&world.desk.db, DayPart::Calls, limit).await.unwrap();
        rows.into_iter().map(|row| row.case.id).collect::<Vec<_>>()
    };

    let all = first(100).await;

    assert_eq!(all.len(), 12);
    for limit in 1..12_u8 {
        assert_eq!(first(limit.into()).await, all[..limit.into()], "{limit}");
    }
}

#[tokio::test]
async fn a_case_is_offered_only_when_it_may_be_phoned() {
    let world = World::new().await;
    world.a_case().due_on(day("2026-11-25")).open().await;
    world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    world.a_case().in_state(CaseState::Confirmed).open().await;
    world.a_case().in_state(CaseState::OnHold).open().await;
    let promised = world.a_case().open().await;
    claim_case(&world.desk, promised.reception_number, &agent(), world.now).await.unwrap();
    let later = jst(world.today(), 15, 0);
    let input = RecordCall { call_back_at: Some(later), ..call(&promised, CallOutcome::CallBack) };
    record_call(&world.desk, input, &agent(), world.now).await.unwrap();

    assert_eq!(claim_next(&world.desk, &agent(), world.now).await.unwrap(), None);
    assert_eq!(claim_next(&world.desk, &agent(), later).await.unwrap().map(|case| case.id), Some(promised.id));
}

#[tokio::test]
async fn a_claim_lasts_fifteen_minutes_and_longer_for_who_renews_it() {
    let world = World::new().await;
    let number = world.a_case().open().await.reception_number;
    let after = |minutes| world.now + Duration::minutes(minutes);

    claim_case(&world.desk, number, &agent(), world.now).await.unwrap();
    let refused = problem(claim_case(&world.desk, number, &another_agent(), after(14)).await);
    assert_eq!(refused.code, "held_by_another");
    assert_eq!(param(&refused, "name"), Some("窓口 美咲"));

    for (minutes, until) in [(14, 29), (28, 43), (42, 45)] {
        let renewed = claim_case(&world.desk, number, &agent(), after(minutes)).await.unwrap();
        assert_eq!(renewed.lease_until, Some(after(until)), "renewed after {minutes} minutes");
    }

    let taken = claim_case(&world.desk, number, &another_agent(), after(45)).await.unwrap();
    assert!(taken.is_held_by(&another_agent(), after(45)));
}

#[tokio::test]
async fn a_supervisor_breaks_the_claim_of_another() {
    let world = World::new().await;
    let number = world.a_case().open().await.reception_number;
    claim_case(&world.desk, number, &agent(), world.now).await.unwrap();

    let refused = release_claim(&world.desk, number, &another_agent(), world.now).await;
    assert_eq!(codes(refused), ["held_by_another"]);

    let released = release_claim(&world.desk, number, &supervisor(), world.now).await.unwrap();
    assert_eq!(released.holder(world.now), None);
}

#[tokio::test]
async fn what_is_decided_cannot_be_claimed() {
    for state in
        [CaseState::Revoking, CaseState::Revoked, CaseState::Completed, CaseState::Withdrawn, CaseState::Expired]
    {
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;

        let refused = claim_case(&world.desk, case.reception_number, &agent(), world.now).await;

        assert_eq!(codes(refused), ["case_not_workable"], "{state:?}");
    }
}
