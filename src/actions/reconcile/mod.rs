//! Reconciles a restored database with what the CA knows, as far as that can be known.
//!
//! What the CA shows is taken over. What only the lost part of the database knew cannot be: so no confirmation from before
//! counts any more (a withdrawal may be lost), no mail goes out again by itself, and no number is given twice. Safe to
//! repeat; a later run asks again about what the CA gave no answer to.

mod cases;

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::publish_crls::publish_crls;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::halt::Finding;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::batch_runs::Counts;
use crate::models::halts::{self, Halt};
use crate::models::{messages, numbers, reissue_applications, transaction};
use crate::services::Services;

/// Numbers that are left out at least: more than the desk gives away between two backups of a quiet day.
const LEAP: i64 = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    pub halt_id: i64,
    /// Open cases that were looked at.
    pub cases: i64,
    /// Revocations of the embedded CA that only its last CRL still knew.
    pub crl_entries: u64,
    /// Mails that were queued and may have been sent.
    pub mails: u64,
    /// Of this halt, whichever run found them.
    pub findings: Vec<(Finding, i64)>,
    /// Cases about which the CA gave no answer: until it has, the desk is not released.
    pub unanswered: i64,
}

pub async fn reconcile(
    desk: &Services,
    progress: &(dyn Fn(Counts) + Send + Sync),
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Reconciled> {
    let halt = halts::current(&desk.db).await?.ok_or_else(|| Error::conflict("desk_not_halted"))?;
    if !halt.cause.needs_reconciliation() {
        return Err(Error::conflict("halt_without_restore"));
    }
    let crl_entries = match &desk.embedded_ca {
        Some(ca) => ca.reenter().await.map_err(Error::internal)?,
        None => 0,
    };
    let cases = cases::walk(desk, &halt, progress, actor, now).await?;
    let done = Reconciled { halt_id: halt.id, cases, crl_entries, mails: 0, findings: Vec::new(), unanswered: 0 };
    let reconciled = finish(desk, &halt, done, actor, now).await?;
    publish_crls(desk, now).await?;
    Ok(reconciled)
}

/// Holds back the mails, leaves numbers out and writes the report, all together.
async fn finish(
    desk: &Services,
    halt: &Halt,
    mut done: Reconciled,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Reconciled> {
    let txn = transaction::begin(&desk.db).await?;
    done.mails = messages::hold_back(&txn, now).await?;
    done.findings = halts::findings(&txn, halt.id).await?;
    done.unanswered = done.findings.iter().find(|(finding, _)| *finding == Finding::NoAnswer).map_or(0, |(_, n)| *n);
    if halt.report.is_none() {
        // As many acts are lost as numbers at most.
        let lost = halt.lost_sequence.map_or(0, |lost| lost - halt.found_sequence);
        numbers::skip(&txn, lost.max(LEAP)).await?;
        reissue_applications::skip_numbers(&txn, jst_date(now), lost.max(LEAP)).await?;
    }
    let findings: serde_json::Map<_, _> =
        done.findings.iter().map(|(finding, n)| (finding.as_str().to_owned(), json!(n))).collect();
    let report = json!({
        "cases": done.cases, "crl_entries": done.crl_entries, "mails": done.mails, "findings": findings,
    });
    halts::set_reconciled(&txn, halt, done.unanswered, report.to_string(), now).await?;
    let act = Act { action: "desk_reconciled", subject: format!("halt:{}", halt.id), case_id: None, detail: report };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(done)
}
