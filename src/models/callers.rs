//! Who may be calling: contacts by number or name, and the cases of their organisations.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect};

use super::certificates::{self, Certificate};
use super::contacts::{self, Contact};
use super::revocation_cases::{Case, Column, Entity};
use super::subscribers;
use crate::domain::case::CaseState;
use crate::domain::contact::PhoneNumber;

/// Contacts that are looked at. More than a page of namesakes helps nobody.
const CALLERS: u64 = 30;
/// Open cases that are shown.
const CASES: u64 = 50;

/// Somebody who may be on the phone.
#[derive(Debug, Clone)]
pub struct Caller {
    pub contact: Contact,
    pub organization: String,
}

/// An open case of one of their organisations.
#[derive(Debug, Clone)]
pub struct CallersCase {
    pub case: Case,
    pub source: Certificate,
    pub organization: String,
}

#[derive(Debug, Clone, Default)]
pub struct Callers {
    pub people: Vec<Caller>,
    /// In the order of their due days.
    pub cases: Vec<CallersCase>,
}

/// By the number that the telephone shows, or else by the beginning of a name.
pub async fn find(db: &impl ConnectionTrait, shown: &str) -> Result<Callers, DbErr> {
    let found = match PhoneNumber::parse(shown) {
        Ok(number) => contacts::calling_from(db, &number, CALLERS).await?,
        Err(_) => contacts::whose_name_begins(db, shown, CALLERS).await?,
    };
    let ids: Vec<i64> = found.iter().map(|contact| contact.subscriber_id).collect();
    let names = subscribers::Entity::find().filter(subscribers::Column::Id.is_in(ids.clone())).all(db).await?;
    let organization = |id: i64| names.iter().find(|one| one.id == id).map(|one| one.name.clone()).unwrap_or_default();
    let cases = open_cases(db, ids).await?;
    let sources = cases.iter().map(|case| case.source_certificate_id);
    let sources = certificates::Entity::find().filter(certificates::Column::Id.is_in(sources)).all(db).await?;
    let with_source = |case: Case| {
        let source = sources.iter().find(|source| source.id == case.source_certificate_id)?.clone();
        Some(CallersCase { organization: organization(case.subscriber_id), source, case })
    };
    Ok(Callers {
        cases: cases.into_iter().filter_map(with_source).collect(),
        people: found
            .into_iter()
            .map(|contact| Caller { organization: organization(contact.subscriber_id), contact })
            .collect(),
    })
}

async fn open_cases(db: &impl ConnectionTrait, subscribers: Vec<i64>) -> Result<Vec<Case>, DbErr> {
    Entity::find()
        .filter(Column::SubscriberId.is_in(subscribers))
        .filter(Column::State.is_not_in(CaseState::CLOSED))
        .order_by_asc(Column::DueOn)
        .order_by_asc(Column::Id)
        .limit(CASES)
        .all(db)
        .await
}
