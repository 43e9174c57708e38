//! Where the OU rule forbids a reissue, the customer asks the desk for a form, once.

use revocation_desk::actions::request_form::{RequestForm, request_form};
use revocation_desk::domain::actor::{Actor, Identity};
use revocation_desk::models::certificates::Certificate;
use revocation_desk::models::columns::DeskForm;
use revocation_desk::models::customers::{self, NewCustomer};
use revocation_desk::models::messages::{self, Message};

use crate::builders::{World, agent, codes};

async fn an_account(world: &World, subscriber_id: i64) -> Actor {
    let new = NewCustomer {
        subscriber_id,
        login: format!("hana-{subscriber_id}"),
        name: "例文 花".to_owned(),
        email: "hana.reibun@customer.example".to_owned(),
        password_hash: None,
    };
    let account = customers::insert(&world.desk.db, new, world.now).await.unwrap();
    let identity = Identity::Customer { id: account.id, name: account.name, subscriber_id };
    Actor::new(identity, Some("192.0.2.80".to_owned()))
}

fn asking(certificate: &Certificate, form: DeskForm) -> RequestForm {
    RequestForm { reception_number: certificate.reception_number.unwrap(), form }
}

async fn mails(world: &World) -> Vec<Message> {
    let mut mails = messages::newest(&world.desk.db, None, None, None, 10).await.unwrap();
    mails.reverse();
    mails
}

fn addresses(mail: &Message) -> Vec<String> {
    mail.addressees().unwrap().iter().map(|one| one.recipient.email().to_owned()).collect()
}

#[tokio::test]
async fn both_sides_get_a_mail_and_the_books_an_entry() {
    let world = World::new().await;
    let certificate = world.a_certificate().ou("‐").register().await;
    let customer = an_account(&world, certificate.subscriber_id).await;

    let input = asking(&certificate, DeskForm::NewApplication);
    let asked = request_form(&world.desk, input, &customer, world.now).await.unwrap();

    assert!(asked.now);
    assert_eq!(asked.request.requested_by, customer.key());
    let mails = mails(&world).await;
    let kinds: Vec<&str> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(kinds, ["form_request_received", "form_requested"]);
    assert_eq!(addresses(&mails[0]), ["hana.reibun@customer.example", "hana@example.jp"]);
    assert_eq!(addresses(&mails[1]).concat(), world.desk.settings.mail.alarm_to);
    let number = certificate.reception_number.unwrap().to_string();
    assert!(mails.iter().all(|mail| mail.subject.contains(&number)), "{mails:?}");
    assert!(mails[1].body_text.contains(&format!("/desk/mails?q={number}")), "{}", mails[1].body_text);
    assert_eq!(world.count("audit_events WHERE action = 'form_requested'").await, 1);
}

#[tokio::test]
async fn asking_again_tells_when_it_was_asked_and_sends_nothing() {
    let world = World::new().await;
    let certificate = world.a_certificate().ou("-").register().await;
    let customer = an_account(&world, certificate.subscriber_id).await;
    let input = asking(&certificate, DeskForm::RevocationApplication);
    let first = request_form(&world.desk, input, &customer, world.now).await.unwrap();

    let later = world.now + chrono::Duration::hours(3);
    let again = request_form(&world.desk, input, &customer, later).await.unwrap();

    assert!(!again.now);
    assert_eq!(again.request, first.request);
    assert_eq!(again.request.requested_at, world.now);
    assert_eq!(mails(&world).await.len(), 2);
    let other_form = asking(&certificate, DeskForm::NewApplication);
    assert!(request_form(&world.desk, other_form, &customer, later).await.unwrap().now);
    assert_eq!(mails(&world).await.len(), 4);
}

#[tokio::test]
async fn only_a_certificate_that_the_ou_rule_refuses_has_forms() {
    let world = World::new().await;
    let certificate = world.a_certificate().ou("情報システム部").register().await;
    let customer = an_account(&world, certificate.subscriber_id).await;
    let refused = request_form(&world.desk, asking(&certificate, DeskForm::NewApplication), &customer, world.now).await;
    assert_eq!(codes(refused), ["form_not_offered"]);
    assert_eq!(world.count("form_requests").await, 0);
}

#[tokio::test]
async fn nobody_asks_for_another_organisation() {
    let world = World::new().await;
    let certificate = world.a_certificate().ou("-").register().await;
    let stranger = an_account(&world, world.a_subscriber().named("見本製作所").register().await.id).await;
    let input = asking(&certificate, DeskForm::NewApplication);
    let refused = request_form(&world.desk, input, &stranger, world.now).await;
    assert_eq!(codes(refused), ["certificate_not_found"]);
    assert_eq!(codes(request_form(&world.desk, input, &agent(), world.now).await), ["customers_only"]);
    assert_eq!(world.count("form_requests").await + world.count("messages").await, 0);
}
