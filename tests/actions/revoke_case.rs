//! The revocation: every guard, the intent before the effect, and every way in which a CA can answer.

use std::sync::Arc;

use chrono::{Duration, NaiveDate};
use revocation_desk::actions::hold_case::{HoldCase, hold_case};
use revocation_desk::actions::reschedule::{Reschedule, reschedule};
use revocation_desk::actions::rescue_stuck::rescue_stuck;
use revocation_desk::actions::revoke_case::{Click, RevokeCase, revoke_case};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::{CaseState, HoldReason};
use revocation_desk::domain::problem::Problem;
use revocation_desk::models::columns::AttemptOutcome;
use revocation_desk::models::revocation_cases::{self, Case};
use revocation_desk::models::{attempts, certificates};
use tokio::sync::Mutex;

use crate::builders::{World, agent, codes, day, param, problem, supervisor};
use crate::fake_ca::{Asked, Behaviour};

async fn confirmed(world: &World) -> Case {
    world.a_case().in_state(CaseState::Confirmed).open().await
}

async fn revoke(world: &World, case: &Case) -> Case {
    revoke_case(&world.desk, world.order(case), &Actor::batch(), world.now).await.unwrap()
}

/// The refusal of a revocation on `today`, of which the CA hears nothing and which changes nothing.
async fn refusal_on(world: &World, case: &Case, today: NaiveDate) -> Problem {
    let before = world.reload(case).await;
    let order = RevokeCase { today, ..world.order(case) };
    let refused = problem(revoke_case(&world.desk, order, &Actor::batch(), world.now).await);
    assert_eq!(world.ca.revocations(), []);
    assert_eq!(world.reload(case).await, before);
    assert_eq!(world.count("attempts").await, 0);
    refused
}

async fn refusal(world: &World, case: &Case) -> &'static str {
    refusal_on(world, case, world.today()).await.code
}

#[tokio::test]
async fn a_confirmed_case_that_is_due_is_revoked() {
    let world = World::new().await;
    let case = confirmed(&world).await;

    let revoked = revoke(&world, &case).await;

    assert_eq!(revoked.state, CaseState::Revoked);
    let orders = world.ca.revocations();
    assert_eq!(orders.len(), 1);
    let source = world.source(&case).await;
    assert_eq!(orders[0].certificate, source.identity(), "the old certificate, not the new one");
    assert_eq!(orders[0].reason, case.revocation_reason);
    assert_eq!(source.revoked_at, revoked.revoked_at);
    let made = attempts::of_case(&world.desk.db, case.id).await.unwrap();
    assert_eq!(made[0].outcome, Some(AttemptOutcome::Accepted));
}

#[tokio::test]
async fn what_nobody_permitted_is_not_revoked() {
    for state in [CaseState::AwaitingReissue, CaseState::AwaitingCall, CaseState::OnHold, CaseState::Withdrawn] {
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;

        assert_eq!(refusal(&world, &case).await, "no_authorization", "{state:?}");
    }
}

#[tokio::test]
async fn a_case_on_hold_is_not_revoked_though_it_was_confirmed() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let input = HoldCase {
        reception_number: case.reception_number,
        version: case.version,
        note: "お客様から待ってほしいと連絡".to_owned(),
    };
    hold_case(&world.desk, input, &agent(), world.now).await.unwrap();

    assert_eq!(refusal(&world, &case).await, "not_confirmed");
}

#[tokio::test]
async fn a_new_date_voids_the_confirmation_even_when_it_is_due() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let input =
        Reschedule { reception_number: case.reception_number, version: case.version, requested_on: world.today() };
    let moved = reschedule(&world.desk, input, &supervisor(), world.now).await.unwrap();
    assert_eq!(moved.state, CaseState::AwaitingCall);

    assert_eq!(refusal(&world, &case).await, "not_confirmed");

    // Even a row that says confirmed does not help: the confirmation was given for another version.
    world.tamper("UPDATE revocation_cases SET state = 'confirmed'").await;
    assert_eq!(refusal(&world, &case).await, "authorization_void");
}

#[tokio::test]
async fn a_confirmation_counts_for_five_business_days() {
    // Monday 16 November; the 23rd is a holiday, so the fifth business day after it is Tuesday the 24th.
    let world = World::at(jst(day("2026-11-16"), 10, 0)).await;
    let case = confirmed(&world).await;

    let refused = refusal_on(&world, &case, day("2026-11-25")).await;
    assert_eq!(refused.code, "confirmation_lapsed");
    assert_eq!(param(&refused, "confirmed_on"), Some("2026-11-16"));

    let order = RevokeCase { today: day("2026-11-24"), ..world.order(&case) };
    let revoked = revoke_case(&world.desk, order, &Actor::batch(), world.now).await.unwrap();
    assert_eq!(revoked.state, CaseState::Revoked);
}

#[tokio::test]
async fn nothing_is_revoked_before_its_day() {
    let start = World::new().await.now;
    let world = World::with(start, |settings| settings.calls.window_business_days = 2).await;
    let case = world.a_case().due_on(day("2026-11-26")).in_state(CaseState::Confirmed).open().await;

    let refused = refusal_on(&world, &case, day("2026-11-25")).await;
    assert_eq!(refused.code, "not_due");
    assert_eq!(param(&refused, "due_on"), Some("2026-11-26"));

    let order = RevokeCase { today: day("2026-11-26"), ..world.order(&case) };
    let revoked = revoke_case(&world.desk, order, &Actor::batch(), world.now).await.unwrap();
    assert_eq!(revoked.state, CaseState::Revoked);
}

#[tokio::test]
async fn a_site_without_a_new_certificate_keeps_the_old_one() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    world.tamper("UPDATE revocation_cases SET replacement_certificate_id = NULL").await;

    assert_eq!(refusal(&world, &case).await, "no_replacement");
}

#[tokio::test]
async fn a_certificate_that_is_not_the_registered_one_is_not_revoked() {
    for change in [
        "sha256 = '0000000000000000000000000000000000000000000000000000000000000007'",
        "serial = '00' || serial",
        "issuer = 'CN=Another CA'",
    ] {
        let world = World::new().await;
        let case = confirmed(&world).await;
        let id = case.source_certificate_id;
        world.tamper(&format!("UPDATE certificates SET {change} WHERE id = {id}")).await;

        assert_eq!(refusal(&world, &case).await, "target_differs", "{change}");
    }
}

#[tokio::test]
async fn the_newest_certificate_of_its_chain_is_not_revoked() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let id = case.replacement_certificate_id.unwrap();
    world.tamper(&format!("UPDATE certificates SET not_before = '2020-01-01 00:00:00+00:00' WHERE id = {id}")).await;

    assert_eq!(refusal(&world, &case).await, "target_is_newest");
}

#[tokio::test]
async fn the_agent_types_the_end_of_the_old_serial_number() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let old = world.source(&case).await.serial.suffix().to_owned();
    let new = world.replacement(&case).await.serial.suffix().to_owned();
    let click = |suffix: &str| {
        let click = Click { version: case.version, serial_suffix: suffix.to_owned(), old_in_use_told: false };
        let order = RevokeCase { click: Some(click), ..world.order(&case) };
        let desk = world.desk.clone();
        let now = world.now;
        async move { revoke_case(&desk, order, &agent(), now).await }
    };

    assert_eq!(codes(click(&new).await), ["serial_suffix_of_replacement"]);
    assert_eq!(codes(click("zzzz").await), ["serial_suffix_differs"]);
    assert_eq!(codes(click(" ").await), ["serial_suffix_missing"]);
    assert_eq!(world.ca.revocations(), []);

    let as_shown = format!(" {}:{} ", old[..2].to_uppercase(), &old[2..]);
    assert_eq!(click(&as_shown).await.unwrap().state, CaseState::Revoked);
}

#[tokio::test]
async fn a_click_on_an_old_page_is_stale() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let serial_suffix = world.source(&case).await.serial.suffix().to_owned();
    let click = Some(Click { version: case.version - 1, serial_suffix, old_in_use_told: false });

    let refused = revoke_case(&world.desk, RevokeCase { click, ..world.order(&case) }, &agent(), world.now).await;

    assert_eq!(codes(refused), ["stale_version"]);
    assert_eq!(world.ca.revocations(), []);
}

#[tokio::test]
async fn the_intent_is_in_the_books_before_the_ca_is_asked() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let elsewhere = world.second_connection().await;
    let seen = Arc::new(Mutex::new(None));
    let (note, id) = (seen.clone(), case.id);
    world.ca.when_revoking(move |order| {
        let (elsewhere, note) = (elsewhere.clone(), note.clone());
        async move {
            let case = revocation_cases::by_id(&elsewhere, id).await.unwrap();
            let attempt = attempts::of_case(&elsewhere, id).await.unwrap().pop().unwrap();
            *note.lock().await = Some((order, case, attempt));
        }
    });

    revoke(&world, &case).await;

    let (order, during, attempt) = seen.lock().await.take().unwrap();
    assert_eq!(during.state, CaseState::Revoking);
    assert_eq!(attempt.outcome, None);
    assert_eq!(attempt.case_version, during.version);
    assert_eq!(attempt.serial, order.certificate.serial);
    assert_eq!(attempt.sha256, order.certificate.fingerprint);
    assert_eq!(attempt.request_id, order.request_id.to_string());
}

#[tokio::test]
async fn a_ca_out_of_reach_leaves_the_case_revoking_for_another_try() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let serial = world.source(&case).await.serial;
    world.ca.will(&serial, Behaviour::OutOfReach);

    let waiting = revoke(&world, &case).await;

    assert_eq!(waiting.state, CaseState::Revoking);
    let next = waiting.next_attempt_at.unwrap();
    assert!(next > world.now && next <= world.now + Duration::minutes(1));
    let made = attempts::of_case(&world.desk.db, case.id).await.unwrap();
    assert_eq!(made[0].outcome, Some(AttemptOutcome::Unavailable));
    assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "revocation_failed");

    let early = rescue_stuck(&world.desk, &Actor::batch(), world.now).await.unwrap();
    assert_eq!(early.target, 0, "not before its time");

    world.ca.will(&serial, Behaviour::Accepts);
    let counts = rescue_stuck(&world.desk, &Actor::batch(), next).await.unwrap();
    assert_eq!((counts.target, counts.done), (1, 1));
    assert_eq!(world.reload(&case).await.state, CaseState::Revoked);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_found_in_the_status_and_nothing_is_sent_twice() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let serial = world.source(&case).await.serial;
    world.ca.will(&serial, Behaviour::DropsTheAnswer);
    let waiting = revoke(&world, &case).await;
    assert_eq!(waiting.state, CaseState::Revoking);

    rescue_stuck(&world.desk, &Actor::batch(), waiting.next_attempt_at.unwrap()).await.unwrap();

    let adopted = world.reload(&case).await;
    assert_eq!(adopted.state, CaseState::Revoked);
    assert_eq!(adopted.revoked_at, Some(world.now), "when the CA did it, not when the desk learned of it");
    assert_eq!(world.ca.revocations().len(), 1);
    assert_eq!(world.ca.asked().last(), Some(&Asked::Status(serial)));
}

#[tokio::test]
async fn a_crash_between_intent_and_receipt_is_made_good() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    // The process dies while the CA is asked: what follows the order is never run.
    world.ca.when_revoking(|_| std::future::pending());
    let clicker = agent();
    let cut_off = revoke_case(&world.desk, world.order(&case), &clicker, world.now);
    tokio::select! {
        _ = cut_off => panic!("the CA never answers"),
        () = until_asked(&world) => {}
    }
    let during = world.reload(&case).await;
    assert_eq!(during.state, CaseState::Revoking);

    world.ca.when_revoking(|_| std::future::ready(()));
    let after_lease = world.now + Duration::minutes(2);
    let counts = rescue_stuck(&world.desk, &Actor::batch(), after_lease).await.unwrap();

    assert_eq!(counts.done, 1);
    assert_eq!(world.reload(&case).await.state, CaseState::Revoked);
    let made = attempts::of_case(&world.desk.db, case.id).await.unwrap();
    assert_eq!(made.len(), 1, "the same intent, with the same request id");
}

async fn until_asked(world: &World) {
    while world.ca.revocations().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_certificate_that_the_ca_does_not_know_waits_for_a_person() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    world.ca.will(&world.source(&case).await.serial, Behaviour::KnowsNothing);
    let waiting = revoke(&world, &case).await;

    let counts = rescue_stuck(&world.desk, &Actor::batch(), waiting.next_attempt_at.unwrap()).await.unwrap();

    assert_eq!((counts.done, counts.skipped), (0, 1));
    assert_eq!(world.reload(&case).await.state, CaseState::Revoking);
    assert_eq!(world.ca.revocations().len(), 1, "an unknown status is no reason to send again");
}

#[tokio::test]
async fn a_refusal_of_the_ca_puts_the_case_on_hold_with_its_words() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    world.ca.will(&world.source(&case).await.serial, Behaviour::Refuses("issuer is not in service"));

    let held = revoke(&world, &case).await;

    assert_eq!((held.state, held.hold_reason), (CaseState::OnHold, Some(HoldReason::CaRefused)));
    assert!(held.hold_note.unwrap().contains("issuer is not in service"));
    assert_eq!(world.source(&case).await.revoked_at, None);
    assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "revocation_failed");
    let rescued = rescue_stuck(&world.desk, &Actor::batch(), world.now + Duration::days(1)).await.unwrap();
    assert_eq!(rescued.target, 0, "a refusal is for good");
}

#[tokio::test]
async fn a_certificate_that_was_revoked_before_is_taken_as_revoked() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let earlier = world.now - Duration::days(3);
    world.ca.will(&world.source(&case).await.serial, Behaviour::RevokedAlready(earlier));

    let revoked = revoke(&world, &case).await;

    assert_eq!((revoked.state, revoked.revoked_at), (CaseState::Revoked, Some(earlier)));
    let made = attempts::of_case(&world.desk.db, case.id).await.unwrap();
    assert_eq!(made[0].outcome, Some(AttemptOutcome::AlreadyRevoked));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_click_and_the_batch_at_the_same_moment_revoke_once() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    let run = |actor: Actor| {
        let (desk, order, now) = (world.desk.clone(), world.order(&case), world.now);
        tokio::spawn(async move { revoke_case(&desk, order, &actor, now).await })
    };

    let (click, batch) = tokio::join!(run(agent()), run(Actor::batch()));
    let (click, batch) = (click.unwrap(), batch.unwrap());

    assert!(click.is_ok() != batch.is_ok(), "{click:?} {batch:?}");
    assert_eq!(world.ca.revocations().len(), 1);
    assert_eq!(world.count("attempts").await, 1);
    assert_eq!(world.reload(&case).await.state, CaseState::Revoked);
}

#[tokio::test]
async fn a_case_is_revoked_once_only() {
    let world = World::new().await;
    let case = confirmed(&world).await;
    revoke(&world, &case).await;

    let again = revoke_case(&world.desk, world.order(&case), &agent(), world.now).await;

    assert_eq!(codes(again), ["not_confirmed"]);
    assert_eq!(world.ca.revocations().len(), 1);
    let replacement = certificates::by_id(&world.desk.db, case.replacement_certificate_id.unwrap()).await.unwrap();
    assert_eq!(replacement.revoked_at, None);
}
