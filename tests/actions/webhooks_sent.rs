//! Webhooks on their way: what a receiver gets, when it is asked again, and that it waits for nobody else's.

use std::collections::HashSet;
use std::time::Duration as Patience;

use chrono::Duration;
use revocation_desk::actions::send_webhooks::{Counts, send_webhooks};
use revocation_desk::clock::Clock;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::webhook::{Answer, DeliveryStatus};
use revocation_desk::models::columns::RunCause;
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::models::webhook_deliveries::{self, Delivery};
use revocation_desk::models::webhooks::{self, Standing, Webhook};
use revocation_desk::services::Services;
use sha2::{Digest, Sha256};

use crate::builders::World;
use crate::receiver::{Got, Receiver, Reply};
use crate::revoke_due::run_on;
use crate::webhooks::{actions_of, create, world};

pub async fn send(desk: &Services) -> Counts {
    send_webhooks(desk, &Actor::batch()).await.unwrap()
}

/// The desk at a later time.
fn later(world: &World, time: Duration) -> Services {
    let mut desk = world.desk.clone();
    desk.clock = Clock::starting_at(world.now + time);
    desk
}

async fn deliveries(world: &World, hook: &Webhook) -> Vec<Delivery> {
    let mut all = webhook_deliveries::newest(&world.desk.db, hook.id, None, 1000).await.unwrap();
    all.reverse();
    all
}

async fn reload(world: &World, hook: &Webhook) -> Webhook {
    webhooks::by_id(&world.desk.db, hook.id).await.unwrap()
}

/// One case that waits for its replacement: one event, `case.filed`.
async fn a_filed_case(world: &World, name: &str) -> Case {
    let certificate = world.a_certificate().names([name]).register().await;
    world.a_case().on(&certificate).in_state(CaseState::AwaitingReissue).open().await
}

/// HMAC-SHA256 (RFC 2104) with nothing of the program's own.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |byte: u8| block.map(|octet| octet ^ byte);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

fn signature(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    format!("v1,{}", STANDARD.encode(hmac(&key, format!("{id}.{timestamp}.{body}").as_bytes())))
}

#[tokio::test]
async fn a_receiver_is_told_what_happened_signed_and_without_a_word_about_people() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (_, secret) = create(&world, &receiver.url, &["case.filed", "case.replacement_registered"]).await;
    let case = world.a_case().in_state(CaseState::AwaitingCall).open().await;

    let counts = send(&world.desk).await;

    assert_eq!(counts, Counts { delivered: 2, ..Counts::default() });
    let got = receiver.got();
    assert_eq!(got.iter().map(Got::kind).collect::<Vec<_>>(), ["case.filed", "case.replacement_registered"]);
    for got in &got {
        assert_eq!(got.signatures, [signature(&secret, &got.id, got.timestamp, &got.body)]);
        assert!((got.timestamp - world.now.timestamp()).abs() < 600, "the second of the sending");
    }
    let data = &got[1].json()["data"];
    let source = world.source(&case).await;
    assert_eq!(data["reception_number"], case.reception_number.to_string());
    assert_eq!((&data["from"], &data["state"]), (&"awaiting_reissue".into(), &"awaiting_call".into()));
    assert_eq!(data["version"], case.version);
    assert_eq!(data["validation"], "ov");
    assert_eq!(data["serial_number"], source.serial.to_string());
    assert_eq!(data["due_on"], case.due_on.to_string());
    assert_eq!(data["replaced"], true);
    let members: HashSet<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
    let known = [
        "reception_number",
        "from",
        "state",
        "version",
        "validation",
        "requested_on",
        "due_on",
        "revoked_at",
        "serial_number",
        "issuer",
        "sha256",
        "replaced",
    ];
    assert_eq!(members, known.into(), "a new member must be no word about people");
}

#[tokio::test]
async fn the_daily_run_tells_of_every_case() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, &receiver.url, &["case.revocation_accepted"]).await;
    for name in ["a.example.jp", "b.example.jp", "c.example.jp"] {
        let certificate = world.a_certificate().names([name]).register().await;
        world.a_case().on(&certificate).in_state(CaseState::Confirmed).open().await;
    }

    run_on(&world.desk, world.today(), RunCause::Schedule).await;

    assert_eq!(deliveries(&world, &hook).await.len(), 3);
    assert_eq!(send(&world.desk).await.delivered, 3);
    for got in receiver.got() {
        assert_eq!(got.json()["data"]["state"], "revoked");
        assert!(got.json()["data"]["revoked_at"].is_string());
    }
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_later_with_the_same_id() {
    for (reply, answer, status) in [
        (Reply::Status(500), Answer::Refused, Some(500)),
        (Reply::Status(404), Answer::Refused, Some(404)),
        (Reply::Status(503), Answer::Busy, Some(503)),
        (Reply::Redirect("http://127.0.0.1:9/".to_owned()), Answer::Redirected, Some(302)),
        (Reply::Silence, Answer::TimedOut, None),
    ] {
        let (mut world, receiver) = (world().await, Receiver::open().await);
        world.desk.receivers = world.desk.receivers.with_patience(Patience::from_millis(300));
        let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
        a_filed_case(&world, "www.example.jp").await;
        receiver.replies([reply.clone()]);

        let first = send(&world.desk).await;
        let at_once = send(&world.desk).await;
        let [waiting] = &deliveries(&world, &hook).await[..] else { panic!("one delivery") };
        let second = send(&later(&world, Duration::minutes(2))).await;

        assert_eq!(first, Counts { put_off: 1, ..Counts::default() }, "{reply:?}");
        assert_eq!(at_once, Counts::default(), "{reply:?}: not before its time");
        assert_eq!((waiting.status, waiting.answer), (DeliveryStatus::Waiting, Some(answer)));
        assert_eq!(waiting.answer_status, status);
        assert_eq!(second, Counts { delivered: 1, ..Counts::default() }, "{reply:?}");
        let got = receiver.got();
        assert_eq!(got.len(), 2, "{reply:?}");
        assert_eq!((&got[0].id, &got[0].body), (&got[1].id, &got[1].body));
        assert!(got[0].timestamp < got[1].timestamp && got[0].signatures != got[1].signatures);
        let [done] = &deliveries(&world, &hook).await[..] else { panic!("one delivery") };
        assert_eq!((done.status, done.attempts), (DeliveryStatus::Delivered, 2));
        let hook = reload(&world, &hook).await;
        assert_eq!((hook.failures, hook.failing_since, hook.rest_until), (0, None, None));
    }
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let (world, receiver, elsewhere) = (world().await, Receiver::open().await, Receiver::open().await);
    create(&world, &receiver.url, &["case.filed"]).await;
    a_filed_case(&world, "www.example.jp").await;
    receiver.replies([Reply::Redirect(elsewhere.url.clone())]);

    assert_eq!(send(&world.desk).await.put_off, 1);
    assert!(elsewhere.got().is_empty());
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_switched_off_and_can_be_switched_on_again() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
    a_filed_case(&world, "a.example.jp").await;
    receiver.replies([Reply::Status(410)]);

    send(&world.desk).await;
    a_filed_case(&world, "b.example.jp").await;
    let off = send(&later(&world, Duration::days(2))).await;

    assert_eq!(off, Counts::default());
    assert_eq!(reload(&world, &hook).await.standing(world.now), Standing::Gone);
    assert_eq!(actions_of(&world, &hook).await, ["webhook_created", "webhook_gone"]);
    crate::webhooks::resume(&world, &hook).await;
    assert_eq!(send(&later(&world, Duration::minutes(1))).await.delivered, 2);
}

#[tokio::test]
async fn a_receiver_that_is_down_is_left_alone_for_a_while() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, "http://127.0.0.1:9/in", &["case.filed"]).await;
    create(&world, &receiver.url, &["case.filed"]).await;
    for name in ["a.example.jp", "b.example.jp", "c.example.jp", "d.example.jp", "e.example.jp", "f.example.jp"] {
        a_filed_case(&world, name).await;
    }

    let counts = send(&world.desk).await;

    assert_eq!(counts.delivered, 6, "nobody else notices");
    assert_eq!(counts.put_off, 1, "the others are not even tried");
    let down = reload(&world, &hook).await;
    assert_eq!(down.standing(world.now), Standing::Resting);
    assert!(down.failing_since.is_some());
    assert_eq!(send(&world.desk).await, Counts::default());
    let again = later(&world, Duration::minutes(2));
    assert_eq!(send(&again).await.put_off, 1, "one tries whether it is back");
    let longer = reload(&world, &hook).await;
    assert!(longer.rest_until > down.rest_until && longer.failing_since == down.failing_since);
}

#[tokio::test]
async fn five_refusals_in_a_row_are_enough() {
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
    for n in 0..12 {
        a_filed_case(&world, &format!("{n}.example.jp")).await;
    }
    receiver.always(Some(Reply::Status(500)));

    let counts = send(&world.desk).await;

    assert_eq!(counts.put_off, 5);
    assert_eq!(reload(&world, &hook).await.failures, 5);
    // Some were under way when the fifth came back.
    assert!((5..=8).contains(&receiver.got().len()), "{}", receiver.got().len());
    receiver.always(None);
    assert_eq!(send(&later(&world, Duration::minutes(5))).await.delivered, 12, "nothing is lost");
}

#[tokio::test]
async fn the_steps_of_a_case_come_in_their_order_and_other_cases_do_not_wait() {
    let (world, receiver) = (world().await, Receiver::open().await);
    create(&world, &receiver.url, &["case.filed", "case.replacement_registered"]).await;
    let first = world.a_case().in_state(CaseState::AwaitingCall).open().await;
    receiver.replies([Reply::Status(500)]);
    send(&world.desk).await;
    a_filed_case(&world, "other.example.jp").await;

    send(&world.desk).await;
    assert_eq!(receiver.got().len(), 2, "the second step waits for the first, the other case does not");
    send(&later(&world, Duration::minutes(2))).await;

    let number = first.reception_number.to_string();
    let told: Vec<_> = receiver
        .got()
        .iter()
        .filter(|got| got.json()["data"]["reception_number"] == number.as_str())
        .map(Got::kind)
        .collect();
    assert_eq!(told, ["case.filed", "case.filed", "case.replacement_registered"]);
}

#[tokio::test]
async fn a_slow_receiver_keeps_nobody_waiting() {
    let (mut world, slow, quick) = (world().await, Receiver::open().await, Receiver::open().await);
    world.desk.receivers = world.desk.receivers.with_patience(Patience::from_hours(1));
    create(&world, &slow.url, &["case.filed"]).await;
    create(&world, &quick.url, &["case.filed"]).await;
    slow.always(Some(Reply::Silence));
    a_filed_case(&world, "a.example.jp").await;
    let desk = world.desk.clone();
    let run = tokio::spawn(async move { send(&desk).await });

    slow.has_got(1).await;
    quick.has_got(1).await;
    a_filed_case(&world, "b.example.jp").await;
    // Also what becomes due while the slow one has its turn.
    tokio::time::timeout(Patience::from_mins(1), quick.has_got(2)).await.unwrap();
    run.abort();
}

#[tokio::test]
async fn what_a_killed_sender_had_sent_is_sent_again_with_the_same_id() {
    let (mut world, receiver) = (world().await, Receiver::open().await);
    world.desk.receivers = world.desk.receivers.with_patience(Patience::from_hours(1));
    let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
    a_filed_case(&world, "www.example.jp").await;
    receiver.replies([Reply::Silence]);
    let desk = world.desk.clone();
    let killed = tokio::spawn(async move { send(&desk).await });
    receiver.has_got(1).await;
    killed.abort();
    assert!(killed.await.is_err());

    let in_its_lease = send(&world.desk).await;
    let after = send(&later(&world, Duration::minutes(6))).await;

    assert_eq!(in_its_lease, Counts::default(), "nobody knows yet that it is dead");
    assert_eq!(after.delivered, 1);
    let ids = receiver.ids();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(deliveries(&world, &hook).await[0].status, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn two_nodes_send_each_delivery_once() {
    let (world, receivers) = (world().await, [Receiver::open().await, Receiver::open().await]);
    for receiver in &receivers {
        create(&world, &receiver.url, &["case.filed"]).await;
    }
    for n in 0..40 {
        a_filed_case(&world, &format!("{n}.example.jp")).await;
    }
    let mut other = world.desk.clone();
    other.db = world.second_connection().await;

    let (one, two) = tokio::join!(send(&world.desk), send(&other));

    assert_eq!(one.delivered + two.delivered, 80);
    for receiver in &receivers {
        let ids = receiver.ids();
        assert_eq!(ids.len(), 40);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 40);
    }
}

#[tokio::test]
async fn a_name_that_leads_into_a_private_network_is_not_asked() {
    let world = World::new().await;
    let (hook, _) = create(&world, "https://localhost:9/in", &["case.filed"]).await;
    a_filed_case(&world, "www.example.jp").await;

    assert_eq!(send(&world.desk).await.put_off, 1);
    assert_eq!(deliveries(&world, &hook).await[0].answer, Some(Answer::NotPublic));
}

#[tokio::test]
async fn what_nobody_takes_is_given_up_and_told_the_desk() {
    use revocation_desk::actions::raise_alarms::find_alarms;
    use revocation_desk::domain::alarm::AlarmKind;
    let (world, receiver) = (world().await, Receiver::open().await);
    let (hook, _) = create(&world, &receiver.url, &["case.filed"]).await;
    a_filed_case(&world, "a.example.jp").await;
    world.tamper("UPDATE webhook_deliveries SET attempts = 13").await;
    receiver.replies([Reply::Status(400)]);
    let alarmed = async |desk: &Services| {
        let alarms = find_alarms(desk, desk.clock.now()).await.unwrap();
        alarms
            .into_iter()
            .find(|alarm| alarm.kind == AlarmKind::WebhookFailing)
            .map(|alarm| (alarm.count, alarm.instant))
    };
    assert_eq!(alarmed(&world.desk).await, None);

    let counts = send(&world.desk).await;

    assert_eq!(counts, Counts { given_up: 1, ..Counts::default() });
    assert_eq!(deliveries(&world, &hook).await[0].status, DeliveryStatus::GivenUp);
    let given_up = deliveries(&world, &hook).await[0].ended_at.unwrap();
    assert_eq!(alarmed(&world.desk).await, Some((1, given_up)));
    a_filed_case(&world, "b.example.jp").await;
    assert_eq!(send(&later(&world, Duration::minutes(1))).await.delivered, 1, "others are sent");
    assert_eq!(alarmed(&later(&world, Duration::hours(25))).await, None, "and it is no news for ever");
    receiver.always(Some(Reply::Status(400)));
    a_filed_case(&world, "c.example.jp").await;
    send(&later(&world, Duration::hours(26))).await;
    assert_eq!(alarmed(&later(&world, Duration::minutes(26 * 60 + 59))).await, None);
    assert_eq!(
        alarmed(&later(&world, Duration::hours(28))).await.map(|(count, _)| count),
        Some(1),
        "failing for more than an hour"
    );
}
