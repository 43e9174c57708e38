//! Mails that come back: the report is tied to its mail, recorded once however often it is told, and shown to a person.

#![allow(clippy::format_collect, reason = "short texts of a test")]

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use revocation_desk::actions::raise_alarms::find_alarms;
use revocation_desk::actions::read_bounces::read_bounces;
use revocation_desk::actions::send_messages::ReturnPath;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::alarm::AlarmKind;
use revocation_desk::models::batch_runs::Counts;
use revocation_desk::models::columns::MessageStatus;
use revocation_desk::models::messages::{self, Message, MessageFilter, MessageView};
use revocation_desk::models::outbox::{self, Returned, Verdict};
use revocation_desk::models::{audit_events, bounces};
use revocation_desk::settings::{Bounces, Secret};
use tempfile::TempDir;

use crate::builders::{World, codes};
use crate::outbox::{Outbox, at};

/// A desk with a return mailbox, and one mail of a case that was sent.
pub struct Returns {
    pub world: World,
    pub mail: Message,
    folder: TempDir,
}

impl Returns {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("new")).unwrap();
        let maildir = folder.path().to_owned();
        let world = World::with("2026-11-24T01:00:00Z".parse().unwrap(), |settings| {
            settings.mail.bounces = Some(a_mailbox(&maildir));
        })
        .await;
        let case = world.a_case().open().await;
        world.tamper("UPDATE messages SET status = 'sent', sent_at = '2026-11-24T00:00:00+00:00'").await;
        let mail = world.mails(&case).await.remove(0);
        Self { world, mail, folder }
    }

    fn path(&self) -> ReturnPath {
        ReturnPath::from_settings(&self.world.desk.settings).unwrap().unwrap()
    }

    /// Where the mail comes back to.
    fn address(&self, mail: &Message) -> String {
        let path = self.path();
        path.mailbox.address(path.key.mark(mail.id, &mail.message_id))
    }

    /// The mail server delivers.
    fn arrives(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join("new").join(name), text).unwrap();
    }

    async fn read(&self) -> Counts {
        read_bounces(&self.world.desk, &Actor::batch(), self.world.now).await.unwrap()
    }

    async fn reload(&self) -> Message {
        messages::by_id(&self.world.desk.db, self.mail.id).await.unwrap()
    }

    fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.folder.path().join(folder)) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    fn first(&self) -> String {
        self.mail.addressees().unwrap()[0].recipient.email().to_owned()
    }
}

pub fn a_mailbox(maildir: &Path) -> Bounces {
    Bounces {
        address: "bounce@ca.example".to_owned(),
        maildir: maildir.to_owned(),
        key_file: "unused".into(),
        key: Some(Secret::new("0123456789abcdef0123456789abcdef")),
    }
}

/// What a server writes, for these recipients: address, action, status.
pub fn a_report(to: &str, recipients: &[(&str, &str, &str)]) -> String {
    let groups: String = recipients
        .iter()
        .map(|(address, action, status)| {
            format!(
                "\r\nFinal-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n\
                 Diagnostic-Code: smtp; 550 {status} <{address}>: Recipient address\r\n    rejected: User unknown\r\n"
            )
        })
        .collect();
    format!(
        "Return-Path: <>\r\nDelivered-To: {to}\r\nFrom: MAILER-DAEMON@relay.example.net\r\nTo: {to}\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n\
         --b1\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n\r\n\
         --b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example.net\r\n{groups}\r\n\
         --b1\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n\r\n--b1--\r\n"
    )
}

/// One digit of the seal changed.
fn with_another_seal(address: &str) -> String {
    let (head, seal) = address.split_once('.').unwrap();
    let digit = if seal.starts_with('0') { '1' } else { '0' };
    format!("{head}.{digit}{}", &seal[1..])
}

async fn undelivered(returns: &Returns) -> u64 {
    let filter = MessageFilter { view: MessageView::Failed, ..MessageFilter::default() };
    messages::counts(&returns.world.desk.db, [filter]).await.unwrap()[0].number
}

#[tokio::test]
async fn a_mail_that_comes_back_needs_a_person() {
    let returns = Returns::new().await;
    let (to, address) = (returns.first(), returns.address(&returns.mail));
    assert_eq!(undelivered(&returns).await, 0);
    returns.arrives("1.a.host", &a_report(&address, &[(&to, "failed", "5.1.1")]));

    assert_eq!(returns.read().await, Counts { target: 1, done: 1, ..Counts::default() });

    let mail = returns.reload().await;
    let words = format!("550 5.1.1 <{to}>: Recipient address rejected: User unknown");
    assert_eq!((mail.status, mail.last_error), (MessageStatus::Failed, Some(words.clone())));
    assert_eq!(mail.sent_at, returns.mail.sent_at, "it did leave");
    let addressee = &returns.reload().await.addressees().unwrap()[0];
    assert_eq!(addressee.refused, Some(words));
    assert_eq!(undelivered(&returns).await, 1);
    let kept = bounces::of_message(&returns.world.desk.db, mail.id).await.unwrap();
    assert_eq!((kept.len(), kept[0].recipient.as_str(), kept[0].status_code.as_str()), (1, to.as_str(), "5.1.1"));
    let events = audit_events::of_case(&returns.world.desk.db, mail.case_id.unwrap()).await.unwrap();
    let event = events.last().unwrap();
    assert_eq!((event.action.as_str(), event.detail.as_str()), ("message_bounced", r#"{"status":"5.1.1"}"#));
    assert!(returns.files("new").is_empty());
    assert_eq!(returns.files("cur"), ["1.a.host:2,S"]);
}

#[tokio::test]
async fn a_report_told_twice_or_by_two_nodes_is_recorded_once() {
    let returns = Returns::new().await;
    let report = a_report(&returns.address(&returns.mail), &[(&returns.first(), "failed", "5.1.1")]);
    returns.arrives("1.a.host", &report);
    let (one, other) = tokio::join!(returns.read(), returns.read());
    assert_eq!(one.done + other.done, 1, "{one:?} {other:?}");
    assert_eq!(one.failed + other.failed, 0);
    // A process that was killed before it put the file away finds it again.
    returns.arrives("2.b.host", &report);
    assert_eq!(returns.read().await, Counts { target: 1, skipped: 1, ..Counts::default() });

    assert_eq!(returns.world.count("bounces").await, 1);
    let events = audit_events::of_case(&returns.world.desk.db, returns.mail.case_id.unwrap()).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.action == "message_bounced").count(), 1);
    assert!(returns.files("new").is_empty() && returns.files("failed").is_empty());
}

#[tokio::test]
async fn a_mail_that_is_late_is_noted_and_needs_nobody() {
    let returns = Returns::new().await;
    returns.arrives("1", &a_report(&returns.address(&returns.mail), &[(&returns.first(), "delayed", "4.4.1")]));
    assert_eq!(returns.read().await.done, 1);
    assert_eq!(returns.reload().await, returns.mail);
    assert_eq!(bounces::of_message(&returns.world.desk.db, returns.mail.id).await.unwrap().len(), 1);

    returns.arrives("2", &a_report(&returns.address(&returns.mail), &[(&returns.first(), "failed", "4.4.7")]));
    assert_eq!(returns.read().await.done, 1);
    assert_eq!(returns.reload().await.status, MessageStatus::Failed, "tried for too long");
}

/// Nobody can say that a mail did not arrive who has not received it.
#[tokio::test]
async fn a_report_that_names_no_mail_of_ours_is_put_aside() {
    let returns = Returns::new().await;
    let (to, address) = (returns.first(), returns.address(&returns.mail));
    let mut twin = returns.mail.clone();
    twin.message_id = "<another@desk.example.com>".to_owned();
    let mut later = returns.mail.clone();
    later.id += 1000;
    let forged = [
        with_another_seal(&address),
        returns.address(&twin),
        returns.address(&later),
        "bounce@ca.example".to_owned(),
        address.replace("ca.example", "other.example"),
    ];
    for (number, address) in forged.iter().enumerate() {
        returns.arrives(&number.to_string(), &a_report(address, &[(&to, "failed", "5.1.1")]));
    }

    assert_eq!(returns.read().await, Counts { target: 5, failed: 5, ..Counts::default() });

    assert_eq!(returns.reload().await, returns.mail);
    assert_eq!(returns.world.count("bounces").await, 0);
    assert_eq!(returns.files("failed"), ["0", "1", "2", "3", "4"]);
}

#[tokio::test]
async fn what_is_no_report_is_left_out() {
    let returns = Returns::new().await;
    let address = returns.address(&returns.mail);
    let holiday = format!(
        "Delivered-To: {address}\r\nSubject: =?utf-8?b?5LiN5Zyo?=\r\nAuto-Submitted: auto-replied\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    );
    let read = a_report(&address, &[(&returns.first(), "displayed", "2.0.0")])
        .replace("delivery-status", "disposition-notification");
    let relayed = a_report(&address, &[(&returns.first(), "relayed", "2.0.0")]);
    for (name, text) in [("1", holiday.as_str()), ("2", &read), ("3", &relayed), ("4", ""), ("5", "\u{0}\u{1}\r\n\r\n")]
    {
        returns.arrives(name, text);
    }
    fs::create_dir(returns.folder.path().join("new/folder")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", returns.folder.path().join("new/link")).unwrap();

    assert_eq!(returns.read().await, Counts { target: 5, skipped: 5, ..Counts::default() });

    assert_eq!(returns.reload().await, returns.mail);
    assert_eq!(returns.files("cur").len(), 5);
    assert_eq!(returns.files("new"), ["folder", "link"]);
}

#[tokio::test]
async fn of_a_large_file_the_report_is_read() {
    let returns = Returns::new().await;
    let report = a_report(&returns.address(&returns.mail), &[(&returns.first(), "failed", "5.1.1")]);
    returns.arrives("1", &report.replace("Subject: x", &format!("Subject: {}", "x".repeat(1_000_000))));
    assert_eq!(returns.read().await.done, 1);
}

/// How the mail stands when the report comes, and after it.
#[tokio::test]
async fn a_mail_comes_back_however_it_stands() {
    use MessageStatus::{Cancelled, Failed, Queued, Sent};
    let leased = "status = 'queued', lease_until = '2026-11-24T01:00:01+00:00'";
    let lease_over = "status = 'queued', lease_until = '2026-11-24T01:00:00+00:00'";
    for (stands, becomes, recorded) in [
        ("status = 'sent'", Failed, true),
        ("status = 'failed', last_error = '452'", Failed, true),
        // Its sender was killed after the server had taken it.
        ("status = 'queued'", Failed, true),
        (lease_over, Failed, true),
        // Its sender will write about it in a moment.
        (leased, Queued, false),
        ("status = 'cancelled', last_error = 'held back'", Cancelled, true),
    ] {
        let returns = Returns::new().await;
        let id = returns.mail.id;
        returns.world.tamper(&format!("UPDATE messages SET {stands} WHERE id = {id}")).await;
        returns.arrives("1", &a_report(&returns.address(&returns.mail), &[(&returns.first(), "failed", "5.1.1")]));

        let counts = returns.read().await;

        assert_eq!(counts.done == 1, recorded, "{stands}");
        assert_eq!(returns.reload().await.status, becomes, "{stands}");
        assert_eq!(returns.files("new").len(), usize::from(!recorded), "{stands}: told again later");
        assert_eq!(returns.world.count("bounces").await, i64::from(recorded), "{stands}");
        if !recorded {
            returns
                .world
                .tamper(&format!("UPDATE messages SET status = 'sent', lease_until = NULL WHERE id = {id}"))
                .await;
            assert_eq!(returns.read().await.done, 1);
            assert_eq!(returns.reload().await.status, Failed);
        }
        assert_ne!(returns.reload().await.status, Sent);
    }
}

fn given_up(mail: &Message) -> Returned {
    Returned { status: MessageStatus::Failed, recipients: mail.recipients.clone(), error: "550".to_owned() }
}

/// Two reports on one mail, read by two nodes at the same moment: none overwrites what the other wrote.
#[tokio::test]
async fn what_was_read_before_somebody_else_wrote_is_not_written() {
    for changed in ["fence = fence + 1", "status = 'queued'", "lease_until = '2026-11-24T01:00:01+00:00'"] {
        let returns = Returns::new().await;
        let (db, now) = (&returns.world.desk.db, returns.world.now);
        returns.world.tamper(&format!("UPDATE messages SET {changed} WHERE id = {}", returns.mail.id)).await;
        assert!(!outbox::give_back(db, &returns.mail, given_up(&returns.mail), now).await.unwrap(), "{changed}");
        assert_eq!(returns.reload().await.last_error, None, "{changed}");
    }
}

#[tokio::test]
async fn a_sender_that_lost_its_lease_does_not_write_that_all_went_well() {
    let outbox = Outbox::new().await;
    outbox.queue(1).await;
    let claimed = outbox.claim(at(0)).await.remove(0);
    let over = at(301);
    // Another recipient is still open.
    let returned = Returned { status: MessageStatus::Queued, ..given_up(&claimed) };
    assert!(outbox::give_back(&outbox.db, &claimed, returned, over).await.unwrap());

    let late = outbox.record([(&claimed, &Verdict::Sent { at: over })]).await;

    assert!(late.is_empty());
    assert_eq!(outbox.all().await[0].status, MessageStatus::Queued);
}

#[tokio::test]
async fn each_recipient_comes_back_alone() {
    let two = r#"[{"name":"例文 花","email":"hana@example.jp","delivered_at":"2026-11-24T00:00:00Z"},
        {"name":"例田 一郎","email":"ichiro@example.jp"}]"#;
    for (reported, stands, refused, becomes) in [
        ("HANA@example.jp", "queued", [true, false], MessageStatus::Queued),
        ("hana@example.jp", "sent", [true, false], MessageStatus::Failed),
        ("ichiro@example.jp", "queued", [false, true], MessageStatus::Failed),
        // A mailbox that forwards: nobody knows whose.
        ("elsewhere@example.com", "sent", [false, false], MessageStatus::Failed),
    ] {
        let returns = Returns::new().await;
        let id = returns.mail.id;
        let change = format!("UPDATE messages SET status = '{stands}', recipients = '{two}' WHERE id = {id}");
        returns.world.tamper(&change).await;
        returns.arrives("1", &a_report(&returns.address(&returns.mail), &[(reported, "failed", "5.1.1")]));

        assert_eq!(returns.read().await.done, 1, "{reported}");

        let mail = returns.reload().await;
        let marked: Vec<bool> = mail.addressees().unwrap().iter().map(|one| one.refused.is_some()).collect();
        assert_eq!((marked.as_slice(), mail.status), (&refused[..], becomes), "{reported} {stands}");
    }
    let returns = Returns::new().await;
    returns.arrives("1", &a_report(&returns.address(&returns.mail), &[("elsewhere@example.com", "failed", "5.1.1")]));
    assert_eq!(returns.read().await.done, 1);
    assert!(returns.reload().await.addressees().unwrap()[0].refused.is_some(), "it was for one person only");
}

#[tokio::test]
async fn the_text_of_a_mail_with_a_secret_goes_when_the_mail_comes_back() {
    let returns = Returns::new().await;
    let id = returns.mail.id;
    returns
        .world
        .tamper(&format!("UPDATE messages SET kind = 'password_reset', status = 'queued' WHERE id = {id}"))
        .await;
    returns.arrives("1", &a_report(&returns.address(&returns.mail), &[(&returns.first(), "failed", "5.1.1")]));
    returns.read().await;
    let mail = returns.reload().await;
    assert_eq!((mail.status, mail.body_text.as_str(), mail.body_html.as_str()), (MessageStatus::Failed, "", ""));
}

#[tokio::test]
async fn many_mails_that_come_back_are_an_alarm() {
    let returns = Returns::new().await;
    let world = &returns.world;
    let ago = |hours, seconds| {
        (world.now - TimeDelta::hours(hours) + TimeDelta::seconds(seconds)).format("%FT%T+00:00").to_string()
    };
    let plant = async |number: i32, action: &str, at: String| {
        let (id, columns) = (returns.mail.id, "message_id, recipient, action, status_code, words, arrived_at");
        let row = format!("{id}, '{number}', '{action}', '5.1.1', '550', '{at}'");
        world.tamper(&format!("INSERT INTO bounces ({columns}) VALUES ({row})")).await;
    };
    let found = async || {
        let alarms = find_alarms(&world.desk, world.now).await.unwrap();
        alarms.iter().find(|alarm| alarm.kind == AlarmKind::MailBounced).map(|alarm| alarm.count)
    };
    for number in 0..9 {
        plant(number, "failed", ago(24, 1)).await;
    }
    plant(9, "failed", ago(24, 0)).await;
    plant(10, "delayed", ago(1, 0)).await;
    assert_eq!(found().await, None);

    plant(11, "failed", ago(0, 0)).await;

    assert_eq!(found().await, Some(10));
}

#[tokio::test]
async fn without_a_mailbox_the_task_says_so() {
    let world = World::new().await;
    assert_eq!(codes(read_bounces(&world.desk, &Actor::batch(), world.now).await), ["bounces_not_configured"]);
}
