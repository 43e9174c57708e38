//! A contact has left: the successor counts once a second person approved, and the former one's word is void.

use revocation_desk::actions::approve_contact_change::approve_contact_change;
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::record_call::record_call;
use revocation_desk::actions::request_contact_change::request_contact_change;
use revocation_desk::actions::revoke_case::revoke_case;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::models::contact_changes::ContactChange;
use revocation_desk::models::contacts::{self, NewContact};
use revocation_desk::models::revocation_cases::Case;

use crate::builders::{World, a_contact, agent, call, codes, day, supervisor};

fn successor(case: &Case, role: ContactRole, on: chrono::NaiveDate) -> NewContact {
    NewContact {
        name: "例外 次郎".to_owned(),
        email: "jiro@example.jp".to_owned(),
        phone: "03-0000-7777".to_owned(),
        ..a_contact(case.subscriber_id, role, on)
    }
}

async fn requested(world: &World, case: &Case, role: ContactRole) -> ContactChange {
    let successor = successor(case, role, world.today());
    request_contact_change(&world.desk, successor, &agent(), world.now).await.unwrap()
}

async fn changed(world: &World, case: &Case, role: ContactRole) -> Case {
    let change = requested(world, case, role).await;
    approve_contact_change(&world.desk, change.id, &supervisor(), world.now).await.unwrap();
    world.reload(case).await
}

#[tokio::test]
async fn a_successor_counts_once_a_second_person_approved() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let change = requested(&world, &case, ContactRole::ProcedureContact).await;

    let own = approve_contact_change(&world.desk, change.id, &agent(), world.now).await;
    assert_eq!(codes(own), ["own_request"]);
    let people = contacts::current(&world.desk.db, case.subscriber_id).await.unwrap();
    assert_eq!(contacts::in_role(&people, ContactRole::ProcedureContact).unwrap().name, "例文 花");

    approve_contact_change(&world.desk, change.id, &supervisor(), world.now).await.unwrap();
    let people = contacts::current(&world.desk.db, case.subscriber_id).await.unwrap();
    assert_eq!(contacts::in_role(&people, ContactRole::ProcedureContact).unwrap().name, "例外 次郎");

    let twice = approve_contact_change(&world.desk, change.id, &supervisor(), world.now).await;
    assert_eq!(codes(twice), ["contact_change_approved"]);
}

#[tokio::test]
async fn what_the_former_contact_confirmed_is_void() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;

    let after = changed(&world, &case, ContactRole::ProcedureContact).await;

    assert_eq!(after.state, CaseState::AwaitingCall);
    let refused = revoke_case(&world.desk, world.order(&case), &Actor::batch(), world.now).await;
    assert_eq!(codes(refused), ["not_confirmed"]);
    assert_eq!(world.ca.revocations(), []);
    assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "contact_changed");
}

#[tokio::test]
async fn a_contact_whom_nobody_phones_voids_nothing() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;

    let after = changed(&world, &case, ContactRole::ApplicationResponsible).await;

    assert_eq!(after, case);
}

#[tokio::test]
async fn a_hold_for_want_of_a_contact_ends() {
    for (outcome, after) in [
        (CallOutcome::ContactChanged, CaseState::AwaitingCall),
        (CallOutcome::WrongNumber, CaseState::AwaitingCall),
        (CallOutcome::IdentityFailed, CaseState::OnHold),
    ] {
        let world = World::new().await;
        let case = world.a_case().open().await;
        claim_case(&world.desk, case.reception_number, &agent(), world.now).await.unwrap();
        let held = record_call(&world.desk, call(&case, outcome), &agent(), world.now).await.unwrap();

        assert_eq!(changed(&world, &held, ContactRole::ProcedureContact).await.state, after, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_call_to_the_former_contact_that_is_still_on_the_line_does_not_count() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    claim_case(&world.desk, case.reception_number, &agent(), world.now).await.unwrap();
    let report = world.confirming_call(&case).await;

    changed(&world, &case, ContactRole::ProcedureContact).await;
    let recorded = record_call(&world.desk, report, &agent(), world.now).await;

    assert_eq!(codes(recorded), ["claim_lost"]);
}

#[tokio::test]
async fn a_successor_must_be_dialable_and_is_asked_for_once() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let role = ContactRole::ProcedureContact;
    let unverified =
        NewContact { phone: "12".to_owned(), phone_source: String::new(), ..successor(&case, role, day("2026-11-25")) };

    let refused = request_contact_change(&world.desk, unverified, &agent(), world.now).await;
    assert_eq!(codes(refused), ["phone_malformed", "phone_source_missing"]);

    requested(&world, &case, role).await;
    let again = request_contact_change(&world.desk, successor(&case, role, world.today()), &agent(), world.now).await;
    assert_eq!(codes(again), ["contact_change_pending"]);
}
