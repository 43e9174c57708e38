//! The phone call: its outcomes, and what each one demands before it may be recorded.
//!
//! [`read_report`] turns what the agent filled in into a [`CallEffect`] or into the complete list of what is
//! missing; it decides nothing about states (that is `case.rs`).

use chrono::{DateTime, NaiveDate, Utc};

use super::application::{RequestedDate, check_requested_on};
use super::calendar::{Calendar, hours::written, jst_date};
use super::case::{CaseEvent, HoldReason};
use super::contact::ContactRole;
use super::named::named;
use super::problem::Problem;

named! {
    /// In the order of the call form.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum CallOutcome {
        Confirmed = "confirmed",
        NoAnswer = "no_answer",
        CallBack = "call_back",
        Reschedule = "reschedule",
        Withdraw = "withdraw",
        ContactChanged = "contact_changed",
        IdentityFailed = "identity_failed",
        WrongNumber = "wrong_number",
        KeyCompromise = "key_compromise",
    }
    else |text| Problem::on("outcome", "outcome_unknown").with("value", text)
}

/// Both checks of the call script: the person gave company and name, and the reception number or common name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IdentityChecks {
    pub name_and_company: bool,
    pub reception_number_or_common_name: bool,
}

impl IdentityChecks {
    pub fn complete(self) -> bool {
        self.name_and_company && self.reception_number_or_common_name
    }
}

/// Who was on the line, as far as the contact records know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpokeWith {
    Contact(ContactRole),
    /// Somebody who stands in no contact record.
    Stranger,
}

/// What the agent filled in.
#[derive(Debug, Clone)]
pub struct CallReport {
    pub outcome: CallOutcome,
    pub spoke_with: Option<SpokeWith>,
    pub identity_checks: IdentityChecks,
    pub call_back_at: Option<DateTime<Utc>>,
    pub requested_on: Option<NaiveDate>,
}

/// The case as the call finds it.
#[derive(Debug, Clone, Copy)]
pub struct CallSituation<'a> {
    pub whom: ContactRole,
    pub due_on: NaiveDate,
    pub source_last_day: NaiveDate,
    /// How many business days before `due_on` a confirmation counts [setting, default 0].
    pub call_window: u32,
    pub calendar: &'a Calendar,
    /// A key compromise was reported: the CA is bound to revoke within 24 hours (BR 4.9.1.1).
    pub compromised: bool,
    pub now: DateTime<Utc>,
}

/// What the call does to the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEffect {
    Confirm,
    /// Nobody entitled was reached; the retry rule sets the next call.
    Retry,
    CallBack {
        at: DateTime<Utc>,
    },
    Reschedule(RequestedDate),
    Withdraw,
    Hold(HoldReason),
    ReportKeyCompromise,
}

impl CallEffect {
    pub fn event(&self) -> CaseEvent {
        match self {
            Self::Confirm => CaseEvent::CallConfirmed,
            Self::Retry => CaseEvent::CallUnanswered,
            Self::CallBack { .. } => CaseEvent::CallBackPromised,
            Self::Reschedule(_) => CaseEvent::DateChanged,
            Self::Withdraw => CaseEvent::Withdrawn,
            Self::Hold(_) => CaseEvent::CallBlocked,
            Self::ReportKeyCompromise => CaseEvent::KeyCompromiseReported,
        }
    }
}

/// Reads a report against the case, or says everything that is wrong with it at once.
pub fn read_report(report: &CallReport, situation: &CallSituation<'_>) -> Result<CallEffect, Vec<Problem>> {
    let mut problems = Vec::new();
    if demands_identity(report.outcome) {
        check_identity(report, &mut problems);
    }
    let effect = match report.outcome {
        CallOutcome::Confirmed => {
            check_right_person(report, situation, &mut problems);
            check_call_window(situation, &mut problems);
            Some(CallEffect::Confirm)
        }
        CallOutcome::NoAnswer => Some(CallEffect::Retry),
        CallOutcome::CallBack => read_call_back(report, situation, &mut problems),
        CallOutcome::Reschedule => read_new_date(report, situation, &mut problems),
        CallOutcome::Withdraw => {
            if situation.compromised {
                problems.push(Problem::on("outcome", "compromise_not_withdrawable"));
            }
            Some(CallEffect::Withdraw)
        }
        CallOutcome::ContactChanged => Some(CallEffect::Hold(HoldReason::ContactChanged)),
        CallOutcome::IdentityFailed => Some(CallEffect::Hold(HoldReason::IdentityFailed)),
        CallOutcome::WrongNumber => Some(CallEffect::Hold(HoldReason::WrongNumber)),
        CallOutcome::KeyCompromise => Some(CallEffect::ReportKeyCompromise),
    };
    match effect {
        Some(effect) if problems.is_empty() => Ok(effect),
        Some(_) | None => Err(problems),
    }
}

/// Outcomes that act on the customer's word need to know whose word it is. Key compromise has no phone gate
/// (`domain.md` section 3.7): waiting for a proven identity would eat the 24 hours.
fn demands_identity(outcome: CallOutcome) -> bool {
    match outcome {
        CallOutcome::Confirmed | CallOutcome::Reschedule | CallOutcome::Withdraw => true,
        CallOutcome::NoAnswer
        | CallOutcome::CallBack
        | CallOutcome::ContactChanged
        | CallOutcome::IdentityFailed
        | CallOutcome::WrongNumber
        | CallOutcome::KeyCompromise => false,
    }
}

fn check_identity(report: &CallReport, problems: &mut Vec<Problem>) {
    if !report.identity_checks.complete() {
        problems.push(Problem::on("identity_checks", "identity_unchecked"));
    }
    match report.spoke_with {
        None => problems.push(Problem::on("spoke_with", "spoke_with_missing")),
        Some(SpokeWith::Stranger) => problems.push(Problem::on("spoke_with", "spoke_with_stranger")),
        Some(SpokeWith::Contact(_)) => {}
    }
}

fn check_right_person(report: &CallReport, situation: &CallSituation<'_>, problems: &mut Vec<Problem>) {
    if let Some(SpokeWith::Contact(role)) = report.spoke_with
        && role != situation.whom
    {
        problems.push(
            Problem::on("spoke_with", "wrong_contact")
                .with("needed", situation.whom.as_str())
                .with("given", role.as_str()),
        );
    }
}

fn check_call_window(situation: &CallSituation<'_>, problems: &mut Vec<Problem>) {
    let first = first_call_day(situation.due_on, situation.call_window, situation.calendar);
    if jst_date(situation.now) < first {
        problems.push(Problem::on("outcome", "confirmed_too_early").with("first_day", first));
    }
}

/// The first day on which a confirmation may be recorded.
pub fn first_call_day(due_on: NaiveDate, call_window: u32, calendar: &Calendar) -> NaiveDate {
    calendar.business_days_before(due_on, call_window)
}

fn read_call_back(
    report: &CallReport,
    situation: &CallSituation<'_>,
    problems: &mut Vec<Problem>,
) -> Option<CallEffect> {
    let Some(at) = report.call_back_at else {
        problems.push(Problem::on("call_back_at", "call_back_missing"));
        return None;
    };
    if at <= situation.now {
        problems.push(Problem::on("call_back_at", "call_back_past"));
    } else if !situation.calendar.is_open(at) {
        let hours = situation.calendar.hours_on(jst_date(at));
        let closed = Problem::on("call_back_at", "call_back_closed");
        problems.push(closed.with("opens", written(hours.opens)).with("closes", written(hours.closes)));
    }
    Some(CallEffect::CallBack { at })
}

fn read_new_date(
    report: &CallReport,
    situation: &CallSituation<'_>,
    problems: &mut Vec<Problem>,
) -> Option<CallEffect> {
    if situation.compromised {
        problems.push(Problem::on("outcome", "compromise_takes_no_date"));
        return None;
    }
    let Some(requested_on) = report.requested_on else {
        problems.push(Problem::on("requested_on", "requested_on_missing"));
        return None;
    };
    match check_requested_on(requested_on, jst_date(situation.now), situation.source_last_day, situation.calendar) {
        Ok(date) => Some(CallEffect::Reschedule(date)),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}
