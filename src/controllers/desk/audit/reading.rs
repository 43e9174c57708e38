//! What is read of the log, by whom, and the names behind its keys.

use std::collections::{BTreeSet, HashMap};

use sea_orm::ConnectionTrait;

use super::sight;
use crate::controllers::desk::frame::Frame;
use crate::domain::calendar::start_of_day;
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::models::audit_events::AuditEvent;
use crate::models::audit_log::AuditFilter;
use crate::models::{api_tokens, customers, revocation_cases, users};
use crate::views::desk::audit::{AuditFilterForm, Sight};
use crate::views::desk::audit_words::Names;

pub struct Reading {
    /// None finds nothing: the case that was asked for does not exist, or a day cannot be read.
    pub filter: Option<AuditFilter>,
    pub sight: Sight,
}

impl Reading {
    pub async fn of(frame: &Frame, form: &AuditFilterForm) -> Result<Self> {
        Ok(Self { filter: filter_of(frame, form).await?, sight: sight(frame, form).await? })
    }

    pub fn masked(&self) -> bool {
        match self.sight {
            Sight::Masked(_) => true,
            Sight::Open | Sight::Unlocked(_) => false,
        }
    }
}

/// Unlike in other lists, what cannot be read finds nothing: a log that seems whole and is not would mislead.
async fn filter_of(frame: &Frame, form: &AuditFilterForm) -> Result<Option<AuditFilter>> {
    let mut filter = AuditFilter { actor: filled(&form.actor), action: filled(&form.action), ..AuditFilter::default() };
    if !frame.may(Permission::ReadAudit) {
        filter.actor = Some(frame.actor().key());
    }
    let case = form.case.trim();
    if !case.is_empty() {
        let Ok(number) = case.parse() else { return Ok(None) };
        match revocation_cases::by_reception_number(&frame.desk.db, number).await {
            Ok(case) => filter.case_id = Some(case.id),
            Err(crate::errors::Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    for (text, after, limit) in [(&form.from, 0, &mut filter.from), (&form.to, 1, &mut filter.until)] {
        if !text.is_empty() {
            let Ok(day) = text.parse::<chrono::NaiveDate>() else { return Ok(None) };
            let Some(day) = day.checked_add_days(chrono::Days::new(after)) else { return Ok(None) };
            *limit = Some(start_of_day(day));
        }
    }
    Ok(Some(filter))
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Of the actors, the accounts acted on, and the cases.
pub async fn names_of(db: &impl ConnectionTrait, events: &[AuditEvent]) -> Result<Names> {
    let keys: Vec<&str> = events.iter().flat_map(|event| [event.actor.as_str(), event.subject.as_str()]).collect();
    let ids = |kind: &str| -> BTreeSet<i64> {
        keys.iter().filter_map(|key| key.strip_prefix(kind)?.strip_prefix(':')?.parse().ok()).collect()
    };
    let mut people = HashMap::new();
    let staff: BTreeSet<i64> = ids("staff").into_iter().chain(ids("user")).collect();
    people.extend(users::names(db, staff).await?.into_iter().map(|(id, name)| (format!("staff:{id}"), name)));
    let named = |kind: &'static str| move |(id, name): (i64, String)| (format!("{kind}:{id}"), name);
    people.extend(customers::names(db, ids("customer")).await?.into_iter().map(named("customer")));
    people.extend(api_tokens::names(db, ids("token")).await?.into_iter().map(named("token")));
    let cases: BTreeSet<i64> = events.iter().filter_map(|event| event.case_id).collect();
    let cases = revocation_cases::by_ids(db, cases).await?;
    let cases = cases.into_iter().map(|case| (case.id, case.reception_number.to_string())).collect();
    Ok(Names { people, cases })
}
