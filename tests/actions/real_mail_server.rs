//! T4 with a real mail server (Postfix): the log-in, the encryption, and mails that come back by its own reports.

use std::collections::BTreeSet;
use std::sync::Arc;

use revocation_desk::actions::follow_up::send;
use revocation_desk::actions::read_bounces::read_bounces;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::bounce::BounceAction;
use revocation_desk::mail::Transport;
use revocation_desk::mail::transport::{SmtpServer, SmtpTransport};
use revocation_desk::models::batch_runs::Counts;
use revocation_desk::models::bounces;
use revocation_desk::models::columns::MessageStatus;
use revocation_desk::models::messages::{self, Message};
use revocation_desk::settings::{Dkim, Secret};
use sea_orm::{EntityTrait, QueryOrder};
use tokio_util::sync::CancellationToken;

use crate::bounces::a_mailbox;
use crate::builders::World;
use crate::dkim::{self, Key, verifies};
use crate::mail_sink::{Answer, MailSink};
use crate::outbox::{Outbox, PUBLIC_URL, at, new_message};
use crate::postfix::{PASSWORD, Postfix};

fn port(sink: &MailSink) -> u16 {
    sink.url.rsplit_once(':').unwrap().1.parse().unwrap()
}

/// A desk that sends through this server and reads what comes back to it.
async fn a_desk(server: &Postfix, key: &Key) -> World {
    World::with(at(0), |settings| {
        settings.mail.smtp_url = Some(Secret::new(server.url()));
        settings.mail.bounces = Some(a_mailbox(&server.maildir()));
        settings.mail.dkim = Some(Dkim {
            domain: dkim::DOMAIN.to_owned(),
            selector: dkim::SELECTOR.to_owned(),
            key_file: "unused".into(),
            key: Some(Secret::new(&key.pem)),
        });
    })
    .await
}

async fn queue(world: &World, mails: &[&[&str]]) {
    for (number, emails) in (0..).zip(mails) {
        assert!(messages::enqueue(&world.desk.db, new_message(number, emails), PUBLIC_URL, at(0)).await.unwrap());
    }
}

async fn all(world: &World) -> Vec<Message> {
    messages::Entity::find().order_by_asc(messages::Column::Id).all(&world.desk.db).await.unwrap()
}

async fn read(world: &World) -> Counts {
    read_bounces(&world.desk, &Actor::batch(), world.now).await.unwrap()
}

#[tokio::test]
async fn what_the_next_server_refuses_comes_back_and_the_rest_arrives_signed() {
    use MessageStatus::{Failed, Sent};
    let sink = MailSink::start(|_, recipient| match recipient {
        "nobody@customer.example" => Answer::RefuseRecipient,
        "strict@customer.example" => Answer::RefuseContent,
        _ => Answer::Accept,
    })
    .await;
    let server = Postfix::start(port(&sink)).await;
    let key = Key::made_by(&["genpkey", "-algorithm", "ed25519"]);
    let world = a_desk(&server, &key).await;
    queue(
        &world,
        &[
            &["hana@customer.example"],
            &["nobody@customer.example"],
            &["strict@customer.example"],
            &["ichiro@customer.example", "nobody@customer.example"],
        ],
    )
    .await;

    let counts = send(&world.desk, &CancellationToken::new()).await.unwrap();
    assert_eq!(counts, Counts { target: 4, done: 4, ..Counts::default() });
    server.came_back(3).await;
    assert_eq!(read(&world).await, Counts { target: 3, done: 3, ..Counts::default() });

    let mails = all(&world).await;
    assert_eq!(mails.iter().map(|mail| mail.status).collect::<Vec<_>>(), [Sent, Failed, Failed, Failed]);
    let words = |place: usize| mails[place].last_error.clone().unwrap();
    assert!(words(1).contains("550 5.1.1 nobody by that name"), "{}", words(1));
    assert!(words(2).contains("554 5.7.1 not this content"), "{}", words(2));
    let refused: Vec<bool> = mails[3].addressees().unwrap().iter().map(|one| one.refused.is_some()).collect();
    assert_eq!(refused, [false, true], "the other has the mail");

    let received = server.until("both mails arrive", || Some(sink.received()).filter(|mails| mails.len() == 2)).await;
    let reached: BTreeSet<&str> = received.iter().flat_map(|mail| &mail.recipients).map(String::as_str).collect();
    assert_eq!(reached, BTreeSet::from(["hana@customer.example", "ichiro@customer.example"]));
    for mail in &received {
        assert!(verifies(mail.data.as_bytes(), &key.record), "{}", mail.data);
        assert!(mails.iter().any(|sent| sent.message_id == mail.message_id), "{}", mail.message_id);
    }
    assert_eq!(read(&world).await, Counts::default(), "each report once");
}

#[tokio::test]
async fn a_mail_that_the_next_server_puts_off_is_late_and_arrives() {
    let sink = MailSink::start(|mail, _| if mail == 0 { Answer::DeferRecipient } else { Answer::Accept }).await;
    let server = Postfix::start(port(&sink)).await;
    let world = a_desk(&server, &Key::made_by(&["genpkey", "-algorithm", "ed25519"])).await;
    queue(&world, &[&["hana@customer.example"]]).await;

    send(&world.desk, &CancellationToken::new()).await.unwrap();
    server.came_back(1).await;
    assert_eq!(read(&world).await.done, 1);
    server.until("the mail arrives", || (!sink.received().is_empty()).then_some(())).await;

    let mail = all(&world).await.remove(0);
    assert_eq!(mail.status, MessageStatus::Sent);
    let told = bounces::of_message(&world.desk.db, mail.id).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].action, told[0].words.as_str()), (BounceAction::Delayed, "451 4.2.1 mailbox busy"));
}

async fn last_error(outbox: &Outbox) -> String {
    outbox.all().await[0].last_error.clone().unwrap()
}

#[tokio::test]
async fn a_server_that_wants_encryption_and_a_log_in_gets_both() {
    let sink = MailSink::start(|_, _| Answer::Accept).await;
    let server = Postfix::start(port(&sink)).await;
    let connect = |url: String, trusted: bool| {
        let smtp = SmtpTransport::new(SmtpServer::parse(&url).unwrap(), "desk.example.com");
        let smtp = if trusted { smtp.with_own_root(server.certificate.clone()) } else { smtp };
        Arc::new(Transport::Smtp(smtp))
    };
    for (number, url) in (0..).zip([server.starttls_url(PASSWORD), server.tls_url(PASSWORD)]) {
        let outbox = Outbox::new().await;
        outbox.queue_to(number, &["hana@customer.example"]).await;
        let stranger = outbox.send(&connect(url.clone(), false), at(0)).await;
        assert!(stranger.unreachable, "a server that cannot prove its name: {stranger:?}");
        assert!(last_error(&outbox).await.contains("certificate"), "{}", last_error(&outbox).await);
        let wrong = url.replace("word%3A1", "word%3A2");
        assert_ne!(wrong, url);
        let refused = outbox.send(&connect(wrong, true), at(600)).await;
        assert!(refused.unreachable && refused.failed == 0, "a wrong password loses no mail: {refused:?}");
        assert!(last_error(&outbox).await.contains("535"), "{}\n{}", last_error(&outbox).await, server.log());

        assert_eq!(outbox.send(&connect(url, true), at(6000)).await.sent, 1, "{}", server.log());
    }
    let plain = server.url();
    let outbox = Outbox::new().await;
    outbox.queue_to(2, &["hana@customer.example"]).await;
    let opportunistic = connect(format!("{plain}?tls=opportunistic"), true);
    assert_eq!(outbox.send(&opportunistic, at(0)).await.sent, 1, "no encryption offered, none needed");
    server.until("all mails arrive", || (sink.received().len() == 3).then_some(())).await;
}
