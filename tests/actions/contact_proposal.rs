//! A customer names a successor: nobody is phoned by it until one person has verified the number and another approved.

use chrono::NaiveDate;
use revocation_desk::actions::approve_contact_change::approve_contact_change;
use revocation_desk::actions::decline_contact_change::decline_contact_change;
use revocation_desk::actions::decline_contact_proposal::decline_contact_proposal;
use revocation_desk::actions::propose_contact::{ProposeContact, propose_contact};
use revocation_desk::actions::request_contact_change::request_contact_change;
use revocation_desk::actions::verify_contact_proposal::verify_contact_proposal;
use revocation_desk::domain::actor::{Actor, Identity};
use revocation_desk::domain::contact::{ContactRole, HandoverStage};
use revocation_desk::models::contact_proposals::{self, ContactProposal};
use revocation_desk::models::contacts::{self, NewContact};
use revocation_desk::models::customers::{self, NewCustomer};
use revocation_desk::models::messages::{self, MessageFilter, Page};
use revocation_desk::models::revocation_cases::Case;

use crate::builders::{World, a_contact, agent, codes, supervisor};

const PROCEDURE: ContactRole = ContactRole::ProcedureContact;

/// The subscriber's account, which can be written to.
async fn account(world: &World, subscriber_id: i64) -> Actor {
    let new = NewCustomer {
        subscriber_id,
        login: format!("login-{subscriber_id}"),
        name: "例文 花".to_owned(),
        email: "hana@example.jp".to_owned(),
        password_hash: None,
    };
    let row = customers::insert(&world.desk.db, new, world.now).await.unwrap();
    Actor::new(Identity::Customer { id: row.id, name: row.name, subscriber_id }, None)
}

fn named(case: Option<&Case>, role: ContactRole) -> ProposeContact {
    ProposeContact {
        reception_number: case.map(|case| case.reception_number),
        role,
        name: "例外 次郎".to_owned(),
        name_kana: Some("レイガイ ジロウ".to_owned()),
        department: None,
        email: "jiro@example.jp".to_owned(),
        phone: "03-0000-7777".to_owned(),
    }
}

fn verified(subscriber_id: i64, role: ContactRole, on: NaiveDate) -> NewContact {
    NewContact {
        name: "例外 次郎".to_owned(),
        email: "jiro@example.jp".to_owned(),
        phone: "03-0000-8888".to_owned(),
        phone_source: "法人番号公表サイト".to_owned(),
        ..a_contact(subscriber_id, role, on)
    }
}

/// Kind, recipients and text of every mail, oldest first.
async fn mails(world: &World) -> Vec<(String, String, String)> {
    let (mut rows, _) = messages::page(&world.desk.db, &MessageFilter::default(), Page::First, 50).await.unwrap();
    rows.reverse();
    rows.into_iter().map(|row| (row.kind, row.recipients, row.body_text)).collect()
}

async fn dialled(world: &World, case: &Case) -> String {
    let people = contacts::current(&world.desk.db, case.subscriber_id).await.unwrap();
    contacts::in_role(&people, PROCEDURE).unwrap().phone.clone()
}

async fn proposed(world: &World, case: &Case) -> ContactProposal {
    let customer = account(world, case.subscriber_id).await;
    propose_contact(&world.desk, named(Some(case), PROCEDURE), &customer, world.now).await.unwrap()
}

#[tokio::test]
async fn a_proposal_changes_nobody_to_be_phoned_and_tells_the_customer_and_the_desk() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let before = mails(&world).await.len();

    let proposal = proposed(&world, &case).await;

    assert_eq!(dialled(&world, &case).await, "03-0000-4182");
    assert_eq!(world.reload(&case).await, case);
    let written = mails(&world).await.split_off(before);
    let kinds: Vec<&str> = written.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(kinds, ["contact_proposal_received", "contact_proposal_arrived"]);
    assert!(written[0].1.contains("hana@example.jp") && written[0].2.contains("末尾7777"), "{written:?}");
    assert!(written[1].1.contains(&world.desk.settings.mail.alarm_to), "{written:?}");
    assert!(written[1].2.contains(&format!("/desk/contacts/proposals/{}", proposal.id)));
    for (_, _, text) in &written {
        assert!(!text.contains("03-0000-7777") && text.contains(&case.reception_number.to_string()), "{text}");
    }
}

#[tokio::test]
async fn it_needs_no_case_but_one_of_another_organisation_does_not_exist() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let other = world.a_subscriber().named("別の会社").register().await;
    let customer = account(&world, other.id).await;

    let foreign = propose_contact(&world.desk, named(Some(&case), PROCEDURE), &customer, world.now).await;
    assert_eq!(codes(foreign), ["case_not_found"]);
    assert_eq!(world.count("contact_proposals").await, 0);

    let proposal = propose_contact(&world.desk, named(None, PROCEDURE), &customer, world.now).await.unwrap();
    assert_eq!((proposal.subscriber_id, proposal.case_id), (other.id, None));
    let (_, _, text) = mails(&world).await.pop().unwrap();
    assert!(!text.contains("受付番号") && text.contains("別の会社"), "{text}");
}

#[tokio::test]
async fn the_staff_registers_what_it_verified_instead_of_proposing() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    for actor in [agent(), supervisor(), Actor::batch(), Actor::system()] {
        let refused = propose_contact(&world.desk, named(Some(&case), PROCEDURE), &actor, world.now).await;
        assert_eq!(codes(refused), ["customers_only"]);
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_at_once() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let customer = account(&world, case.subscriber_id).await;
    let good = named(Some(&case), PROCEDURE);
    let responsible = named(Some(&case), ContactRole::ApplicationResponsible);
    for (input, expected) in [
        (
            ProposeContact { name: String::new(), email: "jiro".to_owned(), phone: "12".to_owned(), ..good.clone() },
            vec!["text_missing", "email_malformed", "phone_malformed"],
        ),
        (ProposeContact { name: "例\n外".to_owned(), ..good.clone() }, vec!["text_control_character"]),
        (ProposeContact { phone: "090-0000-1234".to_owned(), ..responsible.clone() }, vec!["phone_mobile_only"]),
        (ProposeContact { phone: "+81 70 0000 1234".to_owned(), ..responsible.clone() }, vec!["phone_mobile_only"]),
        (
            ProposeContact { phone: "０８０－００００－１２３４".to_owned(), ..responsible.clone() },
            vec!["phone_mobile_only"],
        ),
    ] {
        let refused = propose_contact(&world.desk, input, &customer, world.now).await;
        assert_eq!(codes(refused), expected);
    }
    assert_eq!(world.count("contact_proposals").await, 0);

    // A mobile number is fine for OV, and a landline that begins like one is none.
    for input in [
        ProposeContact { phone: "090-0000-1234".to_owned(), ..good },
        ProposeContact { phone: "0790-00-1234".to_owned(), ..responsible },
    ] {
        propose_contact(&world.desk, input, &customer, world.now).await.unwrap();
    }
}

#[tokio::test]
async fn one_proposal_is_open_for_a_role_until_the_desk_is_done_with_it() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let customer = account(&world, case.subscriber_id).await;
    let again = || propose_contact(&world.desk, named(Some(&case), PROCEDURE), &customer, world.now);
    let proposal = again().await.unwrap();

    assert_eq!(codes(again().await), ["contact_proposal_open"]);
    let successor = verified(case.subscriber_id, PROCEDURE, world.today());
    let change = verify_contact_proposal(&world.desk, proposal.id, successor, &agent(), world.now).await.unwrap();
    assert_eq!(codes(again().await), ["contact_proposal_open"], "while it waits for its approval");
    approve_contact_change(&world.desk, change.id, &supervisor(), world.now).await.unwrap();

    again().await.unwrap();
    let other_role = named(Some(&case), ContactRole::ApplicationResponsible);
    propose_contact(&world.desk, other_role, &customer, world.now).await.unwrap();
}

#[tokio::test]
async fn what_counts_is_the_number_that_was_verified_once_a_second_person_approved() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let proposal = proposed(&world, &case).await;

    let successor = verified(case.subscriber_id, PROCEDURE, world.today());
    let change = verify_contact_proposal(&world.desk, proposal.id, successor, &agent(), world.now).await.unwrap();
    assert_eq!(dialled(&world, &case).await, "03-0000-4182");
    let own = approve_contact_change(&world.desk, change.id, &agent(), world.now).await;
    assert_eq!(codes(own), ["own_request"]);
    approve_contact_change(&world.desk, change.id, &supervisor(), world.now).await.unwrap();

    assert_eq!(dialled(&world, &case).await, "03-0000-8888");
    let stages = contact_proposals::of_subscriber(&world.desk.db, case.subscriber_id).await.unwrap();
    let stages: Vec<_> = stages.iter().map(|(proposal, change)| proposal.stage(change.as_ref())).collect();
    assert_eq!(stages, [HandoverStage::Approved]);
    assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "contact_changed");
}

#[tokio::test]
async fn a_verification_says_where_the_number_was_found_and_is_made_once() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let proposal = proposed(&world, &case).await;
    let examiner = agent();
    let verify = |successor| verify_contact_proposal(&world.desk, proposal.id, successor, &examiner, world.now);
    let good = verified(case.subscriber_id, PROCEDURE, world.today());

    let sourceless = NewContact { phone_source: " ".to_owned(), ..good.clone() };
    assert_eq!(codes(verify(sourceless).await), ["phone_source_missing"]);
    let early = NewContact { verified_on: world.today().succ_opt().unwrap(), ..good.clone() };
    assert_eq!(codes(verify(early).await), ["verified_in_future"]);
    assert_eq!(world.count("contact_changes").await, 0);

    verify(good.clone()).await.unwrap();
    assert_eq!(codes(verify(good).await), ["contact_proposal_verified"]);
    let late = decline_contact_proposal(&world.desk, proposal.id, "理由", &agent(), world.now).await;
    assert_eq!(codes(late), ["contact_proposal_verified"]);
}

#[tokio::test]
async fn a_declined_proposal_tells_the_customer_why() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let proposal = proposed(&world, &case).await;
    let examiner = agent();
    let decline = |ground| decline_contact_proposal(&world.desk, proposal.id, ground, &examiner, world.now);

    assert_eq!(codes(decline("  ").await), ["decline_ground_missing"]);
    decline("代表番号で在籍を確認できませんでした。").await.unwrap();

    let (kind, to, text) = mails(&world).await.pop().unwrap();
    assert_eq!(kind, "contact_proposal_declined");
    assert!(to.contains("hana@example.jp") && text.contains("代表番号で在籍を確認できませんでした。"), "{text}");
    assert_eq!(dialled(&world, &case).await, "03-0000-4182");
    assert_eq!(codes(decline("もう一度").await), ["contact_proposal_declined"]);
    let successor = verified(case.subscriber_id, PROCEDURE, world.today());
    let late = verify_contact_proposal(&world.desk, proposal.id, successor, &agent(), world.now).await;
    assert_eq!(codes(late), ["contact_proposal_declined"]);
}

#[tokio::test]
async fn a_change_that_nobody_approves_goes_back_to_the_first_examiner() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let proposal = proposed(&world, &case).await;
    let successor = || verified(case.subscriber_id, PROCEDURE, world.today());
    let change = verify_contact_proposal(&world.desk, proposal.id, successor(), &agent(), world.now).await.unwrap();
    let before = mails(&world).await.len();

    decline_contact_change(&world.desk, change.id, "出所が古い", &supervisor(), world.now).await.unwrap();

    assert_eq!(dialled(&world, &case).await, "03-0000-4182");
    assert_eq!(mails(&world).await.len(), before, "the customer hears of it when the desk has decided");
    let late = approve_contact_change(&world.desk, change.id, &supervisor(), world.now).await;
    assert_eq!(codes(late), ["contact_change_declined"]);
    let reopened = contact_proposals::by_id(&world.desk.db, proposal.id).await.unwrap();
    assert_eq!(reopened.stage(None), HandoverStage::Received);
    assert_eq!(reopened.contact_change_id, None);

    let again = verify_contact_proposal(&world.desk, proposal.id, successor(), &agent(), world.now).await.unwrap();
    approve_contact_change(&world.desk, again.id, &supervisor(), world.now).await.unwrap();
    assert_eq!(dialled(&world, &case).await, "03-0000-8888");
}

#[tokio::test]
async fn a_declined_change_leaves_room_for_another() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let examiner = agent();
    let request = || {
        let successor = verified(case.subscriber_id, PROCEDURE, world.today());
        request_contact_change(&world.desk, successor, &examiner, world.now)
    };
    let change = request().await.unwrap();
    assert_eq!(codes(request().await), ["contact_change_pending"]);

    decline_contact_change(&world.desk, change.id, "番号の誤り", &agent(), world.now).await.unwrap();

    let twice = decline_contact_change(&world.desk, change.id, "番号の誤り", &agent(), world.now).await;
    assert_eq!(codes(twice), ["contact_change_declined"]);
    request().await.unwrap();
}
