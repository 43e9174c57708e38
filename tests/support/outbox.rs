//! An outbox in a database of its own, and ways out of it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use revocation_desk::actions::send_messages::{Counts, Sender, send_messages};
use revocation_desk::clock::Clock;
use revocation_desk::domain::mail::{ComposedMail, MailKind, Recipient};
use revocation_desk::domain::reception_number::ReceptionNumber;
use revocation_desk::mail::Transport;
use revocation_desk::mail::transport::{SmtpServer, SmtpTransport};
use revocation_desk::models::messages::{self, Message, NewMessage};
use revocation_desk::models::outbox::{self, Ending, Verdict};
use sea_orm::{ActiveModelTrait, DatabaseConnection, EntityTrait, IntoActiveModel, QueryOrder};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::database;

pub const PUBLIC_URL: &str = "https://desk.example.com";

/// Mails in a database of their own.
pub struct Outbox {
    pub db: DatabaseConnection,
    pub url: String,
    pub stop: CancellationToken,
    _folder: TempDir,
}

impl Outbox {
    pub async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let url = database::migrated(folder.path()).await;
        Self { db: database::connect(&url).await, url, stop: CancellationToken::new(), _folder: folder }
    }

    /// The same outbox as another node sees it.
    pub fn seen_from(&self, db: DatabaseConnection) -> Self {
        let folder = TempDir::new().unwrap();
        Self { db, url: self.url.clone(), stop: CancellationToken::new(), _folder: folder }
    }

    pub async fn queue(&self, count: u32) {
        self.queue_from(0, count).await;
    }

    pub async fn queue_from(&self, first: u32, count: u32) {
        for number in first..first + count {
            self.queue_to(number, &[&format!("customer{number}@example.jp")]).await;
        }
    }

    pub async fn queue_to(&self, number: u32, emails: &[&str]) {
        let queued = messages::enqueue(&self.db, new_message(number, emails), PUBLIC_URL, at(0)).await.unwrap();
        assert!(queued);
    }

    pub async fn send(&self, transport: &Arc<Transport>, now: DateTime<Utc>) -> Counts {
        let desk = |email| Recipient::new("例示認証局サービスデスク", email).unwrap();
        let sender = Sender::plain(desk("noreply@example.com"), desk("desk@example.com"));
        send_messages(&self.db, transport, &sender, &self.stop, Clock::starting_at(now)).await.unwrap()
    }

    pub async fn claim(&self, now: DateTime<Utc>) -> Vec<Message> {
        outbox::claim_due(&self.db, now, 100, Duration::from_mins(5), now).await.unwrap()
    }

    /// The ids of those that were recorded.
    pub async fn record<'a>(&self, ends: impl IntoIterator<Item = (&'a Message, &'a Verdict)>) -> Vec<i64> {
        let endings: Vec<Ending> =
            ends.into_iter().map(|(message, verdict)| Ending::new(message, verdict.clone(), None)).collect();
        let mut ids: Vec<i64> = outbox::record(&self.db, &endings).await.unwrap().into_iter().collect();
        ids.sort_unstable();
        ids
    }

    pub async fn all(&self) -> Vec<Message> {
        messages::Entity::find().order_by_asc(messages::Column::Id).all(&self.db).await.unwrap()
    }

    /// Writes what the program itself would never write.
    pub async fn spoil(&self, index: usize, change: impl FnOnce(&mut messages::ActiveModel)) {
        let mut row = self.all().await.swap_remove(index).into_active_model();
        change(&mut row);
        row.update(&self.db).await.unwrap();
    }
}

pub fn new_message(number: u32, emails: &[&str]) -> NewMessage {
    let filed_on = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let reception_number = ReceptionNumber::new(filed_on, number + 1);
    NewMessage {
        case_id: None,
        about: reception_number.to_string(),
        event_key: "version-1".to_owned(),
        mail: ComposedMail {
            kind: MailKind::ApplicationReceived,
            recipients: emails.iter().map(|email| Recipient::new("例文 花", email).unwrap()).collect(),
            subject: format!("【例示認証局】用件（{reception_number}）"),
            text: "本文です。\n.\n..二行目\n".to_owned(),
            html: "<p>本文です。</p>".to_owned(),
        },
    }
}

pub fn smtp(url: &str) -> Arc<Transport> {
    smtp_as(url, |smtp| smtp)
}

pub fn smtp_as(url: &str, change: impl FnOnce(SmtpTransport) -> SmtpTransport) -> Arc<Transport> {
    let smtp = SmtpTransport::new(SmtpServer::parse(url).unwrap(), "desk.example.com");
    Arc::new(Transport::Smtp(change(smtp.with_send_timeout(Duration::from_millis(300)))))
}

/// Seconds after 2026-11-22 10:00 in Japan.
pub fn at(seconds: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 1, 0, 0).unwrap() + TimeDelta::seconds(seconds)
}
