//! Mails: what is queued, and the lists of what was sent.
//!
//! A mail is queued in the transaction of its cause and carries a key, so that it is queued once. What senders do with
//! the queue is `outbox`.

use std::str::FromStr;

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, LikeExpr, OnConflict};
use sea_orm::{Condition, ConnectionTrait, PaginatorTrait, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::columns::MessageStatus;
use crate::domain::mail::{ComposedMail, MailKind, Recipient, message_id};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};

pub use super::_entities::messages::{ActiveModel, Column, Entity, Model as Message};

/// A mail to be queued.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub case_id: Option<i64>,
    /// What it is about: a reception number, or a name such as `contact-proposal-12` where there is no case. Part of the
    /// Message-ID: letters, digits and hyphens.
    pub about: String,
    /// What it is sent for, unique for the case and the kind: `version-3`.
    pub event_key: String,
    pub mail: ComposedMail,
}

/// One recipient as stored with the mail, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    #[serde(flatten)]
    pub recipient: Recipient,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<DateTimeUtc>,
    /// The server's words when it refused this address for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Addressee {
    pub fn is_open(&self) -> bool {
        self.delivered_at.is_none() && self.refused.is_none()
    }
}

impl Message {
    pub fn addressees(&self) -> Result<Vec<Addressee>> {
        serde_json::from_str(&self.recipients).map_err(Error::internal)
    }

    /// See [`MailKind::holds_secret`]. A kind that this version does not know may hold one.
    pub fn holds_secret(&self) -> bool {
        self.kind.parse().map_or(true, MailKind::holds_secret)
    }
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<Message> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("message_not_found"))
}

/// All mails of a case, oldest first.
pub async fn of_case(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<Message>, DbErr> {
    Entity::find().filter(Column::CaseId.eq(case_id)).order_by_asc(Column::Id).all(db).await
}

/// The lists of S8 (`ui.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageView {
    #[default]
    All,
    /// Not sent yet, tried or not.
    Waiting,
    /// Given up, refused or cancelled: a person has to look.
    Failed,
    Sent,
}

impl MessageView {
    pub const ALL: [Self; 4] = [Self::All, Self::Waiting, Self::Failed, Self::Sent];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Sent => "sent",
        }
    }

    fn statuses(self) -> Vec<MessageStatus> {
        match self {
            Self::All => MessageStatus::ALL.to_vec(),
            Self::Waiting => vec![MessageStatus::Queued],
            Self::Failed => vec![MessageStatus::Failed, MessageStatus::Cancelled],
            Self::Sent => vec![MessageStatus::Sent],
        }
    }
}

impl FromStr for MessageView {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|view| view.as_str() == text)
            .ok_or_else(|| Problem::on("view", "view_unknown").with("value", text))
    }
}

/// What the list is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    pub view: MessageView,
    pub kind: Option<MailKind>,
    /// Queued at or after this.
    pub from: Option<DateTimeUtc>,
    /// Queued before this.
    pub until: Option<DateTimeUtc>,
    /// Part of a name, an address, a subject or a reception number.
    pub q: Option<String>,
}

/// A place in the list: the id of the row that was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    First,
    After(i64),
    Before(i64),
}

/// One page, newest first, and whether rows follow in the direction asked.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &MessageFilter,
    page: Page,
    limit: u64,
) -> Result<(Vec<Message>, bool), DbErr> {
    let query = Entity::find().filter(condition(filter));
    let query = match page {
        Page::First => query.order_by_desc(Column::Id),
        Page::After(id) => query.filter(Column::Id.lt(id)).order_by_desc(Column::Id),
        Page::Before(id) => query.filter(Column::Id.gt(id)).order_by_asc(Column::Id),
    };
    let mut rows = query.limit(limit + 1).all(db).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    if matches!(page, Page::Before(_)) {
        rows.reverse();
    }
    Ok((rows, more))
}

/// How many mails the filter finds.
pub async fn count(db: &impl ConnectionTrait, filter: &MessageFilter) -> Result<u64, DbErr> {
    Entity::find().filter(condition(filter)).count(db).await
}

fn condition(filter: &MessageFilter) -> Condition {
    let contains = |column: Column, text: &str| column.like(LikeExpr::new(like_pattern(text)).escape('\\'));
    let found = |text: &str| {
        Condition::any()
            .add(contains(Column::Subject, text))
            .add(contains(Column::Recipients, text))
            .add(contains(Column::MessageId, text))
    };
    Condition::all()
        .add(Column::Status.is_in(filter.view.statuses()))
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind.as_str())))
        .add_option(filter.from.map(|from| Column::CreatedAt.gte(from)))
        .add_option(filter.until.map(|until| Column::CreatedAt.lt(until)))
        .add_option(filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(found))
}

/// Whatever contains this text; `%` and `_` mean themselves.
pub(super) fn like_pattern(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

/// Queues the mail in the transaction of its cause. `false`: it was queued before.
pub async fn enqueue(txn: &impl ConnectionTrait, new: NewMessage, public_url: &str, now: DateTimeUtc) -> Result<bool> {
    let NewMessage { case_id, about, event_key, mail } = new;
    if mail.recipients.is_empty() {
        return Err(Error::internal("a mail without a recipient"));
    }
    let as_addressee = |recipient| Addressee { recipient, delivered_at: None, refused: None };
    let addressees: Vec<Addressee> = mail.recipients.into_iter().map(as_addressee).collect();
    let row = ActiveModel {
        case_id: Set(case_id),
        kind: Set(mail.kind.as_str().to_owned()),
        message_id: Set(message_id(&about, mail.kind, &event_key, public_url)),
        event_key: Set(event_key),
        recipients: Set(serde_json::to_string(&addressees).map_err(Error::internal)?),
        subject: Set(mail.subject),
        body_text: Set(mail.text),
        body_html: Set(mail.html),
        status: Set(MessageStatus::Queued),
        attempts: Set(0),
        next_attempt_at: Set(now),
        fence: Set(0),
        created_at: Set(now),
        ..<ActiveModel as Default>::default()
    };
    // The keys (case, kind, event) and Message-ID say the same; whichever is hit first, the mail is queued already.
    let once = OnConflict::new().do_nothing().to_owned();
    Ok(Entity::insert(row).on_conflict(once).exec_without_returning(txn).await? > 0)
}

/// Takes all queued mails out of the queue: a restore lost which of them were sent. People send them again, one by one;
/// texts with a secret go. Answers how many.
pub async fn hold_back(txn: &impl ConnectionTrait, now: DateTimeUtc) -> Result<u64, DbErr> {
    let secret = MailKind::ALL.into_iter().filter(|kind| kind.holds_secret()).map(MailKind::as_str);
    let blank = ActiveModel {
        body_text: Set(String::new()),
        body_html: Set(String::new()),
        ..<ActiveModel as Default>::default()
    };
    let queued = Column::Status.eq(MessageStatus::Queued);
    Entity::update_many().set(blank).filter(queued.clone()).filter(Column::Kind.is_in(secret)).exec(txn).await?;
    let held = ActiveModel {
        status: Set(MessageStatus::Cancelled),
        lease_until: Set(None),
        last_error: Set(Some(format!("held back {}: may have been sent before the restore", now.to_rfc3339()))),
        ..<ActiveModel as Default>::default()
    };
    let held = Entity::update_many()
        .set(held)
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .filter(queued)
        .exec(txn)
        .await?;
    Ok(held.rows_affected)
}

/// Newest first, before `before_id` when given, of one case or in one status when asked.
pub async fn newest(
    db: &impl ConnectionTrait,
    case_id: Option<i64>,
    status: Option<MessageStatus>,
    before_id: Option<i64>,
    limit: u64,
) -> Result<Vec<Message>, DbErr> {
    let wanted = Condition::all()
        .add_option(case_id.map(|id| Column::CaseId.eq(id)))
        .add_option(status.map(|status| Column::Status.eq(status)))
        .add_option(before_id.map(|id| Column::Id.lt(id)));
    Entity::find().filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
}
