//! The senders' side of the mails: who has which in hand, and how it ended.
//!
//! A sender claims rows for a while; the fence that grows with each claim keeps the results of a sender that was too
//! slow out.

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{
    CaseStatement, ExprTrait, Func, LockBehavior, LockType, Query, SelectStatement, TableRef, Value, ValueTuple,
};
use sea_orm::{Condition, ConnectionTrait, DatabaseBackend, PaginatorTrait, QueryOrder, QuerySelect, QueryTrait};

use super::columns::MessageStatus;
use super::halts;
use super::messages::{Column, Entity, Message};
use crate::domain::mail::MailKind;

/// How a mail left a sender's hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Sent {
        at: DateTimeUtc,
    },
    Retry {
        at: DateTimeUtc,
        error: String,
    },
    Failed {
        error: String,
    },
    /// Not begun: as if it had never been claimed.
    Untried,
}

/// What is written about a claimed mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub id: i64,
    /// Of the claim: somebody else's mail is left alone.
    pub fence: i64,
    pub verdict: Verdict,
    /// The addressees with what became of each, as JSON; `None` leaves them.
    pub recipients: Option<String>,
    /// The text holds a secret, which is kept no longer than it is needed.
    pub holds_secret: bool,
}

impl Ending {
    pub fn new(claimed: &Message, verdict: Verdict, recipients: Option<String>) -> Self {
        Self { id: claimed.id, fence: claimed.fence, verdict, recipients, holds_secret: claimed.holds_secret() }
    }
}

/// Takes up to `limit` mails that were due at `due_by`, longest due first, for `lease` from `now` on, and counts the
/// attempt: a mail that brings its sender down is counted too. Only alarms while the desk is halted.
pub async fn claim_due(
    db: &impl ConnectionTrait,
    due_by: DateTimeUtc,
    limit: u64,
    lease: Duration,
    now: DateTimeUtc,
) -> Result<Vec<Message>, DbErr> {
    let mut due = due(due_by, limit, now);
    if db.get_database_backend() == DatabaseBackend::Postgres {
        due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let mut claimed = Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(now + lease))
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.in_subquery(due))
        .exec_with_returning(db)
        .await?;
    claimed.sort_by_key(|message| (message.next_attempt_at, message.id));
    Ok(claimed)
}

/// Cancels a mail that somebody sent once more and that no sender has in hand. `false`: it is too late, or it is another
/// mail.
pub async fn cancel_unbegun(txn: &impl ConnectionTrait, id: i64, now: DateTimeUtc) -> Result<bool, DbErr> {
    let unheld = Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now));
    let cancelled = Entity::update_many()
        .col_expr(Column::Status, MessageStatus::Cancelled.into())
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::ResendOf.is_not_null())
        .filter(Column::Attempts.eq(0))
        .filter(is_queued())
        .filter(unheld)
        .exec(txn)
        .await?;
    Ok(cancelled.rows_affected == 1)
}

/// How a mail stands when it came back.
#[derive(Debug, Clone)]
pub struct Returned {
    pub status: MessageStatus,
    /// The addressees with what became of each, as JSON.
    pub recipients: String,
    pub error: String,
}

/// Writes that a mail came back. `false`: it is not as it was read (a sender has it in hand, or wrote about it), and
/// nothing is written. A sender whose lease ran out is kept from writing that all went well.
pub async fn give_back(
    txn: &impl ConnectionTrait,
    read: &Message,
    returned: Returned,
    now: DateTimeUtc,
) -> Result<bool, DbErr> {
    let unheld = Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now));
    let mut update = Entity::update_many()
        .col_expr(Column::Status, returned.status.into())
        .col_expr(Column::Recipients, returned.recipients.into())
        .col_expr(Column::LastError, returned.error.into())
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .filter(Column::Id.eq(read.id))
        .filter(Column::Fence.eq(read.fence))
        .filter(Column::Status.eq(read.status))
        .filter(unheld);
    if read.holds_secret() && returned.status != MessageStatus::Queued {
        update = update.col_expr(Column::BodyText, "".into()).col_expr(Column::BodyHtml, "".into());
    }
    Ok(update.exec(txn).await?.rows_affected == 1)
}

/// How many mails are due at `due_by`, whoever has them in hand.
pub async fn count_due(db: &impl ConnectionTrait, due_by: DateTimeUtc) -> Result<u64, DbErr> {
    Entity::find().filter(is_queued()).filter(Column::NextAttemptAt.lte(due_by)).count(db).await
}

fn due(due_by: DateTimeUtc, limit: u64, now: DateTimeUtc) -> SelectStatement {
    let unheld = Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now));
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(is_queued())
        .filter(Column::NextAttemptAt.lte(due_by))
        .filter(unheld)
        .filter(Condition::any().add(halts::none()).add(Column::Kind.eq(MailKind::Alarm.as_str())))
        .order_by_asc(Column::NextAttemptAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_query()
}

/// Written into the statement and not handed over beside it: only so do the databases see that the index
/// `messages_waiting` holds every row that is looked for.
fn is_queued() -> Expr {
    Expr::col((Entity, Column::Status)).eq(Expr::Constant(MessageStatus::Queued.into()))
}

/// Writes how mails ended, in one statement. Returns the ids of those that were still in the sender's hand: the lease
/// of any other ran out and another sender has it; nothing is written about it. A text with a secret goes when it was
/// sent or given up.
pub async fn record(db: &impl ConnectionTrait, endings: &[Ending]) -> Result<HashSet<i64>, DbErr> {
    const ENDING: &str = "ending";
    let mut rows: Vec<ValueTuple> = endings.iter().map(as_row).collect();
    let Some(last) = rows.last().cloned() else { return Ok(HashSet::new()) };
    // Of two equal rows one is used. Each number of rows is a statement that the connection keeps prepared: so they are few.
    rows.resize(rows.len().next_power_of_two(), last);
    let ending = |column: EndingColumn| Expr::col((ENDING, column.name()));
    let own = |column: Column| Expr::col((Entity, column));
    let unless_forgotten = |column: Column| {
        CaseStatement::new().case(ending(EndingColumn::Forgotten), Expr::value("")).finally(own(column))
    };
    let untried = ending(EndingColumn::Uncounted).gt(0);
    let error = CaseStatement::new().case(untried, own(Column::LastError)).finally(ending(EndingColumn::LastError));
    let update = Query::update()
        .table(Entity)
        .from(TableRef::ValuesList(rows, ENDING.into()))
        .value(Column::Status, ending(EndingColumn::Status))
        .value(Column::SentAt, ending(EndingColumn::SentAt))
        .value(Column::LastError, error)
        .value(Column::LeaseUntil, Expr::value(None::<DateTimeUtc>))
        .value(Column::NextAttemptAt, or_else(ending(EndingColumn::NextAttemptAt), own(Column::NextAttemptAt)))
        .value(Column::Recipients, or_else(ending(EndingColumn::Recipients), own(Column::Recipients)))
        .value(Column::Attempts, own(Column::Attempts).sub(ending(EndingColumn::Uncounted)))
        .value(Column::BodyText, unless_forgotten(Column::BodyText))
        .value(Column::BodyHtml, unless_forgotten(Column::BodyHtml))
        .and_where(own(Column::Id).eq(ending(EndingColumn::Id)))
        .and_where(own(Column::Fence).eq(ending(EndingColumn::Fence)))
        .and_where(is_queued())
        .returning_col(Column::Id)
        .to_owned();
    let written = db.query_all(&update).await?;
    written.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn or_else(new: Expr, old: Expr) -> Expr {
    Func::coalesce([new, old]).into()
}

/// The columns of [`as_row`], by the names that both databases give to those of a list of values.
#[derive(Clone, Copy)]
enum EndingColumn {
    Id,
    Fence,
    Status,
    SentAt,
    NextAttemptAt,
    LastError,
    Recipients,
    Uncounted,
    Forgotten,
}

impl EndingColumn {
    fn name(self) -> String {
        format!("column{}", self as usize + 1)
    }
}

fn as_row(ending: &Ending) -> ValueTuple {
    let (status, sent_at, next_attempt_at, error) = match &ending.verdict {
        Verdict::Sent { at } => (MessageStatus::Sent, Some(*at), None, None),
        Verdict::Retry { at, error } => (MessageStatus::Queued, None, Some(*at), Some(error.clone())),
        Verdict::Failed { error } => (MessageStatus::Failed, None, None, Some(error.clone())),
        Verdict::Untried => (MessageStatus::Queued, None, None, None),
    };
    let uncounted = i32::from(ending.verdict == Verdict::Untried);
    let forgotten = ending.holds_secret && status != MessageStatus::Queued;
    let row: [Value; 9] = [
        ending.id.into(),
        ending.fence.into(),
        status.into(),
        sent_at.into(),
        next_attempt_at.into(),
        error.into(),
        ending.recipients.clone().into(),
        uncounted.into(),
        forgotten.into(),
    ];
    ValueTuple::Many(row.to_vec())
}
