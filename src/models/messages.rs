//! Mails: what is queued, and the lists of what was sent.
//!
//! A mail is queued in the transaction of its cause and carries a key, so that it is queued once. What senders do with
//! the queue is `outbox`.

use std::str::FromStr;

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, Func, LikeExpr, OnConflict, Query, SelectStatement, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};

use super::columns::MessageStatus;
use super::counting::{self, Count};
use super::keyset::{self, Keyset};
use super::rows::{Rows, given};
use crate::domain::mail::{ComposedMail, MailKind, Recipient, message_id};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};

pub use super::_entities::messages::{ActiveModel, Column, Entity, Model as Message};

/// How far ahead of the others an alarm is put in the queue: no mail waits for so long.
const AHEAD: chrono::TimeDelta = chrono::TimeDelta::days(3650);

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
    /// The server's words when it refused this address for good, or those of the report that came back.
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

    /// A server said no, or it came back; otherwise a mail that was not sent was given up.
    pub fn was_refused(&self) -> bool {
        self.addressees().unwrap_or_default().iter().any(|one| one.refused.is_some())
    }

    /// Somebody sent it once more and thought again. (What a restore held back has its reason.)
    pub fn is_taken_back(&self) -> bool {
        self.status == MessageStatus::Cancelled && self.last_error.is_none()
    }

    /// Somebody sent it once more, and nobody has begun to send it.
    pub fn may_be_taken_back(&self, now: DateTimeUtc) -> bool {
        self.resend_of.is_some()
            && self.status == MessageStatus::Queued
            && self.attempts == 0
            && self.lease_until.is_none_or(|until| until <= now)
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

/// The mails that sent this one once more.
pub async fn copies_of(db: &impl ConnectionTrait, id: i64) -> Result<Vec<Message>, DbErr> {
    Entity::find().filter(Column::ResendOf.eq(id)).order_by_asc(Column::Id).all(db).await
}

/// Of the mails of a case, those that did not arrive and were not sent once more.
pub fn bounced(mails: &[Message]) -> impl Iterator<Item = &Message> {
    let again = |mail: &Message| mails.iter().any(|copy| copy.resend_of == Some(mail.id) && !copy.is_taken_back());
    mails.iter().filter(move |mail| mail.status == MessageStatus::Failed && !again(mail))
}

/// The last notice to the customers of each of these cases.
pub async fn last_notices(db: &impl ConnectionTrait, case_ids: &[i64]) -> Result<Vec<Message>, DbErr> {
    let notices = MailKind::ALL.into_iter().filter(|kind| kind.is_notice()).map(MailKind::as_str);
    let last: Vec<i64> = Entity::find()
        .select_only()
        .column_as(Column::Id.max(), "last")
        .filter(Column::CaseId.is_in(case_ids.iter().copied()))
        .filter(Column::Kind.is_in(notices))
        .group_by(Column::CaseId)
        .into_tuple()
        .all(db)
        .await?;
    Entity::find().filter(Column::Id.is_in(last)).all(db).await
}

/// The lists of S8 (`ui.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageView {
    #[default]
    All,
    /// Not sent yet, tried or not.
    Waiting,
    /// Given up, refused or held back, and not sent once more: a person has to look.
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

/// The cursor is the id of the row that was seen last.
pub type Page = keyset::Page<i64>;

const ORDER: Keyset<1, Column> = Keyset { columns: [Column::Id], newest_first: true };

/// One page, newest first, and whether rows follow in the direction asked.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &MessageFilter,
    page: Page,
    limit: u64,
) -> Result<(Vec<Message>, bool), DbErr> {
    let mut query = Entity::find().filter(condition(filter));
    ORDER.narrow(QueryTrait::query(&mut query), &page, limit);
    Ok(page.cut(query.all(db).await?, limit))
}

/// How many mails each filter finds, up to a limit.
pub async fn counts(
    db: &impl ConnectionTrait,
    filters: impl IntoIterator<Item = MessageFilter>,
) -> Result<Vec<Count>, DbErr> {
    counting::each(db, filters.into_iter().map(|filter| query(&filter)).collect()).await
}

pub fn query(filter: &MessageFilter) -> SelectStatement {
    Entity::find().filter(condition(filter)).into_query()
}

fn condition(filter: &MessageFilter) -> Condition {
    let contains = |column: Column, text: &str| column.like(LikeExpr::new(like_pattern(text)).escape('\\'));
    let found = |text: &str| {
        Condition::any()
            .add(contains(Column::Subject, text))
            .add(contains(Column::Recipients, text))
            .add(contains(Column::MessageId, text))
    };
    let statuses = filter.view.statuses();
    Condition::all()
        .add_option((filter.view != MessageView::All).then(|| Column::Status.is_in(statuses)))
        .add_option((filter.view == MessageView::Failed).then(needs_a_person))
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind.as_str())))
        .add_option(filter.from.map(|from| Column::CreatedAt.gte(from)))
        .add_option(filter.until.map(|until| Column::CreatedAt.lt(until)))
        .add_option(filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(found))
}

/// Nobody took it back, and no copy of it is on its way or arrived.
fn needs_a_person() -> Condition {
    const COPY: &str = "copy";
    let of_copy = |column: Column| Expr::col((COPY, column));
    let taken_back = of_copy(Column::Status).eq(MessageStatus::Cancelled).and(of_copy(Column::LastError).is_null());
    let copies = Query::select()
        .expr(Expr::Constant(1.into()))
        .from_as(Entity, COPY)
        .and_where(of_copy(Column::ResendOf).equals((Entity, Column::Id)))
        .and_where(taken_back.not())
        .to_owned();
    let held_back = Condition::any().add(Column::Status.eq(MessageStatus::Failed)).add(Column::LastError.is_not_null());
    Condition::all().add(held_back).add(Expr::exists(copies).not())
}

/// Whatever contains this text.
pub(super) fn like_pattern(text: &str) -> String {
    format!("%{}%", like_literal(text))
}

/// For a pattern whose escape character is the backslash: `%` and `_` mean themselves.
pub(super) fn like_literal(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

/// Queues the mail in the transaction of its cause. `false`: it was queued before.
pub async fn enqueue(txn: &impl ConnectionTrait, new: NewMessage, public_url: &str, now: DateTimeUtc) -> Result<bool> {
    Ok(enqueue_many(txn, vec![new], public_url, now).await? > 0)
}

/// Queues mails in the transaction of their causes. Returns how many were not queued before.
pub async fn enqueue_many(
    txn: &impl ConnectionTrait,
    mails: Vec<NewMessage>,
    public_url: &str,
    now: DateTimeUtc,
) -> Result<u64> {
    if mails.is_empty() {
        return Ok(0);
    }
    let mut recipients = Vec::with_capacity(mails.len());
    for NewMessage { mail, .. } in &mails {
        if mail.recipients.is_empty() {
            return Err(Error::internal("a mail without a recipient"));
        }
        let as_addressee = |recipient| Addressee { recipient, delivered_at: None, refused: None };
        let addressees: Vec<Addressee> = mail.recipients.iter().cloned().map(as_addressee).collect();
        recipients.push(serde_json::to_string(&addressees).map_err(Error::internal)?);
    }
    let due_at = |new: &NewMessage| if new.mail.kind.goes_first() { now - AHEAD } else { now };
    let id = |new: &NewMessage| message_id(&new.about, new.mail.kind, &new.event_key, public_url);
    let rows = Rows::default()
        // No case has this id.
        .numbers("row_case", mails.iter().map(|new| new.case_id.unwrap_or_default()))
        .texts("row_kind", mails.iter().map(|new| new.mail.kind.as_str().to_owned()))
        .texts("row_event", mails.iter().map(|new| new.event_key.clone()))
        .texts("row_message", mails.iter().map(id))
        .texts("row_recipients", recipients)
        .texts("row_subject", mails.iter().map(|new| new.mail.subject.clone()))
        .instants("row_due", mails.iter().map(due_at));
    let (html, text): (Vec<_>, Vec<_>) = mails.into_iter().map(|new| (new.mail.html, new.mail.text)).unzip();
    let rows = rows.texts("row_html", html).texts("row_text", text);
    let filled: [(Column, SimpleExpr); 13] = [
        (Column::CaseId, Func::cust("NULLIF").arg(given("row_case")).arg(0_i64).into()),
        (Column::Kind, given("row_kind")),
        (Column::EventKey, given("row_event")),
        (Column::MessageId, given("row_message")),
        (Column::Recipients, given("row_recipients")),
        (Column::Subject, given("row_subject")),
        (Column::BodyText, given("row_text")),
        (Column::BodyHtml, given("row_html")),
        (Column::Status, MessageStatus::Queued.into()),
        (Column::Attempts, 0.into()),
        (Column::NextAttemptAt, given("row_due")),
        (Column::Fence, 0_i64.into()),
        (Column::CreatedAt, now.into()),
    ];
    // The keys (case, kind, event) and Message-ID say the same; whichever is hit first, the mail is queued already.
    let mut insert = rows.into_insert(txn, Entity, filled)?;
    insert.on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(txn.execute(&insert).await?.rows_affected())
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
