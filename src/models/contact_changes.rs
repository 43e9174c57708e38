//! Successors of contacts, waiting for or given the approval of a second person.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, IntoActiveModel, QueryOrder};

use super::_entities::contact_changes;
use super::contacts::NewContact;
use crate::domain::contact::{ContactRole, HandoverStage};
use crate::errors::{Error, Result};

pub use super::_entities::contact_changes::{Column, Entity, Model as ContactChange};

impl ContactChange {
    pub fn stage(&self) -> HandoverStage {
        match (self.approved_at, self.declined_at) {
            (Some(_), _) => HandoverStage::Approved,
            (None, Some(_)) => HandoverStage::Declined,
            (None, None) => HandoverStage::Checking,
        }
    }

    pub fn audit_subject(&self) -> String {
        format!("contact_change:{}", self.id)
    }
}

/// `proposal_id`: the customer's proposal that it follows from.
pub async fn insert(
    txn: &impl ConnectionTrait,
    successor: NewContact,
    proposal_id: Option<i64>,
    requested_by: &str,
    now: DateTimeUtc,
) -> Result<ContactChange, DbErr> {
    contact_changes::ActiveModel {
        subscriber_id: Set(successor.subscriber_id),
        role: Set(successor.role),
        name: Set(successor.name),
        name_kana: Set(successor.name_kana),
        department: Set(successor.department),
        email: Set(successor.email),
        phone: Set(successor.phone),
        phone_source: Set(successor.phone_source),
        verified_on: Set(successor.verified_on),
        proposal_id: Set(proposal_id),
        requested_by: Set(requested_by.to_owned()),
        requested_at: Set(now),
        ..Default::default()
    }
    .insert(txn)
    .await
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<ContactChange> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("contact_change_not_found"))
}

pub async fn by_ids(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = i64>,
) -> Result<Vec<ContactChange>, DbErr> {
    Entity::find().filter(Column::Id.is_in(ids)).all(db).await
}

/// The changes on a proposal that were not approved, oldest first.
pub async fn declined_of_proposal(db: &impl ConnectionTrait, proposal_id: i64) -> Result<Vec<ContactChange>, DbErr> {
    Entity::find()
        .filter(Column::ProposalId.eq(proposal_id))
        .filter(Column::DeclinedAt.is_not_null())
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// The request that waits for this subscriber and role.
pub async fn pending(
    db: &impl ConnectionTrait,
    subscriber_id: i64,
    role: ContactRole,
) -> Result<Option<ContactChange>, DbErr> {
    Entity::find()
        .filter(Column::SubscriberId.eq(subscriber_id))
        .filter(Column::Role.eq(role))
        .filter(Column::ApprovedAt.is_null())
        .filter(Column::DeclinedAt.is_null())
        .one(db)
        .await
}

pub async fn mark_approved(
    txn: &impl ConnectionTrait,
    change: ContactChange,
    approved_by: &str,
    contact_id: i64,
    now: DateTimeUtc,
) -> Result<ContactChange, DbErr> {
    let mut row = change.into_active_model();
    row.approved_by = Set(Some(approved_by.to_owned()));
    row.approved_at = Set(Some(now));
    row.contact_id = Set(Some(contact_id));
    row.update(txn).await
}

pub async fn mark_declined(
    txn: &impl ConnectionTrait,
    change: ContactChange,
    declined_by: &str,
    ground: &str,
    now: DateTimeUtc,
) -> Result<ContactChange, DbErr> {
    let mut row = change.into_active_model();
    row.declined_by = Set(Some(declined_by.to_owned()));
    row.declined_at = Set(Some(now));
    row.declined_ground = Set(Some(ground.to_owned()));
    row.update(txn).await
}
