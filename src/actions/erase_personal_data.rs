//! Erases data about people when its time is over: [`crate::settings::PersonalData::kept_years`] after the certificates of
//! a case have run out, a contact was replaced or an account was closed. Not while a legal hold is in force.
//!
//! What was done stays proven: cases, calls, evidence and the audit log remain, with the people behind them as numbers.

use chrono::Months;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::retention::{self, OldCase};
use crate::models::transaction;
use crate::services::Services;

/// Cases of one transaction.
const AT_ONCE: u64 = 200;

/// How many of each were erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    pub cases: u64,
    pub contacts: u64,
    pub proposals: u64,
    pub customers: u64,
    pub mails: u64,
}

/// Safe to run at any time and on several nodes; stops between two chunks when the process is asked to end.
pub async fn erase_personal_data(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Erased> {
    let kept = Months::new(12 * desk.settings.personal_data.kept_years);
    let Some(cutoff) = now.checked_sub_months(kept) else { return Ok(Erased::default()) };
    let cases = erase_cases(desk, cutoff, actor, now).await?;
    let txn = transaction::begin(&desk.db).await?;
    let erased = Erased {
        cases,
        contacts: retention::erase_contacts(&txn, cutoff, now).await?,
        proposals: retention::erase_proposals(&txn, cutoff).await?,
        customers: retention::erase_customers(&txn, cutoff).await?,
        mails: retention::erase_mails(&txn, cutoff).await?,
    };
    if erased != (Erased { cases, ..Erased::default() }) {
        let detail = json!({
            "before": cutoff,
            "contacts": erased.contacts,
            "proposals": erased.proposals,
            "customers": erased.customers,
            "mails": erased.mails,
        });
        let subject = "retention".to_owned();
        let act = Act { action: "personal_data_erased", subject, case_id: None, detail };
        audit_events::append(&txn, act, actor, now).await?;
    }
    txn.commit().await?;
    Ok(erased)
}

async fn erase_cases(desk: &Services, cutoff: DateTimeUtc, actor: &Actor, now: DateTimeUtc) -> Result<u64> {
    let (mut number, mut seen): (u64, Option<OldCase>) = (0, None);
    while !desk.stop.is_cancelled() {
        let old = retention::next_old_cases(&desk.db, cutoff, seen.as_ref(), AT_ONCE).await?;
        let ids: Vec<i64> = old.iter().map(|case| case.id).collect();
        seen = old.into_iter().last();
        if seen.is_none() {
            break;
        }
        let txn = transaction::begin(&desk.db).await?;
        let erased = retention::erase_cases(&txn, &ids, now).await?;
        let act = |id: &i64| Act {
            action: "case_erased",
            subject: format!("case:{id}"),
            case_id: Some(*id),
            detail: json!({ "before": cutoff }),
        };
        audit_events::append_many(&txn, erased.iter().map(act).collect(), actor, now).await?;
        txn.commit().await?;
        number += u64::try_from(erased.len()).unwrap_or_default();
    }
    Ok(number)
}
