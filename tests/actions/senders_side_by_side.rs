//! Several senders at one outbox: each mail goes once, and only who holds a mail writes how it ended.

use std::time::Duration;

use revocation_desk::actions::send_messages::Counts;
use revocation_desk::models::columns::MessageStatus;
use revocation_desk::models::messages::{self, Message};
use revocation_desk::models::outbox::Verdict;
use revocation_desk::models::transaction;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, Set, TransactionTrait,
};

use crate::database;
use crate::mail_sink::{Answer, MailSink};
use crate::outbox::{Outbox, at, smtp, smtp_as};

#[tokio::test]
async fn two_runs_side_by_side_send_each_mail_once() {
    let outbox = Outbox::new().await;
    outbox.queue(60).await;
    let sink = MailSink::start(|_, _| Answer::Accept).await;
    let (one, other) = (smtp(&sink.url), smtp(&sink.url));

    let (first, second) = tokio::join!(outbox.send(&one, at(0)), outbox.send(&other, at(0)));

    assert_eq!(first.sent + second.sent, 60);
    assert_eq!(sink.received().len(), 60);
}

#[tokio::test]
async fn a_mail_whose_sender_died_is_sent_once_its_lease_is_over() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let sink = MailSink::start(|_, _| Answer::Accept).await;
    let abandoned = outbox.claim(at(0)).await.remove(0);

    assert_eq!(outbox.send(&smtp(&sink.url), at(240)).await, Counts::default());
    assert_eq!(outbox.send(&smtp(&sink.url), at(301)).await.sent, 1);

    assert_eq!(sink.received()[0].message_id, abandoned.message_id);
}

#[tokio::test]
async fn the_result_of_a_sender_that_lost_its_lease_does_not_count() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let slow = outbox.claim(at(0)).await.remove(0);
    let quick = outbox.claim(at(301)).await.remove(0);
    let sent = Verdict::Sent { at: at(303) };
    let late = Verdict::Failed { error: "late".to_owned() };

    assert!(outbox.record([(&slow, &late)]).await.is_empty());
    assert_eq!(outbox.all().await[0], quick);
    assert_eq!(outbox.record([(&quick, &sent)]).await, [quick.id]);
    assert!(outbox.record([(&quick, &late)]).await.is_empty());
    assert_eq!(outbox.all().await[0].status, MessageStatus::Sent);
}

#[tokio::test]
async fn two_nodes_send_each_mail_once() {
    let outbox = Outbox::new().await;
    outbox.queue(300).await;
    let other_node = outbox.seen_from(database::connect(&outbox.url).await);
    let sink = MailSink::start(|_, _| Answer::Accept).await;
    let (here, there) = (smtp(&sink.url), smtp(&sink.url));

    let (first, second) = tokio::join!(outbox.send(&here, at(0)), other_node.send(&there, at(0)));

    assert_eq!(first.sent + second.sent, 300, "{first:?} {second:?}");
    assert_eq!(sink.received().len(), 300);
}

/// A claim that waited would be given the same mails. On SQLite there is one writer at a time.
#[tokio::test]
async fn a_claim_leaves_out_what_another_claim_takes_at_the_same_moment() {
    if !database::is_postgres() {
        return;
    }
    let outbox = Outbox::new().await;
    outbox.queue(3).await;
    let other_node = database::connect(&outbox.url).await;
    let theirs = other_node.begin().await.unwrap();
    theirs.execute_unprepared("SELECT 1 FROM messages WHERE id = 2 FOR UPDATE").await.unwrap();

    let ours = tokio::time::timeout(Duration::from_mins(1), outbox.claim(at(0))).await.expect("the claim waits");
    theirs.rollback().await.unwrap();

    assert_eq!(ours.iter().map(|mail| mail.id).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(outbox.claim(at(0)).await.len(), 1);
}

#[tokio::test]
async fn a_sender_that_lost_its_mail_while_the_server_was_slow_records_nothing() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let sink = MailSink::start(|_, _| Answer::Late(Duration::from_secs(2))).await;
    let patient = smtp_as(&sink.url, |smtp| smtp.with_send_timeout(Duration::from_mins(1)));

    let (counts, taken_over) = tokio::join!(outbox.send(&patient, at(0)), async {
        while sink.received().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        outbox.claim(at(301)).await.remove(0)
    });

    assert_eq!(counts, Counts { superseded: 1, ..Counts::default() });
    assert_eq!(outbox.all().await, [taken_over]);
}

#[tokio::test]
async fn of_many_ends_recorded_at_once_only_those_in_our_hand_count() {
    let outbox = Outbox::new().await;
    outbox.queue(6).await;
    outbox.spoil(4, |row| row.last_error = Set(Some("of the last time".to_owned()))).await;
    let mut ours = outbox.claim(at(0)).await;
    outbox.spoil(1, |row| row.fence = Set(2)).await;
    outbox.spoil(2, |row| row.status = Set(MessageStatus::Cancelled)).await;
    let before = outbox.all().await;
    ours[5].fence = 7;
    let (sent, failed) = (Verdict::Sent { at: at(9) }, Verdict::Failed { error: "never".to_owned() });
    let later = Verdict::Retry { at: at(70), error: "later".to_owned() };

    let verdicts = [&sent, &sent, &later, &later, &Verdict::Untried, &failed];
    let recorded = outbox.record(ours.iter().zip(verdicts)).await;

    assert_eq!(recorded, [ours[0].id, ours[3].id, ours[4].id]);
    let after = outbox.all().await;
    for untouched in [1, 2, 5] {
        assert_eq!(after[untouched], before[untouched], "{untouched}");
    }
    let row = |message: &Message| (message.status, message.attempts, message.next_attempt_at, message.sent_at);
    assert_eq!(row(&after[0]), (MessageStatus::Sent, 1, at(0), Some(at(9))));
    assert_eq!(row(&after[3]), (MessageStatus::Queued, 1, at(70), None));
    assert_eq!(row(&after[4]), (MessageStatus::Queued, 0, at(0), None));
    let errors: Vec<Option<&str>> = [0, 3, 4].map(|index| after[index].last_error.as_deref()).to_vec();
    assert_eq!(errors, [None, Some("later"), Some("of the last time")]);
    assert!([0, 3, 4].iter().all(|index: &usize| after[*index].lease_until.is_none()));
    assert_eq!(after[0].recipients, before[0].recipients);
    assert_eq!(after[0].body_text, before[0].body_text);
}

#[tokio::test]
async fn a_mail_whose_end_cannot_be_recorded_holds_up_no_other() {
    let outbox = Outbox::new().await;
    outbox.queue(40).await;
    refuse_updates_of_status(&outbox.db, 7).await;
    let sink = MailSink::start(|_, _| Answer::Accept).await;

    let counts = outbox.send(&smtp(&sink.url), at(0)).await;

    assert_eq!(counts, Counts { sent: 39, retried: 1, ..Counts::default() });
    let all = outbox.all().await;
    let unsent: Vec<i64> = all.iter().filter(|mail| mail.status != MessageStatus::Sent).map(|mail| mail.id).collect();
    assert_eq!(unsent, [7]);
    assert!(all[6].lease_until.is_some(), "sent again once the lease is over");
}

#[tokio::test]
async fn what_has_waited_longest_goes_first() {
    let outbox = Outbox::new().await;
    outbox.queue(30).await;
    for (index, seconds) in [(29, -300), (3, -200), (17, -100)] {
        outbox.spoil(index, |row| row.next_attempt_at = Set(at(seconds))).await;
    }
    let sink = MailSink::start(|_, _| Answer::Accept).await;

    outbox.send(&smtp_as(&sink.url, |smtp| smtp.with_connections(1)), at(0)).await;

    let order: Vec<String> = sink.received().into_iter().map(|mail| mail.recipients[0].clone()).collect();
    let numbers = [29, 3, 17].into_iter().chain((0..29).filter(|number| ![3, 17].contains(number)));
    let expected: Vec<String> = numbers.map(|number| format!("customer{number}@example.jp")).collect();
    assert_eq!(order, expected);
}

#[tokio::test]
async fn more_mails_than_are_claimed_at_once_are_all_sent_in_one_run() {
    let outbox = Outbox::new().await;
    outbox.queue(400).await;
    let sink = MailSink::start(|_, _| Answer::Accept).await;

    assert_eq!(outbox.send(&smtp(&sink.url), at(0)).await, Counts { sent: 400, ..Counts::default() });

    assert!(outbox.all().await.iter().all(|mail| mail.status == MessageStatus::Sent && mail.attempts == 1));
}

/// `docs/OPERATIONS.md` promises how many mails come twice when the process is killed now.
#[tokio::test]
async fn while_nothing_can_be_recorded_few_mails_are_delivered() {
    let outbox = Outbox::new().await;
    outbox.queue(400).await;
    let sink = MailSink::start(|_, _| Answer::Late(Duration::from_millis(4))).await;

    let transport = smtp(&sink.url);
    let (counts, (recorded, delivered)) = tokio::join!(outbox.send(&transport, at(0)), async {
        while sink.received().len() < 100 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let txn = locked(&outbox.db).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let sent = messages::Entity::find().filter(messages::Column::Status.eq(MessageStatus::Sent));
        (sent.count(&txn).await.unwrap(), sink.received().len() as u64)
    });

    assert!(delivered - recorded <= 128, "{} mails were delivered and not recorded", delivered - recorded);
    assert_eq!(counts, Counts { sent: 400, ..Counts::default() });
}

/// Nobody else writes mails before the end of the transaction.
async fn locked(db: &DatabaseConnection) -> DatabaseTransaction {
    let txn = transaction::begin(db).await.unwrap();
    if db.get_database_backend() == DatabaseBackend::Postgres {
        txn.execute_unprepared("LOCK TABLE messages IN EXCLUSIVE MODE").await.unwrap();
    }
    txn
}

/// The database refuses to say of this mail that it was sent.
async fn refuse_updates_of_status(db: &DatabaseConnection, id: i64) {
    let postgres = db.get_database_backend() == DatabaseBackend::Postgres;
    let trigger = if postgres {
        format!(
            "CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE check_violation; END' LANGUAGE plpgsql;
             CREATE TRIGGER refuse BEFORE UPDATE ON messages FOR EACH ROW
             WHEN (NEW.id = {id} AND NEW.status = 'sent') EXECUTE FUNCTION refuse()"
        )
    } else {
        format!(
            "CREATE TRIGGER refuse BEFORE UPDATE ON messages WHEN NEW.id = {id} AND NEW.status = 'sent'
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    };
    db.execute_unprepared(&trigger).await.unwrap();
}
