//! Successors that customers named. A proposal makes no number diallable: the desk verifies the person and requests a
//! contact change (`contact_changes.rs`), or declines.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, IntoActiveModel, QueryOrder};

use super::contact_changes::{self, ContactChange};
use crate::domain::contact::{ContactRole, HandoverStage};
use crate::errors::{Error, Result};

pub use super::_entities::contact_proposals::{ActiveModel, Column, Entity, Model as ContactProposal};

impl ContactProposal {
    /// How far it has come; `change` is the one it led to.
    pub fn stage(&self, change: Option<&ContactChange>) -> HandoverStage {
        match (self.declined_at, change) {
            (Some(_), _) => HandoverStage::Declined,
            (None, Some(change)) => change.stage(),
            (None, None) => HandoverStage::Received,
        }
    }

    pub fn audit_subject(&self) -> String {
        format!("contact_proposal:{}", self.id)
    }
}

pub async fn insert(txn: &impl ConnectionTrait, row: ActiveModel) -> Result<ContactProposal, DbErr> {
    row.insert(txn).await
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<ContactProposal> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("contact_proposal_not_found"))
}

/// The proposal that the desk has not decided on yet; at most one (unique index).
pub async fn open(
    db: &impl ConnectionTrait,
    subscriber_id: i64,
    role: ContactRole,
) -> Result<Option<ContactProposal>, DbErr> {
    Entity::find()
        .filter(Column::SubscriberId.eq(subscriber_id))
        .filter(Column::Role.eq(role))
        .filter(Column::ContactChangeId.is_null())
        .filter(Column::DeclinedAt.is_null())
        .one(db)
        .await
}

/// The proposals of a subscriber with the change each led to, newest first.
pub async fn of_subscriber(
    db: &impl ConnectionTrait,
    subscriber_id: i64,
) -> Result<Vec<(ContactProposal, Option<ContactChange>)>, DbErr> {
    let proposals =
        Entity::find().filter(Column::SubscriberId.eq(subscriber_id)).order_by_desc(Column::Id).all(db).await?;
    let ids: Vec<i64> = proposals.iter().filter_map(|proposal| proposal.contact_change_id).collect();
    let changes = contact_changes::by_ids(db, ids).await?;
    let of = |id| changes.iter().find(|change| change.id == id).cloned();
    Ok(proposals
        .into_iter()
        .map(|proposal| {
            let change = proposal.contact_change_id.and_then(of);
            (proposal, change)
        })
        .collect())
}

/// Ties the proposal to the change that the desk requested after verifying it.
pub async fn mark_verified(
    txn: &impl ConnectionTrait,
    proposal: ContactProposal,
    contact_change_id: i64,
) -> Result<ContactProposal, DbErr> {
    let mut row = proposal.into_active_model();
    row.contact_change_id = Set(Some(contact_change_id));
    row.update(txn).await
}

/// Gives the proposal back to its first examiner, because the change it led to was declined.
pub async fn reopen(txn: &impl ConnectionTrait, proposal: ContactProposal) -> Result<ContactProposal, DbErr> {
    let mut row = proposal.into_active_model();
    row.contact_change_id = Set(None);
    row.update(txn).await
}

pub async fn mark_declined(
    txn: &impl ConnectionTrait,
    proposal: ContactProposal,
    declined_by: &str,
    ground: &str,
    now: DateTimeUtc,
) -> Result<ContactProposal, DbErr> {
    let mut row = proposal.into_active_model();
    row.declined_by = Set(Some(declined_by.to_owned()));
    row.declined_at = Set(Some(now));
    row.declined_ground = Set(Some(ground.to_owned()));
    row.update(txn).await
}
