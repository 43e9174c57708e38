//! What a person has to be told at once: seen without any schedule, mailed once however many nodes look.

use chrono::{DateTime, Duration, Utc};
use revocation_desk::actions::raise_alarms::{find_alarms, raise_alarms};
use revocation_desk::actions::release_desk::release_desk;
use revocation_desk::actions::revoke_due::{RevokeDue, revoke_due};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::alarm::{Alarm, AlarmKind};
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::halt::HaltCause;
use revocation_desk::domain::text::TextBook;
use revocation_desk::mail::Words;
use revocation_desk::mail::alarm::{AlarmLetter, compose_alarm};
use revocation_desk::messages::Texts;
use revocation_desk::models::batch_runs;
use revocation_desk::models::columns::RunCause;
use revocation_desk::models::outbox;
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::watchdog::Watchdog;
use tokio_util::sync::CancellationToken;

use crate::builders::{World, day, supervisor};
use crate::halt::halt;
use crate::scheduler::an_open_run;

async fn kinds_at(world: &World, now: DateTime<Utc>) -> Vec<AlarmKind> {
    find_alarms(&world.desk, now).await.unwrap().iter().map(|alarm| alarm.kind).collect()
}

/// All mails are out: what a scenario plants is all there is.
async fn nothing_waits(world: &World) {
    world.tamper("UPDATE messages SET status = 'sent'").await;
}

/// One case, and nothing that an alarm could be about.
async fn a_desk_with(state: CaseState) -> (World, Case) {
    let world = World::new().await;
    let case = world.a_case().in_state(state).open().await;
    nothing_waits(&world).await;
    (world, case)
}

#[tokio::test]
async fn a_confirmed_case_is_overdue_when_the_run_that_should_have_taken_it_has_passed() {
    let tuesday = |hour, minute| jst(day("2026-11-24"), hour, minute);
    let wednesday = |hour, minute| jst(day("2026-11-25"), hour, minute);
    for (confirmed_at, due_on, now, overdue) in [
        (tuesday(9, 30), "2026-11-24", tuesday(10, 0), false),
        // The run is under way.
        (tuesday(9, 30), "2026-11-24", tuesday(18, 40), false),
        (tuesday(9, 30), "2026-11-24", tuesday(19, 29), false),
        (tuesday(9, 30), "2026-11-24", tuesday(19, 30), true),
        (tuesday(9, 30), "2026-11-24", wednesday(9, 0), true),
        // Carried over and confirmed today: today's run takes it.
        (tuesday(9, 30), "2026-11-20", tuesday(10, 0), false),
        (tuesday(9, 30), "2026-11-20", tuesday(19, 30), true),
        // Confirmed after the run: tomorrow's takes it.
        (tuesday(18, 45), "2026-11-24", tuesday(23, 0), false),
        (tuesday(18, 45), "2026-11-24", wednesday(19, 29), false),
        (tuesday(18, 45), "2026-11-24", wednesday(19, 30), true),
        // Confirmed ahead of its day.
        (tuesday(9, 30), "2026-11-25", tuesday(20, 0), false),
        (tuesday(9, 30), "2026-11-25", wednesday(19, 30), true),
    ] {
        for state in [CaseState::Confirmed, CaseState::Revoking] {
            let (world, case) = a_desk_with(state).await;
            world.tamper(&format!("UPDATE revocation_cases SET due_on = '{due_on}'")).await;
            world
                .tamper(&format!("UPDATE authorizations SET granted_at = '{}'", confirmed_at.format("%FT%T+00:00")))
                .await;

            let found = find_alarms(&world.desk, now).await.unwrap();

            let named: Vec<_> = found.iter().flat_map(|alarm| alarm.examples.clone()).collect();
            let expected = if overdue { vec![case.reception_number.to_string()] } else { Vec::new() };
            assert_eq!(named, expected, "{state:?} {confirmed_at} {due_on} {now}");
        }
    }
}

#[tokio::test]
async fn a_case_in_any_other_state_is_never_overdue() {
    let world = World::new().await;
    for state in CaseState::ALL {
        if !matches!(state, CaseState::Confirmed | CaseState::Revoking) {
            world.a_case().in_state(state).open().await;
        }
    }
    nothing_waits(&world).await;
    let in_a_week = kinds_at(&world, world.now + Duration::days(6)).await;
    assert!(!in_a_week.contains(&AlarmKind::Overdue), "{in_a_week:?}");
}

#[tokio::test]
async fn each_thing_that_needs_a_person_is_seen_and_has_words() {
    use AlarmKind as A;
    use CaseState as S;
    let ago = |now: DateTime<Utc>, hours, minutes| {
        (now - Duration::hours(hours) - Duration::minutes(minutes)).format("%FT%T+00:00").to_string()
    };
    let run = |status: &str, silent: &str| {
        format!(
            "INSERT INTO batch_runs (task, business_date, started_by, cause, dry_run, status, target, done, failed, \
             skipped, detail, node, started_at, heartbeat_at) VALUES ('revoke_due', '2026-11-24', 'batch', 'schedule', \
             FALSE, '{status}', 9, 2, 0, 0, '[]', 'a#1', '{silent}', '{silent}')"
        )
    };
    let now = World::new().await.now;
    let since = |column: &str, then: String| format!("UPDATE revocation_cases SET {column} = '{then}'");
    let queued = |then: String| format!("UPDATE messages SET status = 'queued', created_at = '{then}'");
    for (kind, state, sql, seen) in [
        (A::ProofLate, S::Revoked, since("revoked_at", ago(now, 12, 1)), true),
        (A::ProofLate, S::Revoked, since("revoked_at", ago(now, 11, 59)), false),
        (A::ProofBreach, S::Revoked, since("revoked_at", ago(now, 24, 1)), true),
        (A::ProofBreach, S::Revoked, since("revoked_at", ago(now, 23, 59)), false),
        (A::ProofLate, S::Revoked, since("revoked_at", ago(now, 24, 1)), false),
        (A::CompromiseLate, S::OnHold, since("compromise_reported_at", ago(now, 20, 1)), true),
        (A::CompromiseLate, S::OnHold, since("compromise_reported_at", ago(now, 19, 59)), false),
        (A::CompromiseLate, S::Revoked, since("compromise_reported_at", ago(now, 20, 1)), false),
        (A::MailStuck, S::AwaitingCall, queued(ago(now, 1, 1)), true),
        (A::MailStuck, S::AwaitingCall, queued(ago(now, 0, 59)), false),
        (A::RunBraked, S::AwaitingCall, run("braked", &ago(now, 0, 1)), true),
        (A::RunInterrupted, S::AwaitingCall, run("interrupted", &ago(now, 0, 3)), true),
        (A::RunInterrupted, S::AwaitingCall, run("interrupted", &ago(now, 0, 1)), false),
        (A::RunInterrupted, S::AwaitingCall, run("running", &ago(now, 0, 3)), true),
        (A::RunInterrupted, S::AwaitingCall, run("running", &ago(now, 0, 1)), false),
        (A::RunInterrupted, S::AwaitingCall, run("finished", &ago(now, 0, 3)), false),
    ] {
        let (world, _) = a_desk_with(state).await;
        assert_eq!(kinds_at(&world, now).await, [], "{kind:?}: before");

        world.tamper(&sql).await;

        let found = kinds_at(&world, now).await;
        assert_eq!(found.contains(&kind), seen, "{kind:?} {found:?} {sql}");
    }
    for kind in AlarmKind::ALL {
        for part in ["title", "what", "todo"] {
            assert!(Texts::JA.get(&format!("alarm.{}.{part}", kind.as_str())).is_some(), "{kind:?} {part}");
        }
    }
}

#[tokio::test]
async fn a_crl_that_has_not_been_made_for_days_is_seen_before_it_ends() {
    let world = World::new().await;
    world.ca.embedded().publish_crls(world.now).await.unwrap();
    for (days, hours, seen) in [(0, 0, false), (3, 23, false), (4, 1, true), (8, 0, true)] {
        let kinds = kinds_at(&world, world.now + Duration::days(days) + Duration::hours(hours)).await;
        assert_eq!(kinds.contains(&AlarmKind::CrlClose), seen, "{days} days {hours} hours: {kinds:?}");
    }
}

#[tokio::test]
async fn the_brake_is_an_alarm_until_a_run_has_come_to_its_end() {
    let mut world = World::with(jst(day("2026-11-24"), 10, 0), |settings| settings.revocation.brake_limit = 1).await;
    for _ in 0..2 {
        world.a_case().in_state(CaseState::Confirmed).open().await;
    }
    nothing_waits(&world).await;
    let stop = CancellationToken::new();
    let due = |cause, brake_lifted| RevokeDue {
        today: day("2026-11-24"),
        cause,
        dry_run: false,
        brake_lifted,
        stop: &stop,
        progress: &|_| {},
    };
    let run =
        revoke_due(&world.desk, due(RunCause::Schedule, false), &Actor::batch(), world.now).await.unwrap().unwrap();

    let raised = raise_alarms(&world.desk, world.now).await.unwrap();
    assert_eq!(
        raised.alarms.iter().map(|alarm| (alarm.kind, alarm.run)).collect::<Vec<_>>(),
        [(AlarmKind::RunBraked, Some(run.id))]
    );
    assert_eq!(raised.mails, 1);
    world.now += Duration::minutes(5);
    revoke_due(&world.desk, due(RunCause::Desk, true), &Actor::batch(), world.now).await.unwrap();
    assert_eq!(kinds_at(&world, world.now).await, []);
}

/// Each try of a lasting fault is a run of its own, a minute after the one before.
#[tokio::test]
async fn runs_that_are_cut_off_one_after_the_other_are_one_alarm() {
    let world = World::new().await;
    nothing_waits(&world).await;
    for minutes in [0, 1, 2, 3] {
        let now = world.now + Duration::minutes(minutes);
        let run = an_open_run(&world, &batch_runs::node_name(), now).await;
        batch_runs::interrupt(&world.desk.db, &run, now).await.unwrap();
        let raised = raise_alarms(&world.desk, now).await.unwrap();
        assert_eq!((raised.alarms.len(), raised.mails), if minutes < 3 { (0, 0) } else { (1, 1) }, "{minutes}");
    }
    assert_eq!(raise_alarms(&world.desk, world.now + Duration::minutes(4)).await.unwrap().mails, 0);
}

#[tokio::test]
async fn any_number_of_nodes_mail_an_alarm_once_a_day() {
    let (world, _) = a_desk_with(CaseState::Confirmed).await;
    let other = {
        let mut desk = world.desk.clone();
        desk.db = world.second_connection().await;
        desk.probe = desk.db.clone();
        desk
    };
    let tonight = jst(day("2026-11-24"), 20, 0);

    let (first, second) = tokio::join!(raise_alarms(&world.desk, tonight), raise_alarms(&other, tonight));
    assert_eq!(first.unwrap().mails + second.unwrap().mails, 1);
    nothing_waits(&world).await;
    assert_eq!(raise_alarms(&world.desk, tonight + Duration::hours(3)).await.unwrap().mails, 0, "the same day");
    assert_eq!(raise_alarms(&world.desk, tonight + Duration::hours(5)).await.unwrap().mails, 1, "the next day");

    let alarms = world.count("messages WHERE kind = 'alarm'").await;
    assert_eq!(alarms, 2);
}

#[tokio::test]
async fn alarms_are_raised_though_the_pool_of_the_others_gives_no_connection() {
    let mut world = World::new().await;
    world.a_case().in_state(CaseState::Confirmed).open().await;
    nothing_waits(&world).await;
    world.desk.probe = world.second_connection().await;
    world.desk.db.clone().close().await.unwrap();

    assert_eq!(raise_alarms(&world.desk, jst(day("2026-11-24"), 20, 0)).await.unwrap().mails, 1);
}

#[tokio::test]
async fn an_alarm_goes_before_all_other_mails() {
    let world = World::new().await;
    world.a_case().in_state(CaseState::Confirmed).open().await;
    let tonight = jst(day("2026-11-24"), 20, 0);
    raise_alarms(&world.desk, tonight).await.unwrap();

    let claimed =
        outbox::claim_due(&world.desk.db, tonight, 1, std::time::Duration::from_mins(5), tonight).await.unwrap();

    assert_eq!(claimed.iter().map(|mail| mail.kind.as_str()).collect::<Vec<_>>(), ["alarm"]);
    let to = claimed[0].addressees().unwrap();
    assert_eq!(to[0].recipient.email(), world.desk.settings.mail.alarm_to);
}

#[tokio::test]
async fn a_halt_is_told_even_though_no_other_mail_leaves() {
    let world = World::new().await;
    world.a_case().in_state(CaseState::Confirmed).open().await;
    world.tamper(&format!("UPDATE messages SET created_at = '{}'", world.now.format("%FT%T+00:00"))).await;
    halt(&world, HaltCause::Ordered).await;

    let raised = raise_alarms(&world.desk, world.now).await.unwrap();

    let seen: Vec<_> = raised.alarms.iter().map(|alarm| (alarm.kind, alarm.instant)).collect();
    assert_eq!(seen, [(AlarmKind::DeskHalted, world.now)]);
    assert_eq!(raised.mails, 1);
    assert!(world.count("messages WHERE status = 'queued'").await > 1, "others wait");
    let lease = std::time::Duration::from_mins(5);
    let claimed = outbox::claim_due(&world.desk.db, world.now, 100, lease, world.now).await.unwrap();
    assert_eq!(claimed.iter().map(|mail| mail.kind.as_str()).collect::<Vec<_>>(), ["alarm"]);

    release_desk(&world.desk, "復電", &supervisor(), world.now).await.unwrap();
    assert_eq!(kinds_at(&world, world.now).await, []);
}

#[tokio::test]
async fn the_pages_of_a_node_show_what_its_watchdog_saw_until_it_is_over() {
    let (mut world, case) = a_desk_with(CaseState::Confirmed).await;
    world.desk.clock = revocation_desk::clock::Clock::starting_at(jst(day("2026-11-24"), 20, 0));
    let watchdog = Watchdog::new(world.desk.clone());

    assert_eq!(watchdog.look().await.unwrap(), 1);
    assert_eq!(world.desk.alarms().iter().map(|alarm| alarm.kind).collect::<Vec<_>>(), [AlarmKind::Overdue]);

    nothing_waits(&world).await;
    world.tamper(&format!("UPDATE revocation_cases SET state = 'awaiting_call' WHERE id = {}", case.id)).await;
    assert_eq!(watchdog.look().await.unwrap(), 0);
    assert!(world.desk.alarms().is_empty());
}

#[test]
fn each_alarm_reads_as_agreed() {
    let settings = revocation_desk::settings::Settings::load(
        &loco_rs::environment::Environment::Test.load().unwrap(),
        &loco_rs::environment::Environment::Test,
    )
    .unwrap();
    for kind in AlarmKind::ALL {
        let run = matches!(kind, AlarmKind::RunBraked | AlarmKind::RunInterrupted).then_some(118);
        let examples = if kind == AlarmKind::Overdue {
            (182..192).map(|n| format!("RQ-260806-0{n}")).collect()
        } else {
            Vec::new()
        };
        let alarm = Alarm { kind, count: 12, instant: jst(day("2026-11-24"), 18, 30), examples, run };
        let to = revocation_desk::domain::mail::Recipient::new("サービスデスク", "desk-alarm@ca.example").unwrap();
        let letter = AlarmLetter { to, url: "https://desk.example.com" };
        let mail = compose_alarm(&alarm, letter, Words { desk: &settings.desk, texts: &TextBook::default() }).unwrap();
        insta::assert_snapshot!(kind.as_str(), format!("{}\n\n{}", mail.subject, mail.text));
        assert!(!mail.html.contains("???"), "{}", mail.html);
        let key = alarm.event_key(jst(day("2026-11-24"), 23, 0));
        assert_eq!(
            key.ends_with("-run-118"),
            kind == AlarmKind::RunBraked,
            "once a day, but once for each brake: {key}"
        );
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{key}");
    }
}
