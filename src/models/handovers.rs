//! The list 連絡先変更 (S7): customers' proposals and the changes that the desk began itself, as one list, newest first.
//!
//! A change that follows from a proposal is shown with it, not beside it.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, QueryOrder, QuerySelect, QueryTrait};

use super::contact_changes::{self, ContactChange};
use super::contact_proposals::{self, ContactProposal};
use super::contacts::{self, Contact};
use super::counting::{self, Count};
use super::keyset;
use crate::domain::contact::{ContactRole, HandoverStage};
use crate::domain::problem::Problem;

/// The tabs of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HandoverView {
    /// Waits for the desk: received or being checked.
    #[default]
    Waiting,
    In(HandoverStage),
    All,
}

impl HandoverView {
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::In(HandoverStage::Received),
        Self::In(HandoverStage::Checking),
        Self::In(HandoverStage::Approved),
        Self::In(HandoverStage::Declined),
        Self::All,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::In(stage) => stage.as_str(),
            Self::All => "all",
        }
    }

    fn stages(self) -> Vec<HandoverStage> {
        match self {
            Self::Waiting => vec![HandoverStage::Received, HandoverStage::Checking],
            Self::In(stage) => vec![stage],
            Self::All => HandoverStage::ALL.to_vec(),
        }
    }
}

impl std::str::FromStr for HandoverView {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|view| view.as_str() == text)
            .ok_or_else(|| Problem::on("view", "view_unknown").with("value", text))
    }
}

/// A handover from one contact to the next, whoever began it.
#[derive(Debug, Clone)]
pub enum Handover {
    Proposed { proposal: ContactProposal, change: Option<Box<ContactChange>> },
    AtDesk(ContactChange),
}

impl Handover {
    pub fn proposal(&self) -> Option<&ContactProposal> {
        match self {
            Self::Proposed { proposal, .. } => Some(proposal),
            Self::AtDesk(_) => None,
        }
    }

    pub fn change(&self) -> Option<&ContactChange> {
        match self {
            Self::Proposed { change, .. } => change.as_deref(),
            Self::AtDesk(change) => Some(change),
        }
    }

    pub fn stage(&self) -> HandoverStage {
        match self {
            Self::Proposed { proposal, change } => proposal.stage(change.as_deref()),
            Self::AtDesk(change) => change.stage(),
        }
    }

    pub fn subscriber_id(&self) -> i64 {
        match self {
            Self::Proposed { proposal, .. } => proposal.subscriber_id,
            Self::AtDesk(change) => change.subscriber_id,
        }
    }

    pub fn role(&self) -> ContactRole {
        match self {
            Self::Proposed { proposal, .. } => proposal.role,
            Self::AtDesk(change) => change.role,
        }
    }

    /// When it began.
    pub fn at(&self) -> DateTimeUtc {
        match self {
            Self::Proposed { proposal, .. } => proposal.proposed_at,
            Self::AtDesk(change) => change.requested_at,
        }
    }

    /// Whom the handover leaves, among the contact versions of the subscriber.
    pub fn former<'a>(&self, versions: &'a [Contact]) -> Option<&'a Contact> {
        let approved_at = self.change().and_then(|change| change.approved_at);
        versions.iter().find(|version| {
            let own = version.subscriber_id == self.subscriber_id() && version.role == self.role();
            // The approval superseded the former version in the same instant.
            own && version.superseded_at == approved_at
        })
    }

    /// Its place in the list.
    pub fn cursor(&self) -> Cursor {
        let (kind, id) = match self {
            Self::Proposed { proposal, .. } => (Kind::Proposed, proposal.id),
            Self::AtDesk(change) => (Kind::AtDesk, change.id),
        };
        Cursor { at: self.at(), kind, id }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Proposed,
    AtDesk,
}

/// A place in the list: the row that was seen last. Written `1764000000000000.p.12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    at: DateTimeUtc,
    kind: Kind,
    id: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Kind::Proposed => "p",
            Kind::AtDesk => "c",
        };
        write!(f, "{}.{kind}.{}", self.at.timestamp_micros(), self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let unreadable = || Problem::new("query_malformed").with("reason", text);
        let mut parts = text.splitn(3, '.');
        let (at, kind, id) = (parts.next(), parts.next(), parts.next());
        let at = at.and_then(|at| at.parse().ok()).and_then(chrono::DateTime::from_timestamp_micros);
        let kind = match kind {
            Some("p") => Kind::Proposed,
            Some("c") => Kind::AtDesk,
            _ => return Err(unreadable()),
        };
        let id = id.and_then(|id| id.parse().ok()).ok_or_else(unreadable)?;
        Ok(Self { at: at.ok_or_else(unreadable)?, kind, id })
    }
}

pub type Page = keyset::Page<Cursor>;

fn is_on(page: Page, cursor: Cursor) -> bool {
    match page {
        Page::First => true,
        Page::After(last) => cursor < last,
        Page::Before(first) => cursor > first,
    }
}

/// One page, newest first, and whether rows follow in the direction asked.
pub async fn page(
    db: &impl ConnectionTrait,
    view: HandoverView,
    page: Page,
    limit: u64,
) -> Result<(Vec<Handover>, bool), DbErr> {
    let mut rows = proposed(db, view, page, limit).await?;
    rows.extend(at_desk(db, view, page, limit).await?.into_iter().map(Handover::AtDesk));
    rows.retain(|row| is_on(page, row.cursor()));
    let ascending = matches!(page, Page::Before(_));
    rows.sort_by_key(Handover::cursor);
    if !ascending {
        rows.reverse();
    }
    Ok(page.cut(rows, limit))
}

/// Enough for a page even where the other kind gives no row. Rows of the cursor's instant come along and are sorted
/// out by [`is_on`].
async fn proposed(
    db: &impl ConnectionTrait,
    view: HandoverView,
    page: Page,
    limit: u64,
) -> Result<Vec<Handover>, DbErr> {
    use contact_proposals::{Column, Entity};
    let query = Entity::find().filter(proposals_in(view));
    let query = match page {
        Page::First => query.order_by_desc(Column::ProposedAt).order_by_desc(Column::Id),
        Page::After(last) => {
            query.filter(Column::ProposedAt.lte(last.at)).order_by_desc(Column::ProposedAt).order_by_desc(Column::Id)
        }
        Page::Before(first) => {
            query.filter(Column::ProposedAt.gte(first.at)).order_by_asc(Column::ProposedAt).order_by_asc(Column::Id)
        }
    };
    let proposals = query.limit(limit + SAME_INSTANT).all(db).await?;
    let ids = proposals.iter().filter_map(|proposal| proposal.contact_change_id);
    let changes = contact_changes::by_ids(db, ids.collect::<Vec<_>>()).await?;
    let with_change = |proposal: ContactProposal| {
        let change = changes.iter().find(|change| Some(change.id) == proposal.contact_change_id).cloned().map(Box::new);
        Handover::Proposed { proposal, change }
    };
    Ok(proposals.into_iter().map(with_change).collect())
}

/// One row more tells that the list goes on; the rest leaves room for rows of the cursor's own instant. One subscriber
/// and role can begin one handover at a time, so few share an instant.
const SAME_INSTANT: u64 = 20;

async fn at_desk(
    db: &impl ConnectionTrait,
    view: HandoverView,
    page: Page,
    limit: u64,
) -> Result<Vec<ContactChange>, DbErr> {
    use contact_changes::{Column, Entity};
    let query = Entity::find().filter(changes_in(view));
    let query = match page {
        Page::First => query.order_by_desc(Column::RequestedAt).order_by_desc(Column::Id),
        Page::After(last) => {
            query.filter(Column::RequestedAt.lte(last.at)).order_by_desc(Column::RequestedAt).order_by_desc(Column::Id)
        }
        Page::Before(first) => {
            query.filter(Column::RequestedAt.gte(first.at)).order_by_asc(Column::RequestedAt).order_by_asc(Column::Id)
        }
    };
    query.limit(limit + SAME_INSTANT).all(db).await
}

/// How many handovers each view holds, up to a limit.
pub async fn counts(
    db: &impl ConnectionTrait,
    views: impl IntoIterator<Item = HandoverView>,
) -> Result<Vec<Count>, DbErr> {
    let counts = counting::each(db, views.into_iter().flat_map(queries).collect()).await?;
    Ok(counts.chunks(2).map(|kinds| kinds.iter().copied().fold(Count::default(), std::ops::Add::add)).collect())
}

/// The handovers of a view, in two parts.
pub fn queries(view: HandoverView) -> [SelectStatement; 2] {
    let proposed = contact_proposals::Entity::find().filter(proposals_in(view)).into_query();
    let at_desk = contact_changes::Entity::find().filter(changes_in(view)).into_query();
    [proposed, at_desk]
}

fn proposals_in(view: HandoverView) -> Condition {
    use contact_proposals::Column;
    let led_to = |stage| {
        let changes = contact_changes::Entity::find()
            .select_only()
            .column(contact_changes::Column::Id)
            .filter(change_is(stage))
            .into_query();
        Condition::all().add(Column::ContactChangeId.in_subquery(changes))
    };
    view.stages().into_iter().fold(Condition::any(), |any, stage| {
        any.add(match stage {
            HandoverStage::Received => {
                Condition::all().add(Column::ContactChangeId.is_null()).add(Column::DeclinedAt.is_null())
            }
            HandoverStage::Checking | HandoverStage::Approved => led_to(stage),
            HandoverStage::Declined => Condition::all().add(Column::DeclinedAt.is_not_null()),
        })
    })
}

fn changes_in(view: HandoverView) -> Condition {
    use contact_changes::Column;
    let stages = view.stages().into_iter().filter(|stage| *stage != HandoverStage::Received);
    let any =
        stages.fold(None::<Condition>, |any, stage| Some(any.unwrap_or_else(Condition::any).add(change_is(stage))));
    // A change is never merely received.
    let in_stage = any.unwrap_or_else(|| Condition::all().add(Expr::val(1).eq(0)));
    Condition::all().add(Column::ProposalId.is_null()).add(in_stage)
}

fn change_is(stage: HandoverStage) -> Condition {
    use contact_changes::Column;
    let (approved, declined) = (Column::ApprovedAt, Column::DeclinedAt);
    match stage {
        HandoverStage::Received | HandoverStage::Checking => {
            Condition::all().add(approved.is_null()).add(declined.is_null())
        }
        HandoverStage::Approved => Condition::all().add(approved.is_not_null()),
        HandoverStage::Declined => Condition::all().add(declined.is_not_null()),
    }
}

/// Handovers of one subscriber that wait for the desk, for the pages of its cases.
pub async fn waiting_of(db: &impl ConnectionTrait, subscriber_id: i64) -> Result<Vec<Handover>, DbErr> {
    let proposals = contact_proposals::Entity::find()
        .filter(contact_proposals::Column::SubscriberId.eq(subscriber_id))
        .filter(proposals_in(HandoverView::Waiting))
        .all(db)
        .await?;
    let changes = contact_changes::Entity::find()
        .filter(contact_changes::Column::SubscriberId.eq(subscriber_id))
        .filter(change_is(HandoverStage::Checking))
        .all(db)
        .await?;
    let mut waiting: Vec<Handover> = Vec::new();
    for proposal in proposals {
        let change = changes.iter().find(|change| Some(change.id) == proposal.contact_change_id).cloned().map(Box::new);
        waiting.push(Handover::Proposed { proposal, change });
    }
    waiting.extend(changes.into_iter().filter(|change| change.proposal_id.is_none()).map(Handover::AtDesk));
    Ok(waiting)
}

/// All contact versions of several subscribers, current or not.
pub async fn versions_of(db: &impl ConnectionTrait, subscriber_ids: Vec<i64>) -> Result<Vec<Contact>, DbErr> {
    contacts::Entity::find().filter(contacts::Column::SubscriberId.is_in(subscriber_ids)).all(db).await
}
