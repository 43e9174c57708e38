//! A mail is sent once more by hand: to whom, and until when that can be taken back.

use chrono::TimeDelta;
use revocation_desk::actions::cancel_message::cancel_message;
use revocation_desk::actions::resend_message::{ResendMessage, TIME_TO_CANCEL, resend_message};
use revocation_desk::models::audit_events;
use revocation_desk::models::columns::MessageStatus;
use revocation_desk::models::messages::{self, Message, MessageFilter, MessageView};

use crate::builders::{World, agent, codes};

/// A mail of a case that did not arrive.
async fn a_bounced_mail(world: &World) -> Message {
    let case = world.a_case().open().await;
    world.tamper("UPDATE messages SET status = 'sent'").await;
    let mail = world.mails(&case).await.remove(0);
    world.tamper(&format!("UPDATE messages SET status = 'failed', last_error = '550' WHERE id = {}", mail.id)).await;
    messages::by_id(&world.desk.db, mail.id).await.unwrap()
}

async fn resend(world: &World, mail: &Message) -> Message {
    let input = ResendMessage { delay: TIME_TO_CANCEL, ..ResendMessage::unchanged(mail.id) };
    resend_message(&world.desk, input, &agent(), world.now).await.unwrap()
}

/// How many mails need a person.
async fn undelivered(world: &World) -> u64 {
    let filter = MessageFilter { view: MessageView::Failed, ..MessageFilter::default() };
    messages::counts(&world.desk.db, [filter]).await.unwrap()[0].number
}

#[tokio::test]
async fn what_was_sent_once_more_can_be_taken_back_while_nobody_has_begun() {
    for (happened, may) in [
        ("status = 'queued'", true),
        ("attempts = 1", false),
        ("status = 'sent'", false),
        ("resend_of = NULL", false),
        ("lease_until = '2026-11-24T10:00:00+00:00'", false),
        ("lease_until = '2026-11-24T00:59:00+00:00'", true),
    ] {
        let world = World::new().await;
        let mail = a_bounced_mail(&world).await;
        let copy = resend(&world, &mail).await;
        world.tamper(&format!("UPDATE messages SET {happened} WHERE id = {}", copy.id)).await;
        let shown = messages::by_id(&world.desk.db, copy.id).await.unwrap().may_be_taken_back(world.now);
        let cancelled = cancel_message(&world.desk, copy.id, &agent(), world.now).await;
        assert_eq!(shown, may, "{happened}: the button");
        assert_eq!(cancelled.is_ok(), may, "{happened}");
        if !may {
            assert_eq!(codes(cancelled), ["message_not_cancellable"]);
        }
    }
}

#[tokio::test]
async fn a_copy_that_was_taken_back_leaves_everything_as_before() {
    let world = World::new().await;
    let mail = a_bounced_mail(&world).await;
    assert_eq!(undelivered(&world).await, 1);

    let copy = resend(&world, &mail).await;
    assert_eq!(copy.next_attempt_at, world.now + TimeDelta::seconds(10));
    assert_eq!(undelivered(&world).await, 0);
    let twice = resend_message(&world.desk, ResendMessage::unchanged(mail.id), &agent(), world.now).await;
    assert_eq!(codes(twice), ["message_resent_already"]);

    let cancelled = cancel_message(&world.desk, copy.id, &agent(), world.now).await.unwrap();
    assert_eq!(cancelled.status, MessageStatus::Cancelled);
    assert_eq!(undelivered(&world).await, 1);
    let again = resend(&world, &mail).await;
    assert_ne!(again.message_id, copy.message_id);
    assert_eq!(undelivered(&world).await, 0);
    world.tamper(&format!("UPDATE messages SET status = 'failed', last_error = '550' WHERE id = {}", again.id)).await;
    assert_eq!(undelivered(&world).await, 1, "the copy that did not arrive either");

    let events = audit_events::after(&world.desk.db, 0, 100).await.unwrap();
    let acts: Vec<_> =
        events.iter().map(|event| event.action.as_str()).filter(|act| act.starts_with("message_")).collect();
    assert_eq!(acts, ["message_resent", "message_cancelled", "message_resent"]);
}

#[tokio::test]
async fn only_addresses_are_corrected_and_an_empty_one_is_left_out() {
    let world = World::new().await;
    let case = world.a_case().ev().open().await;
    world.tamper("UPDATE messages SET status = 'sent'").await;
    let mail = world.mails(&case).await.into_iter().find(|mail| mail.addressees().unwrap().len() == 2).unwrap();
    let before = mail.addressees().unwrap();
    let to = |first: &str, second: &str| ResendMessage {
        addresses: Some(vec![first.to_owned(), second.to_owned()]),
        ..ResendMessage::unchanged(mail.id)
    };
    for (input, refused) in [
        (to("", " "), "message_without_recipient"),
        (to("a@", ""), "email_malformed"),
        (to("a@example.jp\r\nBcc: b@example.jp", ""), "control_character"),
    ] {
        assert_eq!(codes(resend_message(&world.desk, input, &agent(), world.now).await), [refused]);
    }
    let copy = resend_message(&world.desk, to("", "b@example.jp"), &agent(), world.now).await.unwrap();
    let sent = copy.addressees().unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].recipient.name(), sent[0].recipient.email()), (before[1].recipient.name(), "b@example.jp"));
    assert_eq!((copy.subject, copy.body_text), (mail.subject, mail.body_text));
}
