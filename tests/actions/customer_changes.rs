//! What customers change by themselves: only their own, only in time, told to them by mail.

use chrono::Duration;
use revocation_desk::actions::claim_next::claim_next;
use revocation_desk::actions::file_application::{CsrChoice, FileApplication, file_application};
use revocation_desk::actions::issue_replacement::issue_replacement;
use revocation_desk::actions::prefer_call_band::{PreferCallBand, prefer_call_band};
use revocation_desk::actions::report_key_compromise::{ReportKeyCompromise, report_key_compromise};
use revocation_desk::actions::reschedule::{Reschedule, reschedule};
use revocation_desk::actions::supply_csr::{SupplyCsr, supply_csr};
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::application::ReissueReason;
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::call_band::CallBand;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::csr;
use revocation_desk::errors::Result;
use revocation_desk::models::certificates;
use revocation_desk::models::reissue_applications;
use revocation_desk::models::revocation_cases::Case;
use sea_orm::prelude::DateTimeUtc;

use crate::builders::{World, a_csr, agent, an_application, codes, customer_of, day, param, problem};

async fn move_to(world: &World, case: &Case, date: &str, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    reschedule(&world.desk, Reschedule { reception_number, version, requested_on: day(date) }, actor, now).await
}

async fn withdraw_it(world: &World, case: &Case, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    let input = Withdraw { reception_number, version, ground: "ポータルでのお手続き".to_owned() };
    withdraw(&world.desk, input, actor, now).await
}

async fn report(world: &World, case: &Case, actor: &Actor) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    let input = ReportKeyCompromise { reception_number, version, ground: "委託先から漏れた".to_owned() };
    report_key_compromise(&world.desk, input, actor, world.now).await
}

async fn prefer(
    world: &World,
    case: &Case,
    call_band: Option<CallBand>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    prefer_call_band(&world.desk, PreferCallBand { reception_number, version, call_band }, actor, now).await
}

async fn supply(world: &World, case: &Case, csr: Vec<u8>, actor: &Actor) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    supply_csr(&world.desk, SupplyCsr { reception_number, version, csr }, actor, world.now).await
}

/// Filed for key compromise without a CSR.
async fn without_csr(world: &World) -> Case {
    let certificate = world.a_certificate().register().await;
    let application = FileApplication {
        reason: ReissueReason::KeyCompromise,
        requested_on: None,
        csr: CsrChoice::Later,
        ..an_application(&certificate, world.today())
    };
    file_application(&world.desk, application, &customer_of(certificate.subscriber_id), world.now).await.unwrap()
}

async fn csr_of(world: &World, case: &Case) -> Vec<u8> {
    reissue_applications::by_id(&world.desk.db, case.application_id).await.unwrap().csr_der.unwrap()
}

#[tokio::test]
async fn to_a_customer_another_organisations_case_does_not_exist() {
    let world = World::new().await;
    let case = world.a_case().due_on(day("2026-12-08")).open().await;
    let compromised = without_csr(&world).await;
    let stranger = customer_of(case.subscriber_id + 100);

    let not_found = ["case_not_found"];
    assert_eq!(codes(move_to(&world, &case, "2026-12-10", &stranger, world.now).await), not_found);
    assert_eq!(codes(withdraw_it(&world, &case, &stranger, world.now).await), not_found);
    assert_eq!(codes(report(&world, &case, &stranger).await), not_found);
    assert_eq!(codes(prefer(&world, &case, Some(CallBand::Morning), &stranger, world.now).await), not_found);
    assert_eq!(codes(supply(&world, &compromised, a_csr(), &stranger).await), not_found);
    assert_eq!(world.reload(&case).await, case);
}

#[tokio::test]
async fn customers_change_until_the_deadline_and_the_desk_later() {
    let world = World::new().await;
    let case = world.a_case().due_on(day("2026-12-08")).open().await;
    let customer = customer_of(case.subscriber_id);
    let deadline = jst(day("2026-12-07"), 18, 0);

    let late = problem(move_to(&world, &case, "2026-12-10", &customer, deadline).await);
    assert_eq!((late.code, param(&late, "desk_tel")), ("date_change_too_late", Some("0120-000-000")));
    assert_eq!(codes(withdraw_it(&world, &case, &customer, deadline).await), ["withdrawal_too_late"]);
    assert_eq!(codes(prefer(&world, &case, None, &customer, deadline).await), ["call_band_too_late"]);
    assert_eq!(world.reload(&case).await, case);

    let just_before = deadline - Duration::seconds(1);
    let moved = move_to(&world, &case, "2026-12-10", &customer, just_before).await.unwrap();
    assert_eq!(moved.due_on, day("2026-12-10"));
    withdraw_it(&world, &moved, &agent(), jst(day("2026-12-10"), 10, 0)).await.unwrap();
}

#[tokio::test]
async fn what_is_decided_or_compromised_takes_no_change_of_a_customer() {
    for state in [CaseState::Revoking, CaseState::Revoked, CaseState::Withdrawn] {
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;
        let customer = customer_of(case.subscriber_id);
        for refused in [
            move_to(&world, &case, "2026-12-10", &customer, world.now).await,
            withdraw_it(&world, &case, &customer, world.now).await,
            prefer(&world, &case, None, &customer, world.now).await,
        ] {
            assert_eq!(codes(refused), ["change_closed"], "{state:?}");
        }
    }
    let world = World::new().await;
    let case = world.a_case().due_on(day("2026-12-08")).open().await;
    let customer = customer_of(case.subscriber_id);
    let reported = report(&world, &case, &customer).await.unwrap();
    for refused in [
        move_to(&world, &reported, "2026-12-10", &customer, world.now).await,
        withdraw_it(&world, &reported, &customer, world.now).await,
        prefer(&world, &reported, None, &customer, world.now).await,
    ] {
        assert_eq!(codes(refused), ["compromise_unchangeable"]);
    }
}

#[tokio::test]
async fn a_preference_is_no_step_of_the_case_and_is_mailed_once() {
    let world = World::new().await;
    let case = world.a_case().due_on(day("2026-12-08")).open().await;
    let customer = customer_of(case.subscriber_id);

    let noted = prefer(&world, &case, Some(CallBand::Morning), &customer, world.now).await.unwrap();
    prefer(&world, &case, Some(CallBand::Morning), &customer, world.now + Duration::minutes(1)).await.unwrap();

    assert_eq!(Case { call_band: None, ..noted.clone() }, case, "an agent's open form stays valid");
    assert_eq!(world.mail_kinds(&case).await.iter().filter(|kind| *kind == "call_band_noted").count(), 1);
    prefer(&world, &noted, None, &customer, world.now + Duration::minutes(2)).await.unwrap();
    assert_eq!(world.mail_kinds(&case).await.iter().filter(|kind| *kind == "call_band_noted").count(), 2);
    let stale = Case { version: case.version - 1, ..case };
    assert_eq!(codes(prefer(&world, &stale, None, &customer, world.now).await), ["stale_version"]);
}

#[tokio::test]
async fn after_the_call_there_is_no_time_of_call_to_prefer() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;

    assert_eq!(codes(prefer(&world, &case, None, &agent(), world.now).await), ["no_call_ahead"]);
}

#[tokio::test]
async fn the_band_open_now_comes_after_what_is_carried_over_and_before_the_rest() {
    let world = World::new().await;
    let rest = world.a_case().open().await;
    let afternoon = world.a_case().open().await;
    let morning = world.a_case().open().await;
    let carried_over = world.a_case().due_on(day("2026-11-20")).open().await;
    prefer(&world, &afternoon, Some(CallBand::LateAfternoon), &agent(), world.now).await.unwrap();
    prefer(&world, &morning, Some(CallBand::Morning), &agent(), world.now).await.unwrap();

    let mut order = Vec::new();
    while let Some(case) = claim_next(&world.desk, &agent(), world.now).await.unwrap() {
        order.push(case.id);
    }

    assert_eq!(order, [carried_over.id, morning.id, rest.id, afternoon.id]);
}

#[tokio::test]
async fn a_csr_that_was_left_for_later_is_taken_once_and_issued() {
    let world = World::new().await;
    let case = without_csr(&world).await;
    let customer = customer_of(case.subscriber_id);
    assert_eq!(codes(issue_replacement(&world.desk, case.id, &Actor::system(), world.now).await), ["csr_unknown"]);
    assert_eq!(codes(supply(&world, &case, b"nonsense".to_vec(), &customer).await), ["csr_malformed"]);

    supply(&world, &case, a_csr(), &customer).await.unwrap();

    assert_eq!(codes(supply(&world, &case, a_csr(), &customer).await), ["csr_not_awaited"]);
    let issued = issue_replacement(&world.desk, case.id, &Actor::system(), world.now).await.unwrap();
    assert!(issued.replacement_certificate_id.is_some());
    assert_eq!(issued.state, CaseState::Confirmed);
}

#[tokio::test]
async fn the_compromised_key_is_not_certified_again_whenever_the_report_comes() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let application =
        FileApplication { csr: CsrChoice::Given(a_csr()), ..an_application(&certificate, day("2026-12-08")) };
    let customer = customer_of(certificate.subscriber_id);
    let filed = file_application(&world.desk, application, &customer, world.now).await.unwrap();
    let key = csr::parse_der(&csr_of(&world, &filed).await).unwrap().public_key.spki_sha256;
    certificates::block_key(&world.desk.db, &key.to_string(), world.now).await.unwrap();

    let refused = issue_replacement(&world.desk, filed.id, &Actor::system(), world.now).await;

    assert_eq!(codes(refused), ["csr_key_blocked"]);
    supply(&world, &filed, a_csr(), &customer).await.unwrap();
    issue_replacement(&world.desk, filed.id, &Actor::system(), world.now).await.unwrap();
}
