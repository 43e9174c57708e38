//! Webhooks: who is told is the administrators' to say; what is told is written with the event itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use revocation_desk::actions::create_webhook::{NewWebhook, create_webhook};
use revocation_desk::actions::pause_webhook::pause_webhook;
use revocation_desk::actions::purge::purge;
use revocation_desk::actions::redeliver_webhook::redeliver_webhook;
use revocation_desk::actions::remove_webhook::remove_webhook;
use revocation_desk::actions::resume_webhook::resume_webhook;
use revocation_desk::actions::rotate_webhook_secret::rotate_webhook_secret;
use revocation_desk::actions::seal_secrets::{Sealed, Secrets, seal_secrets};
use revocation_desk::actions::send_webhooks::send_webhooks;
use revocation_desk::actions::test_webhook::test_webhook;
use revocation_desk::clock::Clock;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::domain::webhook::{Answer, Secret};
use revocation_desk::errors::Result;
use revocation_desk::models::audit_events::{self, Act};
use revocation_desk::models::webhooks::{self, Webhook};
use revocation_desk::models::{transaction, webhook_deliveries};
use revocation_desk::services::Services;
use revocation_desk::vault::Vault;
use serde_json::json;

use crate::builders::{World, codes, staff};
use crate::receiver::{Receiver, Reply};
use crate::webhooks_sent::send;

pub fn admin() -> Actor {
    staff(1, "管理 恵", Role::Admin)
}

/// A desk that may send to this machine.
pub async fn world() -> World {
    let now = World::new().await.now;
    World::with(now, |settings| settings.webhooks.allow_private = true).await
}

async fn try_create(desk: &Services, name: &str, url: &str, events: &[&str]) -> Result<(Webhook, String)> {
    let events = events.iter().map(|event| event.parse().unwrap()).collect();
    let (name, url, reason) = (name.to_owned(), url.to_owned(), "注文システムとの連携".to_owned());
    create_webhook(desk, NewWebhook { name, url, events, reason }, &admin(), desk.clock.now()).await
}

pub async fn create(world: &World, url: &str, events: &[&str]) -> (Webhook, String) {
    try_create(&world.desk, "注文システム", url, events).await.unwrap()
}

pub async fn resume(world: &World, hook: &Webhook) {
    resume_webhook(&world.desk, hook.id, "復旧", &admin(), world.desk.clock.now()).await.unwrap();
}

/// What the audit log says of a webhook.
pub async fn actions_of(world: &World, hook: &Webhook) -> Vec<String> {
    let all = audit_events::after(&world.desk.db, 0, 10_000).await.unwrap();
    let of_hook = all.into_iter().filter(|event| event.subject == format!("webhook:{}", hook.id));
    of_hook.map(|event| event.action).collect()
}

async fn waiting(world: &World) -> i64 {
    world.count("webhook_deliveries WHERE status = 'waiting'").await
}

#[tokio::test]
async fn only_addresses_of_the_internet_over_tls_are_taken() {
    let closed = World::new().await;
    for (url, code) in [
        ("https://hooks.example/in?tenant=3", None),
        ("http://hooks.example/in", Some("webhook_url_not_tls")),
        ("https://127.0.0.1/in", Some("webhook_url_not_public")),
        ("https://169.254.169.254/latest", Some("webhook_url_not_public")),
        ("https://user:password@hooks.example/", Some("webhook_url_malformed")),
        ("https://hooks.example/#top", Some("webhook_url_malformed")),
        ("hooks.example", Some("webhook_url_malformed")),
        ("", Some("webhook_url_malformed")),
    ] {
        let made = try_create(&closed.desk, "注文システム", url, &["case.filed"]).await;
        match code {
            None => assert!(made.is_ok(), "{url}"),
            Some(code) => assert_eq!(codes(made), [code], "{url}"),
        }
    }
    let long = format!("https://hooks.example/{}", "a".repeat(500));
    assert_eq!(
        codes(try_create(&closed.desk, " ", &long, &[]).await),
        ["text_missing", "webhook_url_malformed", "webhook_events_missing"]
    );
    assert!(try_create(&world().await.desk, "x", "http://127.0.0.1:9/in", &["case.filed"]).await.is_ok());
}

#[tokio::test]
async fn the_secret_is_shown_once_and_sealed_in_the_database() {
    let world = world().await;
    let (hook, secret) = create(&world, "http://127.0.0.1:9/in", &["case.filed"]).await;
    assert!(Secret::parse(&secret).is_some());
    assert!(hook.secret.starts_with("v1.") && !hook.secret.contains(&secret));
    assert_eq!(world.desk.vault.open(&hook.vault_row(), &hook.secret).unwrap(), secret);
    let logged = audit_events::after(&world.desk.db, 0, 10_000).await.unwrap();
    assert!(logged.iter().all(|event| !event.detail.contains("whsec_")));
}

#[tokio::test]
async fn an_event_is_told_if_and_only_if_it_is_committed() {
    let world = world().await;
    create(&world, "http://127.0.0.1:9/in", &["case.filed", "case.withdrawn"]).await;
    create(&world, "http://127.0.0.1:9/other", &["case.withdrawn"]).await;
    let case = world.a_case().in_state(CaseState::AwaitingCall).open().await;
    assert_eq!(waiting(&world).await, 1, "only what was asked for");
    let act = || Act { action: "withdrawn", subject: case.audit_subject(), case_id: Some(case.id), detail: json!({}) };

    let txn = transaction::begin(&world.desk.db).await.unwrap();
    audit_events::append(&txn, act(), &admin(), world.now).await.unwrap();
    txn.rollback().await.unwrap();
    assert_eq!(waiting(&world).await, 1);

    let txn = transaction::begin(&world.desk.db).await.unwrap();
    audit_events::append(&txn, act(), &admin(), world.now).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(waiting(&world).await, 3, "one for each receiver");
}

#[tokio::test]
async fn a_pause_keeps_what_happens_until_it_ends() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
    pause_webhook(&world.desk, hook.id, "保守", &admin(), world.now).await.unwrap();
    world.a_case().in_state(CaseState::AwaitingReissue).open().await;

    send(&world.desk).await;
    assert!(receiver.got().is_empty());
    assert_eq!(codes(pause_webhook(&world.desk, hook.id, "保守", &admin(), world.now).await), ["webhook_off_already"]);
    resume(&world, &hook).await;
    send(&world.desk).await;

    assert_eq!(receiver.got().len(), 1);
    assert_eq!(codes(resume_webhook(&world.desk, hook.id, "復旧", &admin(), world.now).await), ["webhook_on_already"]);
    assert_eq!(actions_of(&world, &hook).await, ["webhook_created", "webhook_paused", "webhook_resumed"]);
}

#[tokio::test]
async fn for_a_day_the_former_secret_signs_beside_the_new_one() {
    let (mut world, receiver) = (world().await, Receiver::open().await);
    let (hook, old) = create(&world, &receiver.url, &["case.filed"]).await;
    let (_, new) = rotate_webhook_secret(&world.desk, hook.id, "定期更新", &admin(), world.now).await.unwrap();
    let signs = |secret: &str, got: &crate::receiver::Got| {
        let signature = Secret::parse(secret).unwrap().sign(&got.id, got.timestamp, &got.body);
        got.signatures.contains(&signature)
    };
    for (hours, by_old) in [(0, true), (23, true), (24, false)] {
        world.desk.clock = Clock::starting_at(world.now + Duration::hours(hours));
        test_webhook(&world.desk, hook.id, &admin(), world.desk.clock.now()).await.unwrap();
        let got = receiver.got().pop().unwrap();
        assert_eq!((signs(&new, &got), signs(&old, &got)), (true, by_old), "after {hours} hours");
    }
    let logged = actions_of(&world, &hook).await;
    assert_eq!(logged[..2], ["webhook_created", "webhook_secret_rotated"]);
}

#[tokio::test]
async fn a_test_is_sent_once_and_its_answer_told() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
    pause_webhook(&world.desk, hook.id, "準備中", &admin(), world.now).await.unwrap();
    receiver.replies([Reply::Status(500)]);

    let failed = test_webhook(&world.desk, hook.id, &admin(), world.now).await.unwrap();
    let taken = test_webhook(&world.desk, hook.id, &admin(), world.now).await.unwrap();

    assert_eq!((failed.answer, failed.answer_status), (Some(Answer::Refused), Some(500)));
    assert_eq!((taken.answer, taken.answer_status), (Some(Answer::Taken), Some(204)));
    assert_eq!(receiver.got()[0].kind(), "webhook.test");
    assert_eq!(waiting(&world).await, 0, "a test is not repeated");
    let resent = redeliver_webhook(&world.desk, hook.id, failed.id, &admin(), world.now).await;
    assert_eq!(codes(resent), ["webhook_delivery_waits"]);
}

#[tokio::test]
async fn a_delivery_can_be_sent_once_more_with_its_id() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
    world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    let [delivery] = &webhook_deliveries::newest(&world.desk.db, hook.id, None, 10).await.unwrap()[..] else {
        panic!("one delivery")
    };
    let again = async || redeliver_webhook(&world.desk, hook.id, delivery.id, &admin(), world.now).await;

    assert_eq!(codes(again().await), ["webhook_delivery_waits"]);
    send(&world.desk).await;
    again().await.unwrap();
    send(&world.desk).await;

    assert_eq!(receiver.ids(), [delivery.message_id.clone(), delivery.message_id.clone()]);
    let (other, _) = create(&world, &receiver.url, &["case.filed"]).await;
    let foreign = redeliver_webhook(&world.desk, other.id, delivery.id, &admin(), world.now).await;
    assert_eq!(codes(foreign), ["webhook_delivery_not_found"]);
}

#[tokio::test]
async fn a_removed_receiver_leaves_no_secret_and_hears_nothing_more() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
    world.a_case().in_state(CaseState::AwaitingReissue).open().await;

    let forgotten = remove_webhook(&world.desk, hook.id, "契約の終了", &admin(), world.now).await.unwrap();
    let certificate = world.a_certificate().names(["b.example.jp"]).register().await;
    world.a_case().on(&certificate).in_state(CaseState::AwaitingReissue).open().await;

    assert_eq!((forgotten, waiting(&world).await), (1, 0));
    assert_eq!(world.count("webhooks WHERE secret <> ''").await, 0);
    assert_eq!(codes(webhooks::by_id(&world.desk.db, hook.id).await), ["webhook_not_found"]);
    let pause = pause_webhook(&world.desk, hook.id, "保守", &admin(), world.now).await;
    assert_eq!(codes(pause), ["webhook_not_found"]);
}

#[tokio::test]
async fn nothing_is_sent_while_the_desk_is_halted() {
    use revocation_desk::actions::halt_desk::{HaltDesk, halt_desk};
    use revocation_desk::domain::halt::HaltCause;
    let (world, receiver) = (world().await, Receiver::open().await);
    create(&world, &receiver.url, &["case.filed"]).await;
    world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    let halt = HaltDesk { cause: HaltCause::Ordered, reason: "調査".to_owned(), lost_sequence: None };
    halt_desk(&world.desk, halt, &admin(), world.now).await.unwrap();

    assert_eq!(codes(send_webhooks(&world.desk, &Actor::batch()).await), ["desk_halted"]);
    let now = world.desk.clock.now();
    assert!(webhooks::claim(&world.desk.db, 8, now + Duration::minutes(1), now).await.unwrap().is_empty());
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn what_was_delivered_is_forgotten_after_thirty_days() {
    let (world, receiver) = (world().await, Receiver::open().await);
    create(&world, &receiver.url, &["case.filed", "case.replacement_registered"]).await;
    world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    send(&world.desk).await;
    let certificate = world.a_certificate().names(["b.example.jp"]).register().await;
    world.a_case().on(&certificate).in_state(CaseState::AwaitingReissue).open().await;

    for (days, left) in [(29, 2), (31, 1)] {
        purge(&world.desk, world.now + Duration::days(days)).await.unwrap();
        assert_eq!(world.count("webhook_deliveries").await, left, "after {days} days; what waits stays");
    }
}

#[tokio::test]
async fn a_new_master_key_takes_over_both_secrets() {
    let world = world().await;
    let (hook, old) = create(&world, "http://127.0.0.1:9/in", &["case.filed"]).await;
    let (hook, new) = rotate_webhook_secret(&world.desk, hook.id, "定期更新", &admin(), world.now).await.unwrap();
    let own = std::fs::read_to_string(world.desk.settings.data_dir.join("master.key")).unwrap();
    let next = world.desk.settings.data_dir.join("next.key");
    let with = |text: String| {
        std::fs::write(&next, text).unwrap();
        let mut desk = world.desk.clone();
        desk.vault = Vault::load(Some(&next), &world.desk.settings.data_dir).unwrap();
        desk
    };
    let key = STANDARD.encode([7; 32]);
    let both = with(format!("{key}\n{own}"));

    let sealed = seal_secrets(&both, Secrets::All, &Actor::system(), world.now).await.unwrap();

    assert_eq!(sealed, Sealed { checked: 1, changed: 1 });
    let stored = webhooks::by_id(&world.desk.db, hook.id).await.unwrap();
    let alone = with(key);
    assert_eq!(alone.vault.open(&stored.vault_row(), &stored.secret).unwrap(), new);
    assert_eq!(alone.vault.open(&stored.vault_row(), stored.former_secret.as_ref().unwrap()).unwrap(), old);
    let again = seal_secrets(&both, Secrets::All, &Actor::system(), world.now).await.unwrap();
    assert_eq!(again, Sealed { checked: 1, changed: 0 });
}
