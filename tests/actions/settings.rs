//! Settings that administrators change: from when they count, on which nodes, and what the CA's pause holds back.

use std::sync::Arc;

use chrono::{Duration, NaiveTime};
use revocation_desk::actions::add_closure::{AddClosure, add_closure};
use revocation_desk::actions::change_call_rules::{ChangeCallRules, change_call_rules};
use revocation_desk::actions::change_opening_hours::{ChangeOpeningHours, change_opening_hours};
use revocation_desk::actions::change_validity_rules::{ChangeValidityRules, RuleStep, change_validity_rules};
use revocation_desk::actions::claim_next::claim_next;
use revocation_desk::actions::file_application::file_application;
use revocation_desk::actions::issue_pending::issue_pending;
use revocation_desk::actions::issue_replacement::issue_replacement;
use revocation_desk::actions::pause_ca::pause_ca;
use revocation_desk::actions::remove_closure::remove_closure;
use revocation_desk::actions::rescue_stuck::rescue_stuck;
use revocation_desk::actions::resume_ca::resume_ca;
use revocation_desk::actions::revoke_case::{RevokeCase, revoke_case};
use revocation_desk::actions::take_over_settings::take_over_settings;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::alarm::AlarmKind;
use revocation_desk::domain::calendar::hours::{AnnouncedHours, OpeningHours};
use revocation_desk::domain::calendar::{Calendar, DayKind, jst};
use revocation_desk::domain::call_rules::CallRules;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::domain::validity::{Term, ValidityPolicy, ValidityRule};
use revocation_desk::errors::Result;
use revocation_desk::models::audit_events::{self, AuditEvent};
use revocation_desk::models::batch_runs;
use revocation_desk::models::columns::{RunCause, RunStatus};
use revocation_desk::scheduler::{Job, Scheduler};
use revocation_desk::services::{Parts, Services};

use crate::builders::{World, agent, an_application, customer_of, day, problem, staff};
use crate::revoke_due::run_on;
use crate::tasks::a_publishing_world;

fn admin() -> Actor {
    staff(1, "管理 恵", Role::Admin)
}

async fn last_event(world: &World) -> AuditEvent {
    let (sequence, _) = audit_events::head(&world.desk.db).await.unwrap();
    audit_events::numbered(&world.desk.db, sequence).await.unwrap().unwrap()
}

/// A process on the same database that has read the settings before.
fn another_node(world: &World) -> Services {
    let desk = &world.desk;
    Services::new(Parts {
        db: desk.db.clone(),
        settings: desk.settings.clone(),
        agreement: desk.agreement.clone(),
        clock: desk.clock,
        policy: Arc::new(ValidityPolicy::shipped()),
        ca: desk.ca.clone(),
        authorities: desk.authorities.clone(),
        proof: desk.proof.clone(),
        embedded_ca: desk.embedded_ca.clone(),
        transport: desk.transport.clone(),
        vault: desk.vault.clone(),
        calendar: Calendar::shipped(),
    })
}

async fn change(world: &World, seen: i64, effective_on: &str, rules: CallRules) -> Result<()> {
    let input = ChangeCallRules { seen, rules, effective_on: day(effective_on), reason: "繁忙期".to_owned() };
    change_call_rules(&world.desk, input, &admin(), world.now).await
}

fn lease(minutes: u32) -> CallRules {
    CallRules { lease_minutes: minutes, ..CallRules::default() }
}

#[tokio::test]
async fn until_an_administrator_changes_them_the_files_rules_count() {
    let world = World::with(World::new().await.now, |settings| settings.calls.lease_minutes = 12).await;

    assert_eq!(world.desk.calls_on(world.today()), lease(12));
    change(&world, 0, "2026-11-24", lease(20)).await.unwrap();
    assert_eq!(world.desk.calls_on(world.today()), lease(20));
}

#[tokio::test]
async fn of_two_changes_the_one_whose_day_came_last_counts() {
    let world = World::new().await;
    change(&world, 0, "2026-12-01", lease(30)).await.unwrap();
    change(&world, 1, "2026-11-24", lease(20)).await.unwrap();
    change(&world, 2, "2026-12-10", lease(40)).await.unwrap();
    change(&world, 3, "2026-12-10", lease(45)).await.unwrap();

    for (on, minutes) in [
        ("2026-11-23", 15),
        ("2026-11-24", 20),
        ("2026-11-30", 20),
        ("2026-12-01", 30),
        ("2026-12-09", 30),
        ("2026-12-10", 45),
    ] {
        assert_eq!(world.desk.calls_on(day(on)).lease_minutes, minutes, "{on}");
    }
}

#[tokio::test]
async fn a_claim_is_held_by_the_rules_of_its_day() {
    let world = World::new().await;
    world.a_case().open().await;
    change(&world, 0, "2026-11-24", lease(20)).await.unwrap();

    let claimed = claim_next(&world.desk, &agent(), world.now).await.unwrap().unwrap();

    assert_eq!(claimed.lease_until, Some(world.now + Duration::minutes(20)));
}

#[tokio::test]
async fn a_change_is_recorded_with_its_reason_and_both_values() {
    let world = World::new().await;
    change(&world, 0, "2026-12-01", lease(20)).await.unwrap();

    let event = last_event(&world).await;
    assert_eq!((event.action.as_str(), event.subject.as_str()), ("call_rules_changed", "setting:calls"));
    let facts = event.facts();
    assert_eq!(facts["reason"], "繁忙期");
    assert_eq!(facts["effective_on"], "2026-12-01");
    assert_eq!(facts["changes"], serde_json::json!([{ "field": "lease_minutes", "before": "15", "after": "20" }]));
}

fn from_ten_to_half_past_five() -> AnnouncedHours {
    let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let hours = OpeningHours { opens: at(10, 0), closes: at(17, 30) };
    AnnouncedHours { hours, words: "平日 10:00～17:30".to_owned() }
}

#[tokio::test]
async fn the_desk_keeps_its_new_hours_and_tells_customers() {
    let world = World::new().await;
    let other = another_node(&world);
    let input = ChangeOpeningHours {
        seen: 0,
        hours: from_ten_to_half_past_five(),
        effective_on: day("2026-12-01"),
        reason: "人員の都合".to_owned(),
    };
    change_opening_hours(&world.desk, input, &admin(), world.now).await.unwrap();
    take_over_settings(&other).await.unwrap();

    for desk in [&world.desk, &other] {
        let calendar = desk.calendar();
        assert_eq!(calendar.closing_on(day("2026-11-30")), jst(day("2026-11-30"), 18, 0));
        assert_eq!(calendar.opening_on(day("2026-12-01")), jst(day("2026-12-01"), 10, 0));
        assert_eq!(calendar.closing_on(day("2026-12-01")), jst(day("2026-12-01"), 17, 30));
        assert_eq!(desk.desk_on(day("2026-11-30")).hours, world.desk.settings.desk.hours);
        assert_eq!(desk.desk_on(day("2026-12-01")).hours, "平日 10:00～17:30");
    }
    let event = last_event(&world).await;
    assert_eq!((event.action.as_str(), event.subject.as_str()), ("opening_hours_changed", "setting:opening_hours"));
    let changed = serde_json::json!([
        { "field": "opens", "before": "09:00", "after": "10:00" },
        { "field": "closes", "before": "18:00", "after": "17:30" },
        { "field": "words", "before": world.desk.settings.desk.hours, "after": "平日 10:00～17:30" },
    ]);
    assert_eq!(event.facts()["changes"], changed);
}

#[tokio::test]
async fn customers_read_until_when_they_may_change_their_application() {
    let world = World::new().await;
    let input = ChangeOpeningHours {
        seen: 0,
        hours: from_ten_to_half_past_five(),
        effective_on: world.today(),
        reason: "人員の都合".to_owned(),
    };
    change_opening_hours(&world.desk, input, &admin(), world.now).await.unwrap();

    let certificate = world.a_certificate().register().await;
    let application = an_application(&certificate, day("2026-12-08"));
    let customer = customer_of(certificate.subscriber_id);
    let case = file_application(&world.desk, application, &customer, world.now).await.unwrap();

    let mail = &world.mails(&case).await[0].body_text;
    assert!(mail.contains("前営業日の17:30まで"), "{mail}");
    assert!(mail.contains("平日 10:00～17:30"), "{mail}");
}

#[tokio::test]
async fn what_is_saved_on_one_node_counts_on_the_other_at_its_next_look() {
    let world = World::new().await;
    let other = another_node(&world);
    change(&world, 0, "2026-11-24", lease(20)).await.unwrap();
    let closure =
        AddClosure { date: day("2026-12-07"), name: "創立記念日".to_owned(), reason: "例年".to_owned() };
    add_closure(&world.desk, closure, &admin(), world.now).await.unwrap();
    assert_eq!(other.calls_on(world.today()).lease_minutes, 15);
    assert!(other.calendar().is_business_day(day("2026-12-07")));

    take_over_settings(&other).await.unwrap();

    assert_eq!(other.calls_on(world.today()).lease_minutes, 20);
    assert_eq!(other.calendar().day_kind(day("2026-12-07")), DayKind::Closure("創立記念日"));
}

#[tokio::test]
async fn a_change_that_was_overtaken_is_refused_and_one_without_reason_or_difference_too() {
    let world = World::new().await;
    change(&world, 0, "2026-11-24", lease(20)).await.unwrap();

    assert_eq!(problem(change(&world, 0, "2026-11-24", lease(30)).await).code, "setting_overtaken");
    assert_eq!(problem(change(&world, 1, "2026-11-24", lease(20)).await).code, "setting_unchanged");
    assert_eq!(problem(change(&world, 1, "2026-11-23", lease(30)).await).code, "effective_on_past");
    assert_eq!(problem(change(&world, 1, "2026-11-24", lease(0)).await).code, "setting_out_of_range");
    let input = ChangeCallRules { seen: 1, rules: lease(30), effective_on: world.today(), reason: "　 ".to_owned() };
    let refused = change_call_rules(&world.desk, input, &admin(), world.now).await;
    assert_eq!(problem(refused).code, "change_reason_missing");
    assert_eq!(world.count("desk_settings").await, 1);
    assert_eq!(world.desk.calls_on(world.today()).lease_minutes, 20);
}

#[tokio::test]
async fn a_validity_rule_is_stored_with_the_whole_table() {
    let world = World::new().await;
    let other = another_node(&world);
    let rule = ValidityRule { from: day("2027-03-15"), term: Term::Days(90) };
    let input = ChangeValidityRules { seen: 0, step: RuleStep::Set(rule), reason: "社内の方針".to_owned() };
    change_validity_rules(&world.desk, input, &admin(), world.now).await.unwrap();

    assert_eq!(world.desk.policy().rule_on(day("2027-03-14")).unwrap().term, Term::Days(199));
    assert_eq!(world.desk.policy().rule_on(day("2027-03-15")).unwrap(), rule);
    let event = last_event(&world).await;
    assert_eq!(event.action, "validity_rules_changed");
    assert_eq!(event.facts()["changes"][0]["after"], serde_json::json!({ "days": 90 }));
    // The other node has not looked since: a change there begins from what is stored, not from what it remembers.
    let later = ValidityRule { from: day("2028-01-01"), term: Term::Days(60) };
    let input = ChangeValidityRules { seen: 1, step: RuleStep::Set(later), reason: "社内の方針".to_owned() };
    change_validity_rules(&other, input, &admin(), world.now).await.unwrap();
    assert_eq!(other.policy().rule_on(day("2027-03-15")).unwrap(), rule);
    let again = ChangeValidityRules { seen: 2, step: RuleStep::Set(later), reason: "社内の方針".to_owned() };
    let refused = change_validity_rules(&other, again, &admin(), world.now).await;
    assert_eq!(problem(refused).code, "setting_unchanged");
}

#[tokio::test]
async fn only_a_working_day_to_come_can_be_closed_and_opened_again() {
    let world = World::new().await;
    let close = async |date: &str| {
        let input = AddClosure { date: day(date), name: "棚卸し".to_owned(), reason: "年に一度".to_owned() };
        add_closure(&world.desk, input, &admin(), world.now).await
    };
    for (date, code) in [
        ("2026-11-23", "closure_past"),
        ("2026-11-28", "closure_closed_already"),
        ("2026-12-29", "closure_closed_already"),
        ("2027-01-11", "closure_named_already"),
    ] {
        assert_eq!(problem(close(date).await).code, code, "{date}");
    }
    close("2026-12-07").await.unwrap();
    assert_eq!(problem(close("2026-12-07").await).code, "closure_named_already");
    assert_eq!(last_event(&world).await.action, "closure_added");

    remove_closure(&world.desk, day("2026-12-07"), "中止", &admin(), world.now).await.unwrap();

    assert!(world.desk.calendar().is_business_day(day("2026-12-07")));
    assert_eq!(last_event(&world).await.action, "closure_removed");
    let gone = remove_closure(&world.desk, day("2026-12-07"), "中止", &admin(), world.now).await;
    assert!(gone.is_err());
}

#[tokio::test]
async fn while_the_ca_is_paused_due_cases_wait_and_nobody_asks_the_ca() {
    let world = a_publishing_world().await;
    let confirmed = world.a_case().in_state(CaseState::Confirmed).open().await;
    let stuck = world.a_case().in_state(CaseState::Revoking).open().await;
    pause_ca(&world.desk, 0, "認証局の保守", &admin(), world.now).await.unwrap();
    let asked = world.ca.asked().len();

    let scheduler = Scheduler::new(world.desk.clone());
    assert!(!scheduler.ring(Job::RevokeDue).await, "the run does not begin");
    scheduler.catch_up().await;
    let order = RevokeCase { case_id: confirmed.id, today: world.today(), click: None, batch_run: None };
    assert_eq!(problem(revoke_case(&world.desk, order, &agent(), world.now).await).code, "ca_paused");
    let later = world.now + Duration::hours(1);
    let rescued = rescue_stuck(&world.desk, &Actor::batch(), later).await.unwrap();

    assert_eq!(rescued.target, 0);
    assert_eq!(world.ca.asked().len(), asked);
    assert_eq!(world.reload(&confirmed).await.state, CaseState::Confirmed);
    assert_eq!(world.reload(&stuck).await.state, CaseState::Revoking);
    assert!(batch_runs::newest(&world.desk.db, &["revoke_due"], None, 1).await.unwrap().is_empty());
    assert_eq!(last_event(&world).await.action, "ca_paused");

    resume_ca(&world.desk, 1, "保守の終わり", &admin(), world.now).await.unwrap();
    assert_eq!(last_event(&world).await.action, "ca_resumed");
    assert!(scheduler.ring(Job::RevokeDue).await);
    assert!(matches!(world.reload(&confirmed).await.state, CaseState::Revoked | CaseState::Completed));
}

#[tokio::test]
async fn a_run_that_is_paused_in_its_middle_finishes_what_it_began_and_goes_on_after_the_pause() {
    let world = World::with(World::new().await.now, |settings| {
        settings.revocation.chunk = 1;
        settings.revocation.chunks = 1;
    })
    .await;
    for _ in 0..3 {
        world.a_case().in_state(CaseState::Confirmed).open().await;
    }
    let (desk, now) = (world.desk.clone(), world.now);
    world.ca.when_revoking(move |_| {
        let desk = desk.clone();
        async move { pause_ca(&desk, 0, "認証局の保守", &admin(), now).await.unwrap() }
    });

    let paused = run_on(&world.desk, world.today(), RunCause::Schedule).await;

    assert_eq!((paused.status, paused.done, paused.failed, paused.skipped), (RunStatus::Interrupted, 1, 0, 0));
    world.ca.when_revoking(|_| async {});
    resume_ca(&world.desk, 1, "保守の終わり", &admin(), world.now).await.unwrap();
    let resumed = run_on(&world.desk, world.today(), RunCause::Schedule).await;
    assert_eq!((resumed.status, resumed.done), (RunStatus::Finished, 2));
}

#[tokio::test]
async fn a_run_that_was_missed_during_a_pause_is_made_good_after_it() {
    let world = World::at(jst(day("2026-11-24"), 19, 0)).await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    let scheduler = Scheduler::new(world.desk.clone());
    pause_ca(&world.desk, 0, "認証局の保守", &admin(), world.now).await.unwrap();
    scheduler.catch_up().await;
    assert_eq!(world.reload(&case).await.state, CaseState::Confirmed);

    resume_ca(&world.desk, 1, "保守の終わり", &admin(), world.now).await.unwrap();
    scheduler.catch_up().await;

    assert!(matches!(world.reload(&case).await.state, CaseState::Revoked | CaseState::Completed));
}

#[tokio::test]
async fn while_the_ca_is_paused_nothing_is_issued_and_applications_stay() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    pause_ca(&world.desk, 0, "認証局の保守", &admin(), world.now).await.unwrap();

    let refused = issue_replacement(&world.desk, case.id, &agent(), world.now).await;
    let pending = issue_pending(&world.desk, &Actor::batch(), world.now).await.unwrap();

    assert_eq!(problem(refused).code, "ca_paused");
    assert_eq!((pending.target, pending.failed), (0, 0));
    assert_eq!(world.reload(&case).await, case);
}

#[tokio::test]
async fn a_pause_is_placed_once_and_an_alarm_while_it_lasts() {
    let world = World::new().await;
    let alarms = async || {
        let found = revocation_desk::actions::raise_alarms::find_alarms(&world.desk, world.now).await.unwrap();
        found.into_iter().map(|alarm| alarm.kind).collect::<Vec<_>>()
    };
    assert!(!alarms().await.contains(&AlarmKind::CaPaused));
    assert_eq!(problem(resume_ca(&world.desk, 0, "x", &admin(), world.now).await).code, "ca_not_paused");
    pause_ca(&world.desk, 0, "保守", &admin(), world.now).await.unwrap();

    assert!(alarms().await.contains(&AlarmKind::CaPaused));
    assert_eq!(problem(pause_ca(&world.desk, 1, "保守", &admin(), world.now).await).code, "ca_paused_already");
    assert_eq!(problem(resume_ca(&world.desk, 0, "x", &admin(), world.now).await).code, "setting_overtaken");
    resume_ca(&world.desk, 1, "終わり", &admin(), world.now).await.unwrap();
    assert!(!alarms().await.contains(&AlarmKind::CaPaused));
}
