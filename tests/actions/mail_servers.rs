//! Connections to mail servers: how many, for how long, and how they are encrypted.

use revocation_desk::actions::send_messages::Counts;

use crate::mail_sink::{Answer, Encryption, Farewell, MailSink};
use crate::outbox::{Outbox, at, smtp, smtp_as};

#[tokio::test]
async fn connections_are_used_again() {
    let outbox = Outbox::new().await;
    outbox.queue(40).await;
    let sink = MailSink::start(|_, _| Answer::Accept).await;

    outbox.send(&smtp(&sink.url), at(0)).await;

    assert!(sink.connections() <= 8, "{} connections for 40 mails", sink.connections());
}

#[tokio::test]
async fn no_more_connections_are_open_than_the_settings_say() {
    let outbox = Outbox::new().await;
    outbox.queue(60).await;
    let sink = MailSink::start(|_, _| Answer::Accept).await;
    let transport = smtp_as(&sink.url, |smtp| smtp.with_connections(2));

    // The bell and the schedule of one process: they share the transport.
    let (one, other) = tokio::join!(outbox.send(&transport, at(0)), outbox.send(&transport, at(0)));

    assert_eq!(one.sent + other.sent, 60);
    assert_eq!(sink.connections(), 2);
}

#[tokio::test]
async fn a_server_that_takes_few_mails_on_a_connection_gets_a_new_one() {
    for farewell in [Farewell::Said, Farewell::Silent] {
        let outbox = Outbox::new().await;
        outbox.queue(10).await;
        let sink = MailSink::closing_after(3, farewell).await;

        let counts = outbox.send(&smtp_as(&sink.url, |smtp| smtp.with_connections(1)), at(0)).await;

        assert_eq!(counts, Counts { sent: 10, ..Counts::default() }, "{farewell:?}");
        assert_eq!(sink.received().len(), 10, "{farewell:?}");
        assert_eq!(sink.connections(), 4, "{farewell:?}");
    }
}

#[tokio::test]
async fn a_mail_that_met_the_end_of_a_kept_connection_goes_on_a_new_one_at_once() {
    for fault in [Answer::CloseAtRecipient, Answer::DropBeforeContent] {
        let outbox = Outbox::new().await;
        outbox.queue(3).await;
        let sink = MailSink::start(move |mail, _| if mail == 1 { fault } else { Answer::Accept }).await;

        let counts = outbox.send(&smtp_as(&sink.url, |smtp| smtp.with_connections(1)), at(0)).await;

        assert_eq!(counts, Counts { sent: 3, ..Counts::default() }, "{fault:?}");
        assert_eq!((sink.received().len(), sink.connections()), (3, 2), "{fault:?}");
        assert!(outbox.all().await.iter().all(|mail| mail.attempts == 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_going_down_is_not_pressed() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let sink = MailSink::start(|_, _| Answer::CloseAtRecipient).await;

    assert_eq!(outbox.send(&smtp(&sink.url), at(0)).await.retried, 1);

    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn after_a_refusal_the_connection_is_used_again() {
    for fault in [Answer::RefuseRecipient, Answer::DeferRecipient, Answer::RefuseContent, Answer::DeferContent] {
        let outbox = Outbox::new().await;
        outbox.queue(6).await;
        let sink = MailSink::start(move |mail, _| if mail % 2 == 0 { fault } else { Answer::Accept }).await;

        let counts = outbox.send(&smtp_as(&sink.url, |smtp| smtp.with_connections(1)), at(0)).await;

        assert_eq!((counts.sent, sink.received().len(), sink.connections()), (3, 3, 1), "{fault:?}");
    }
}

/// Without `tls=required` a server that offers encryption has to prove its name, too: whoever stands between could offer.
#[tokio::test]
async fn what_a_server_offers_is_used() {
    let (sink, root) = MailSink::encrypted(Encryption::StartTls).await;
    let url = sink.url.replace("?tls=required", "?tls=opportunistic");
    let outbox = Outbox::new().await;
    outbox.queue(1).await;

    assert!(outbox.send(&smtp(&url), at(0)).await.unreachable);
    assert_eq!(outbox.send(&smtp_as(&url, |smtp| smtp.with_own_root(root)), at(600)).await.sent, 1);
}

#[tokio::test]
async fn mails_travel_encrypted_to_a_server_that_proves_its_name() {
    for encryption in [Encryption::FromTheStart, Encryption::StartTls] {
        let outbox = Outbox::new().await;
        outbox.queue(10).await;
        let (sink, root) = MailSink::encrypted(encryption).await;

        let stranger = outbox.send(&smtp(&sink.url), at(0)).await;
        assert!(stranger.unreachable && stranger.sent == 0, "{encryption:?}: {stranger:?}");
        assert!(outbox.all().await[0].last_error.as_deref().unwrap().contains("certificate"), "{encryption:?}");

        let known = smtp_as(&sink.url, |smtp| smtp.with_own_root(root));
        assert_eq!(outbox.send(&known, at(600)).await.sent, 10, "{encryption:?}");
        assert_eq!(sink.received().len(), 10, "{encryption:?}");
    }
}
