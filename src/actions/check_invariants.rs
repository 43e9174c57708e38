//! Looks for what must not be: broken promises, and what will break one soon.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;

use super::check_audit::check_audit;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::overdue::last_run_through;
use crate::domain::ring_times::RingTimes;
use crate::errors::Result;
use crate::models::invariants::{self, Violation};
use crate::models::overdue;
use crate::services::Services;

/// Overdue cases that are named; after a missed run there may be a hundred thousand.
const NAMED: u64 = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// A promise is broken: a person has to act.
    Violation,
    /// Nothing is broken yet.
    Warning,
}

/// One thing that must not be. The sentences are `invariant.<rule>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static str,
    pub severity: Severity,
    /// What it is about: a reception number, a serial number, a year.
    pub subject: String,
}

/// Everything found; nothing is changed but the book of checks of the audit log.
pub async fn check_invariants(desk: &Services, today: NaiveDate, now: DateTimeUtc) -> Result<Vec<Finding>> {
    let mut findings = overdue_cases(desk, today, now).await?;
    findings.extend(invariants::broken(&desk.db, now).await?.into_iter().map(finding));
    if let Some(fault) = check_audit(desk, &Actor::system(), now).await?.fault {
        let subject = format!("{} {}", fault.sequence(), fault.as_str());
        findings.push(Finding { rule: "audit_chain_broken", severity: Severity::Violation, subject });
    }
    if let Some(year) = desk.calendar().coverage_warning(today) {
        findings.push(Finding { rule: "holidays_missing", severity: Severity::Warning, subject: year.to_string() });
    }
    Ok(findings)
}

/// Confirmed cases past their run; on another day than today, at the same hour.
async fn overdue_cases(desk: &Services, today: NaiveDate, now: DateTimeUtc) -> Result<Vec<Finding>> {
    let times = RingTimes::parse(&desk.settings.schedule.revoke_due)?;
    let then = now + (today - jst_date(now));
    let Some(ring) = last_run_through(&times, then) else { return Ok(Vec::new()) };
    let numbers = overdue::numbers(&desk.db, ring, NAMED).await?;
    let finding = |subject| Finding { rule: "overdue", severity: Severity::Violation, subject };
    Ok(numbers.into_iter().map(finding).collect())
}

fn finding(violation: Violation) -> Finding {
    // The mail history shows it too, and the revocation does not depend on it.
    let severity = if violation.rule == "mail_undeliverable" { Severity::Warning } else { Severity::Violation };
    Finding { rule: violation.rule, severity, subject: violation.subject }
}
