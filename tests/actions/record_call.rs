//! The phone call: who must be on the line, what each outcome does, and what is refused.

use chrono::{DateTime, Duration, Utc};
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::record_call::{RecordCall, record_call};
use revocation_desk::actions::register_contact::register_contact;
use revocation_desk::actions::reschedule::{Reschedule, reschedule};
use revocation_desk::domain::authorization::AuthorizationKind;
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::call::{CallOutcome, IdentityChecks};
use revocation_desk::domain::case::{CaseState, HoldReason};
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::models::contacts::NewContact;
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::models::{authorizations, calls};

use crate::builders::{
    PROCEDURE_CONTACT, RESPONSIBLE, World, a_contact, agent, another_agent, call, codes, day, param, problem,
    supervisor,
};

/// The case, claimed by [`agent`] at `at`.
async fn claimed_at(world: &World, case: &Case, at: DateTime<Utc>) -> Case {
    claim_case(&world.desk, case.reception_number, &agent(), at).await.unwrap()
}

async fn claimed(world: &World, case: &Case) -> Case {
    claimed_at(world, case, world.now).await
}

async fn record(world: &World, input: RecordCall) -> revocation_desk::errors::Result<Case> {
    record_call(&world.desk, input, &agent(), world.now).await
}

#[tokio::test]
async fn the_right_person_confirms_and_this_version_may_be_revoked() {
    for ev in [false, true] {
        let world = World::new().await;
        let case = world.a_case();
        let case = if ev { case.ev() } else { case }.open().await;
        let case = claimed(&world, &case).await;

        let confirmed = record(&world, world.confirming_call(&case).await).await.unwrap();

        assert_eq!(confirmed.state, CaseState::Confirmed);
        assert_eq!(confirmed.holder(world.now), None, "the claim ends with the call");
        let authorization = authorizations::newest(&world.desk.db, case.id).await.unwrap().unwrap();
        assert_eq!(authorization.kind, AuthorizationKind::PhoneConfirmation);
        assert_eq!(authorization.case_version, confirmed.version);
        let made = calls::of_case(&world.desk.db, case.id).await.unwrap();
        assert_eq!(authorization.call_id, Some(made[0].id));
    }
}

#[tokio::test]
async fn the_contact_is_known_by_role_or_by_name() {
    for (words, refused) in [
        (PROCEDURE_CONTACT, None),
        ("例文花", None),
        ("procedure_contact", None),
        (RESPONSIBLE, Some("wrong_contact")),
        ("application_responsible", Some("wrong_contact")),
        ("例外 太郎", Some("spoke_with_stranger")),
        ("  ", Some("spoke_with_missing")),
    ] {
        let world = World::new().await;
        let case = claimed(&world, &world.a_case().open().await).await;
        let input = RecordCall { spoke_with: Some(words.to_owned()), ..world.confirming_call(&case).await };

        let recorded = record(&world, input).await;

        match refused {
            None => assert_eq!(recorded.unwrap().state, CaseState::Confirmed, "{words}"),
            Some(code) => assert_eq!(codes(recorded), [code], "{words}"),
        }
    }
}

#[tokio::test]
async fn a_person_who_holds_both_posts_confirms_in_the_one_that_is_asked() {
    for ev in [false, true] {
        let world = World::new().await;
        let subscriber = world.a_subscriber().without_contacts().register().await;
        for role in ContactRole::ALL {
            let person =
                NewContact { name: RESPONSIBLE.to_owned(), ..a_contact(subscriber.id, role, day("2026-11-02")) };
            register_contact(&world.desk, person, &supervisor(), world.now).await.unwrap();
        }
        let certificate = world.a_certificate().of(&subscriber);
        let certificate = if ev { certificate.ev() } else { certificate }.register().await;
        let case = claimed(&world, &world.a_case().on(&certificate).open().await).await;
        let input = RecordCall { spoke_with: Some(RESPONSIBLE.to_owned()), ..world.confirming_call(&case).await };

        assert_eq!(record(&world, input).await.unwrap().state, CaseState::Confirmed, "EV: {ev}");
    }
}

#[tokio::test]
async fn an_ev_revocation_is_not_confirmed_by_the_procedure_contact() {
    let world = World::new().await;
    let case = claimed(&world, &world.a_case().ev().open().await).await;
    let input = RecordCall { spoke_with: Some(PROCEDURE_CONTACT.to_owned()), ..world.confirming_call(&case).await };

    let refused = problem(record(&world, input).await);

    assert_eq!(refused.code, "wrong_contact");
    assert_eq!(param(&refused, "needed"), Some("application_responsible"));
    assert_eq!(world.reload(&case).await, case, "nothing changed, the claim is kept");
    assert_eq!(world.count("calls").await, 0);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_report_is_said_at_once() {
    let world = World::new().await;
    let case = claimed(&world, &world.a_case().ev().due_on(day("2026-11-26")).open().await).await;
    let input = RecordCall {
        spoke_with: Some(PROCEDURE_CONTACT.to_owned()),
        identity_checks: IdentityChecks { name_and_company: true, reception_number_or_common_name: false },
        ..call(&case, CallOutcome::Confirmed)
    };

    let refused = record(&world, input).await;

    assert_eq!(codes(refused), ["identity_unchecked", "wrong_contact", "confirmed_too_early"]);
}

#[tokio::test]
async fn a_confirmation_before_its_day_is_refused_with_the_first_day() {
    for (window, first_day) in [(0, Some("2026-11-26")), (1, Some("2026-11-25")), (2, None)] {
        let start = World::new().await.now;
        let world = World::with(start, |settings| settings.calls.window_business_days = window).await;
        let case = claimed(&world, &world.a_case().due_on(day("2026-11-26")).open().await).await;

        let recorded = record(&world, world.confirming_call(&case).await).await;

        match first_day {
            Some(first_day) => {
                let refused = problem(recorded);
                assert_eq!(refused.code, "confirmed_too_early");
                assert_eq!(param(&refused, "first_day"), Some(first_day));
            }
            None => assert_eq!(recorded.unwrap().state, CaseState::Confirmed),
        }
    }
}

#[tokio::test]
async fn the_third_call_in_vain_mails_the_customer_once() {
    let world = World::new().await;
    let mut case = world.a_case().open().await;
    let mut mails = Vec::new();
    let mut next = Vec::new();
    // Two calls a day an hour apart: 10:00, 11:00, the next morning, 10:00 that day.
    let mut at = world.now;
    for _ in 0..4 {
        case = claimed_at(&world, &case, at).await;
        case = record_call(&world.desk, call(&case, CallOutcome::NoAnswer), &agent(), at).await.unwrap();
        let unreached = world.mail_kinds(&case).await.iter().filter(|kind| *kind == "contact_unreached").count();
        mails.push(unreached);
        at = case.next_call_at.unwrap();
        next.push(at);
    }

    assert_eq!(case.state, CaseState::AwaitingCall);
    assert_eq!(mails, [0, 0, 1, 1]);
    let (today, tomorrow) = (world.today(), day("2026-11-25"));
    assert_eq!(next[..3], [jst(today, 11, 0), jst(tomorrow, 9, 0), jst(tomorrow, 10, 0)]);
}

#[tokio::test]
async fn a_call_back_waits_for_its_time() {
    let world = World::new().await;
    let case = claimed(&world, &world.a_case().open().await).await;
    let promised = jst(world.today(), 15, 30);
    let input = RecordCall { call_back_at: Some(promised), ..call(&case, CallOutcome::CallBack) };

    let waiting = record(&world, input).await.unwrap();

    assert_eq!(waiting.state, CaseState::AwaitingCall);
    assert_eq!(waiting.next_call_at, Some(promised));
}

#[tokio::test]
async fn a_call_back_must_lie_ahead_and_within_business_hours() {
    let today = day("2026-11-24");
    for (at, code) in [
        (None, "call_back_missing"),
        (Some(jst(today, 9, 59)), "call_back_past"),
        (Some(jst(today, 10, 0)), "call_back_past"),
        (Some(jst(today, 18, 0)), "call_back_closed"),
        (Some(jst(day("2026-11-25"), 8, 59)), "call_back_closed"),
        (Some(jst(day("2026-11-28"), 10, 0)), "call_back_closed"), // Saturday
    ] {
        let world = World::new().await;
        let case = claimed(&world, &world.a_case().open().await).await;

        let refused = record(&world, RecordCall { call_back_at: at, ..call(&case, CallOutcome::CallBack) }).await;

        assert_eq!(codes(refused), [code], "{at:?}");
    }
}

#[tokio::test]
async fn a_call_that_reaches_nobody_entitled_puts_the_case_on_hold() {
    for (outcome, reason, mail) in [
        (CallOutcome::ContactChanged, HoldReason::ContactChanged, Some("contact_change_needed")),
        (CallOutcome::IdentityFailed, HoldReason::IdentityFailed, None),
        (CallOutcome::WrongNumber, HoldReason::WrongNumber, None),
    ] {
        let world = World::new().await;
        let case = claimed(&world, &world.a_case().open().await).await;

        let held = record(&world, call(&case, outcome)).await.unwrap();

        assert_eq!((held.state, held.hold_reason), (CaseState::OnHold, Some(reason)));
        let kinds = world.mail_kinds(&case).await;
        assert_eq!(kinds.last().map(String::as_str) == mail, mail.is_some(), "{outcome:?}: {kinds:?}");
    }
}

#[tokio::test]
async fn the_customer_moves_the_date_or_withdraws_on_the_phone() {
    let world = World::new().await;
    let case = claimed(&world, &world.a_case().open().await).await;
    let moved = RecordCall {
        outcome: CallOutcome::Reschedule,
        requested_on: Some(day("2026-12-05")),
        ..world.confirming_call(&case).await
    };

    let moved = record(&world, moved).await.unwrap();

    assert_eq!(moved.state, CaseState::AwaitingCall);
    assert_eq!((moved.requested_on, moved.due_on), (day("2026-12-05"), day("2026-12-07")));
    assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "requested_date_changed");

    let case = claimed(&world, &moved).await;
    let withdrawn = RecordCall { outcome: CallOutcome::Withdraw, ..world.confirming_call(&case).await };

    let withdrawn = record(&world, withdrawn).await.unwrap();

    assert_eq!(withdrawn.state, CaseState::Withdrawn);
    assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "withdrawn");
}

#[tokio::test]
async fn nobody_unknown_moves_a_date_or_withdraws() {
    for outcome in [CallOutcome::Reschedule, CallOutcome::Withdraw] {
        let world = World::new().await;
        let case = claimed(&world, &world.a_case().open().await).await;
        let input = RecordCall { requested_on: Some(day("2026-12-07")), ..call(&case, outcome) };

        assert_eq!(codes(record(&world, input).await), ["identity_unchecked", "spoke_with_missing"], "{outcome:?}");
    }
}

#[tokio::test]
async fn a_compromise_told_on_the_phone_needs_no_proven_identity() {
    let world = World::new().await;
    let case = claimed(&world, &world.a_case().due_on(day("2026-12-07")).open().await).await;

    let reported = record(&world, call(&case, CallOutcome::KeyCompromise)).await.unwrap();

    assert_eq!(reported.state, CaseState::Confirmed);
    assert_eq!(reported.compromise_reported_at, Some(world.now));
    let authorization = authorizations::newest(&world.desk.db, case.id).await.unwrap().unwrap();
    assert_eq!(authorization.kind, AuthorizationKind::KeyCompromise);
    assert!(authorization.call_id.is_some());
}

#[tokio::test]
async fn only_the_holder_of_the_claim_records_a_call() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let input = world.confirming_call(&case).await;

    let unclaimed = record(&world, input.clone()).await;
    assert_eq!(codes(unclaimed), ["claim_lost"]);

    claim_case(&world.desk, case.reception_number, &another_agent(), world.now).await.unwrap();
    let refused = problem(record(&world, input).await);
    assert_eq!(refused.code, "held_by_another");
    assert_eq!(param(&refused, "name"), Some("当番 葵"));
}

#[tokio::test]
async fn a_claim_that_ran_out_is_lost() {
    let world = World::new().await;
    let case = claimed(&world, &world.a_case().open().await).await;
    let input = world.confirming_call(&case).await;
    for (minutes, lost) in [(16, true), (15, true), (14, false)] {
        let at = world.now + Duration::minutes(minutes);

        let recorded = record_call(&world.desk, input.clone(), &agent(), at).await;

        assert_eq!(recorded.is_err(), lost, "after {minutes} minutes");
        if lost {
            assert_eq!(codes(recorded), ["claim_lost"]);
        }
    }
}

#[tokio::test]
async fn a_form_from_before_a_change_is_stale() {
    let world = World::new().await;
    let form = world.a_case().open().await;
    let change =
        Reschedule { reception_number: form.reception_number, version: form.version, requested_on: day("2026-11-25") };
    reschedule(&world.desk, change, &supervisor(), world.now).await.unwrap();
    claimed(&world, &form).await;

    let refused = problem(record(&world, world.confirming_call(&form).await).await);

    assert_eq!(refused.code, "stale_version");
    assert_eq!(param(&refused, "version"), Some((form.version + 1).to_string().as_str()));
}

#[tokio::test]
async fn without_a_validated_contact_there_is_nobody_to_confirm() {
    let world = World::new().await;
    let nobody = world.a_subscriber().without_contacts().register().await;
    let certificate = world.a_certificate().of(&nobody).register().await;
    let case = claimed(&world, &world.a_case().on(&certificate).open().await).await;

    assert_eq!(codes(record(&world, world.confirming_call(&case).await).await), ["contact_missing"]);
}
