//! The outbox against mail servers that fail in every way: no mail is missing, and a duplicate carries the same
//! Message-ID.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use revocation_desk::actions::send_messages::Counts;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::mail::MailKind;
use revocation_desk::mail::Transport;
use revocation_desk::mail::stored;
use revocation_desk::mail::transport::FileTransport;
use revocation_desk::models::columns::MessageStatus;
use revocation_desk::models::counting::Count;
use revocation_desk::models::messages::{self, Message, MessageFilter, MessageView, NewMessage, Page};
use sea_orm::Set;
use tempfile::TempDir;

use crate::builders::World;
use crate::mail_sink::{Answer, MailSink};
use crate::outbox::{Outbox, PUBLIC_URL, at, new_message, smtp};

#[tokio::test]
async fn every_due_mail_is_sent_once_and_a_second_run_sends_nothing() {
    let outbox = Outbox::new().await;
    outbox.queue(20).await;
    let sink = MailSink::start(|_, _| Answer::Accept).await;

    let first = outbox.send(&smtp(&sink.url), at(0)).await;
    let second = outbox.send(&smtp(&sink.url), at(60)).await;

    assert_eq!(first, Counts { sent: 20, ..Counts::default() });
    assert_eq!(second, Counts::default());
    assert_eq!(sink.received().len(), 20);
    for message in outbox.all().await {
        assert_eq!(message.status, MessageStatus::Sent);
        assert!(message.sent_at.is_some() && message.lease_until.is_none() && message.last_error.is_none());
        assert!(message.addressees().unwrap()[0].delivered_at.is_some());
    }
}

#[tokio::test]
async fn what_arrives_is_what_was_queued() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let sink = MailSink::start(|_, _| Answer::Accept).await;

    outbox.send(&smtp(&sink.url), at(0)).await;

    let mail = &sink.received()[0];
    assert_eq!(mail.recipients, ["customer0@example.jp"]);
    assert_eq!(mail.message_id, "<RQ-261122-0001.application_received.12ddae32c9fd0c69@desk.example.com>");
    for header in
        ["Date: Sun, 22 Nov 2026 01:00:00 +0000\r\n", "Auto-Submitted: auto-generated\r\n", "MIME-Version: 1.0\r\n"]
    {
        assert!(mail.data.contains(header), "{header} is missing in\n{}", mail.data);
    }
    assert!(mail.data.lines().all(|line| line.is_ascii() && line.len() <= 998));
}

/// The server's behaviour towards the first attempt, and how the mail stands after it.
#[tokio::test]
async fn each_fault_ends_as_it_should() {
    use MessageStatus::{Failed, Queued};
    for (fault, status, words) in [
        (Answer::RefuseRecipient, Failed, "nobody by that name"),
        (Answer::RefuseContent, Failed, "not this content"),
        (Answer::DeferRecipient, Queued, "mailbox busy"),
        (Answer::DeferContent, Queued, "no room"),
        (Answer::DropBeforeContent, Queued, "incomplete response"),
        (Answer::DropAfterContent, Queued, "incomplete response"),
        (Answer::Silence, Queued, "did not answer in time"),
    ] {
        let outbox = Outbox::new().await;
        outbox.queue(1).await;
        let sink = MailSink::start(move |_, _| fault).await;

        outbox.send(&smtp(&sink.url), at(0)).await;

        let message = &outbox.all().await[0];
        assert_eq!(message.status, status, "{fault:?}");
        assert_eq!(message.attempts, 1, "{fault:?}");
        let error = message.last_error.as_deref().unwrap();
        assert!(error.contains(words), "{fault:?}: {error}");
        assert!(message.lease_until.is_none(), "{fault:?}");
        if status == Queued {
            assert!(message.next_attempt_at > at(0), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_deferred_mail_waits_for_its_time_and_then_goes() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let sink = MailSink::start(|mail, _| if mail == 0 { Answer::DeferRecipient } else { Answer::Accept }).await;

    assert_eq!(outbox.send(&smtp(&sink.url), at(0)).await.retried, 1);
    assert_eq!(outbox.send(&smtp(&sink.url), at(10)).await, Counts::default());
    assert_eq!(outbox.send(&smtp(&sink.url), at(120)).await.sent, 1);

    assert_eq!(outbox.all().await[0].attempts, 2);
}

#[tokio::test]
async fn a_refused_mail_is_never_tried_again() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let sink = MailSink::start(|_, _| Answer::RefuseRecipient).await;

    assert_eq!(outbox.send(&smtp(&sink.url), at(0)).await.failed, 1);

    assert_eq!(outbox.send(&smtp(&sink.url), at(100_000)).await, Counts::default());
}

#[tokio::test]
async fn one_bad_mail_holds_up_no_other() {
    let outbox = Outbox::new().await;
    outbox.queue(12).await;
    outbox.spoil(1, |row| row.subject = Set("two\r\nlines: x".to_owned())).await;
    outbox.spoil(2, |row| row.recipients = Set("not json".to_owned())).await;
    outbox.spoil(3, |row| row.recipients = Set(r#"[{"name":"a\nb","email":"a@example.jp"}]"#.to_owned())).await;
    outbox.spoil(4, |row| row.message_id = Set("<a\u{7}b@c>".to_owned())).await;
    let sink = MailSink::start(|_, recipient| match recipient {
        "customer5@example.jp" => Answer::Silence,
        "customer6@example.jp" => Answer::RefuseContent,
        _ => Answer::Accept,
    })
    .await;

    let counts = outbox.send(&smtp(&sink.url), at(0)).await;

    assert_eq!(counts, Counts { sent: 6, retried: 1, failed: 5, ..Counts::default() });
    let failed: Vec<i64> =
        outbox.all().await.iter().filter(|row| row.status == MessageStatus::Failed).map(|row| row.id).collect();
    assert_eq!(failed, [2, 3, 4, 5, 7]);
}

#[tokio::test]
async fn a_late_answer_never_passes_for_the_answer_to_another_mail() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let late = Answer::Late(Duration::from_millis(400));
    let sink = MailSink::start(move |mail, _| if mail == 0 { late } else { Answer::RefuseContent }).await;
    let transport = smtp(&sink.url);
    assert_eq!(outbox.send(&transport, at(0)).await.retried, 1);

    outbox.queue_from(1, 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let counts = outbox.send(&transport, at(1)).await;

    assert_eq!(counts, Counts { failed: 1, ..Counts::default() });
}

#[tokio::test]
async fn without_a_server_all_mails_wait_and_few_attempts_are_used_up() {
    for url in [MailSink::absent().await, MailSink::closed_for_all().await.url] {
        let outbox = Outbox::new().await;
        outbox.queue(100).await;

        let counts = outbox.send(&smtp(&url), at(0)).await;

        assert!(counts.unreachable && counts.failed == 0 && counts.sent == 0, "{counts:?}");
        let all = outbox.all().await;
        assert!(all.iter().all(|message| message.status == MessageStatus::Queued));
        let tried = all.iter().filter(|message| message.attempts > 0).count();
        assert!((1..=16).contains(&tried), "{tried} mails were tried");
    }
}

#[tokio::test]
async fn a_mail_is_given_up_after_five_days() {
    for (age, status) in [
        (TimeDelta::days(5) - TimeDelta::minutes(1), MessageStatus::Queued),
        (TimeDelta::days(5), MessageStatus::Failed),
    ] {
        let outbox = Outbox::new().await;
        outbox.queue(1).await;
        let sink = MailSink::start(|_, _| Answer::DeferRecipient).await;

        outbox.send(&smtp(&sink.url), at(0) + age).await;

        assert_eq!(outbox.all().await[0].status, status, "{age}");
    }
}

#[tokio::test]
async fn the_text_of_a_mail_with_a_secret_is_kept_no_longer_than_it_is_needed() {
    for (kind, secret) in [
        (MailKind::CustomerInvited, true),
        (MailKind::PasswordReset, true),
        (MailKind::PasswordChanged, false),
        (MailKind::ApplicationReceived, false),
    ] {
        for (answer, status) in [
            (Answer::Accept, MessageStatus::Sent),
            (Answer::DeferRecipient, MessageStatus::Queued),
            (Answer::RefuseRecipient, MessageStatus::Failed),
        ] {
            let outbox = Outbox::new().await;
            let mut new = new_message(0, &["customer@example.jp"]);
            new.mail.kind = kind;
            assert!(messages::enqueue(&outbox.db, new, PUBLIC_URL, at(0)).await.unwrap());
            let sink = MailSink::start(move |_, _| answer).await;

            outbox.send(&smtp(&sink.url), at(0)).await;

            let message = &outbox.all().await[0];
            assert_eq!(message.status, status);
            let blank = secret && status != MessageStatus::Queued;
            assert_eq!(message.body_text.is_empty(), blank, "{kind:?} {status:?}");
            assert_eq!(message.body_html.is_empty(), blank, "{kind:?} {status:?}");
            if answer == Answer::Accept {
                assert!(sink.received()[0].data.len() > 500, "sent whole");
            }
        }
    }
}

#[tokio::test]
async fn a_mail_without_a_case_has_a_message_id_of_its_own() {
    let outbox = Outbox::new().await;
    for (event_key, queued) in [("link-1", true), ("link-1", false), ("link-2", true)] {
        let mut new = new_message(0, &["customer@example.jp"]);
        (new.about, new.event_key, new.mail.kind) =
            ("customer-1".to_owned(), event_key.to_owned(), MailKind::PasswordReset);
        assert_eq!(messages::enqueue(&outbox.db, new, PUBLIC_URL, at(0)).await.unwrap(), queued, "{event_key}");
    }
    assert!(outbox.all().await[0].message_id.starts_with("<customer-1.password_reset."));
}

#[tokio::test]
async fn a_run_that_is_asked_to_stop_begins_no_more_mails() {
    let outbox = Outbox::new().await;
    outbox.queue(60).await;
    let stop = outbox.stop.clone();
    let sink = MailSink::start(move |_, _| {
        stop.cancel();
        Answer::Accept
    })
    .await;

    let counts = outbox.send(&smtp(&sink.url), at(0)).await;

    assert!((1..=8).contains(&counts.sent), "{} mails were under way", counts.sent);
    let untouched: Vec<Message> = outbox.all().await.into_iter().filter(|message| message.attempts == 0).collect();
    assert_eq!(untouched.len() as u64, 60 - counts.sent);
    assert!(untouched.iter().all(|message| message.lease_until.is_none()), "given back");
}

#[tokio::test]
async fn each_recipient_has_an_answer_of_their_own() {
    let outbox = Outbox::new().await;
    outbox.queue_to(0, &["first@example.jp", "second@example.jp"]).await;
    let sink = MailSink::start(|mail, recipient| match (mail, recipient) {
        (0, "second@example.jp") => Answer::DeferRecipient,
        (1, "second@example.jp") => Answer::RefuseRecipient,
        _ => Answer::Accept,
    })
    .await;

    assert_eq!(outbox.send(&smtp(&sink.url), at(0)).await.retried, 1);
    assert_eq!(outbox.send(&smtp(&sink.url), at(120)).await.failed, 1);

    let received: Vec<Vec<String>> = sink.received().into_iter().map(|mail| mail.recipients).collect();
    assert_eq!(received, [["first@example.jp"]], "who has the mail does not get it again");
    let addressees = outbox.all().await[0].addressees().unwrap();
    assert!(addressees[0].delivered_at.is_some() && addressees[0].refused.is_none());
    assert!(addressees[1].delivered_at.is_none());
    assert!(addressees[1].refused.as_deref().unwrap().contains("nobody by that name"));
}

#[tokio::test]
async fn what_the_server_says_of_the_content_is_not_said_of_whom_it_refused() {
    for (fault, first) in
        [(Answer::DeferContent, false), (Answer::RefuseContent, true), (Answer::DropAfterContent, false)]
    {
        let outbox = Outbox::new().await;
        outbox.queue_to(0, &["first@example.jp", "second@example.jp"]).await;
        let sink = MailSink::start(move |_, recipient| match recipient {
            "second@example.jp" => Answer::RefuseRecipient,
            _ => fault,
        })
        .await;

        outbox.send(&smtp(&sink.url), at(0)).await;

        let addressees = outbox.all().await[0].addressees().unwrap();
        assert_eq!(addressees[0].refused.is_some(), first, "{fault:?}");
        let words = addressees[1].refused.as_deref().unwrap();
        assert!(words.contains("nobody by that name"), "{fault:?}: {words}");
    }
}

#[tokio::test]
async fn the_same_event_queues_one_mail() {
    let outbox = Outbox::new().await;

    outbox.queue(1).await;
    let again = messages::enqueue(&outbox.db, new_message(0, &["other@example.jp"]), PUBLIC_URL, at(50)).await;

    assert!(!again.unwrap());
    assert_eq!(outbox.all().await.len(), 1);
}

/// The Message-ID holds the address; the case, the kind and the event do not.
#[tokio::test]
async fn the_same_event_of_a_case_queues_one_mail_even_after_the_desk_has_moved() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::AwaitingCall).open().await;
    let mail = || NewMessage {
        case_id: Some(case.id),
        event_key: "moved".to_owned(),
        ..new_message(0, &["customer@example.jp"])
    };

    let first = messages::enqueue(&world.desk.db, mail(), PUBLIC_URL, at(0)).await.unwrap();
    let again = messages::enqueue(&world.desk.db, mail(), "https://new.example.com", at(50)).await.unwrap();

    assert_eq!((first, again), (true, false));
}

#[tokio::test]
async fn the_list_of_mails_finds_pages_and_counts() {
    let outbox = Outbox::new().await;
    outbox.queue(5).await;
    outbox.queue_to(5, &["100%_sure@example.jp"]).await;
    let sink =
        MailSink::start(|_, to| if to.starts_with('1') { Answer::RefuseRecipient } else { Answer::Accept }).await;
    outbox.send(&smtp(&sink.url), at(0)).await;
    let by = |q: &str| MessageFilter { q: Some(q.to_owned()), ..MessageFilter::default() };
    let in_view = |view| MessageFilter { view, ..MessageFilter::default() };
    for (filter, expected) in [
        (MessageFilter::default(), 6),
        (in_view(MessageView::Waiting), 0),
        (in_view(MessageView::Failed), 1),
        (in_view(MessageView::Sent), 5),
        (MessageFilter { kind: Some(MailKind::ApplicationReceived), ..MessageFilter::default() }, 6),
        (MessageFilter { kind: Some(MailKind::Withdrawn), ..MessageFilter::default() }, 0),
        (MessageFilter { from: Some(at(0)), until: Some(at(1)), ..MessageFilter::default() }, 6),
        (MessageFilter { until: Some(at(0)), ..MessageFilter::default() }, 0),
        (by("RQ-261122-0003"), 1),
        (by("例文"), 6),
        (by("customer4@"), 1),
        (by("%"), 1),
        (by("_sure"), 1),
        (by(" "), 6),
        (by("absent"), 0),
    ] {
        let told = format!("{filter:?}");
        let counts = messages::counts(&outbox.db, [filter]).await.unwrap();
        assert_eq!(counts, [Count::exactly(expected)], "{told}");
    }

    let all = MessageFilter::default();
    let ids = |rows: Vec<Message>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let (first, more) = messages::page(&outbox.db, &all, Page::First, 4).await.unwrap();
    assert_eq!((ids(first), more), (vec![6, 5, 4, 3], true));
    let (second, more) = messages::page(&outbox.db, &all, Page::After(3), 4).await.unwrap();
    assert_eq!((ids(second), more), (vec![2, 1], false));
    let (back, more) = messages::page(&outbox.db, &all, Page::Before(2), 3).await.unwrap();
    assert_eq!((ids(back), more), (vec![5, 4, 3], true));
}

/// T4: a server that fails in all ways, in an order that is fixed by the mail's number.
#[tokio::test]
async fn with_all_faults_mixed_no_mail_is_missing_and_duplicates_share_their_message_id() {
    let outbox = Outbox::new().await;
    outbox.queue(50).await;
    let sink = MailSink::start(|mail, _| match mail * 7 % 10 {
        0 => Answer::DropAfterContent,
        1 => Answer::DeferRecipient,
        2 => Answer::DropBeforeContent,
        3 => Answer::DeferContent,
        4 if mail < 40 => Answer::Silence,
        _ => Answer::Accept,
    })
    .await;

    let transport = smtp(&sink.url);
    for round in 0..40 {
        outbox.send(&transport, at(round * 4000)).await;
    }

    let all = outbox.all().await;
    assert!(all.iter().all(|message| message.status == MessageStatus::Sent), "not all sent");
    let mut copies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mail in sink.received() {
        copies.entry(mail.recipients[0].clone()).or_default().insert(mail.message_id);
    }
    assert_eq!(copies.len(), 50, "a mail is missing");
    assert!(copies.values().all(|ids| ids.len() == 1), "a duplicate has another Message-ID");
    assert!(sink.received().len() > 50, "no duplicate was provoked: the test shows nothing");
}

#[tokio::test]
async fn without_smtp_mails_become_files_that_can_be_read_back() {
    let outbox = Outbox::new().await;
    outbox.queue(2).await;
    let folder = TempDir::new().unwrap();
    let transport = Arc::new(Transport::Files(FileTransport::new(folder.path().join("mail"))));

    assert_eq!(outbox.send(&transport, at(0)).await.sent, 2);

    let mails = stored::newest(&folder.path().join("mail"), 10).await.unwrap();
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.header("Subject")).collect();
    assert_eq!(subjects, ["【例示認証局】用件（RQ-261122-0002）", "【例示認証局】用件（RQ-261122-0001）"]);
    assert_eq!(mails[1].header("To"), "例文 花 <customer0@example.jp>");
    assert_eq!(mails[1].header("From"), "例示認証局サービスデスク <noreply@example.com>");
    assert_eq!(mails[1].header("Reply-To"), "例示認証局サービスデスク <desk@example.com>");
    assert_eq!(mails[1].text.replace("\r\n", "\n"), "本文です。\n.\n..二行目\n");
    assert_eq!(mails[1].html, "<p>本文です。</p>");
}

#[tokio::test]
async fn a_mail_sent_twice_leaves_one_file() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let folder = TempDir::new().unwrap();
    let transport = Arc::new(Transport::Files(FileTransport::new(folder.path().to_owned())));
    outbox.send(&transport, at(0)).await;

    outbox.spoil(0, |row| row.status = Set(MessageStatus::Queued)).await;
    outbox.send(&transport, at(100)).await;

    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn the_development_page_cannot_leave_its_folder() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("mail")).unwrap();
    std::fs::write(folder.path().join("secret.eml"), "a\r\n\r\nb").unwrap();
    for name in ["../secret.eml", "..%2fsecret.eml", "/etc/passwd", "a/../../secret.eml", ".eml", "absent.eml", ""] {
        assert_eq!(stored::read(&folder.path().join("mail"), name).await.unwrap(), None, "{name}");
    }
}
