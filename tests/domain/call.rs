//! What each outcome of a call demands, and what it does: `domain.md` section 4, `copy-ja.md` section 5.

use chrono::{DateTime, Utc};
use revocation_desk::domain::application::RequestedDate;
use revocation_desk::domain::calendar::Calendar;
use revocation_desk::domain::call::{
    CallEffect, CallOutcome, CallReport, CallSituation, IdentityChecks, SpokeWith, read_report,
};
use revocation_desk::domain::case::{CaseEvent, HoldReason};
use revocation_desk::domain::contact::ContactRole;

use crate::days::{day, japan};

const BOTH: IdentityChecks = IdentityChecks { name_and_company: true, reception_number_or_common_name: true };

/// A call about an EV case due on Tuesday 2026-11-24; the certificate lasts until 2027-04-03.
struct Made {
    outcome: CallOutcome,
    spoke_with: Option<SpokeWith>,
    identity_checks: IdentityChecks,
    call_back_at: Option<DateTime<Utc>>,
    requested_on: Option<&'static str>,
    now: DateTime<Utc>,
    call_window: u32,
    compromised: bool,
}

impl Made {
    fn with(outcome: CallOutcome) -> Self {
        Self {
            outcome,
            spoke_with: Some(SpokeWith::Contact(ContactRole::ApplicationResponsible)),
            identity_checks: BOTH,
            call_back_at: None,
            requested_on: None,
            now: japan("2026-11-24 10:24:00"),
            call_window: 0,
            compromised: false,
        }
    }

    fn read(&self) -> Result<CallEffect, Vec<&'static str>> {
        let calendar = Calendar::shipped();
        let report = CallReport {
            outcome: self.outcome,
            spoke_with: self.spoke_with,
            identity_checks: self.identity_checks,
            call_back_at: self.call_back_at,
            requested_on: self.requested_on.map(day),
        };
        let situation = CallSituation {
            whom: ContactRole::ApplicationResponsible,
            due_on: day("2026-11-24"),
            source_last_day: day("2027-04-03"),
            call_window: self.call_window,
            calendar: &calendar,
            compromised: self.compromised,
            now: self.now,
        };
        read_report(&report, &situation).map_err(|problems| problems.iter().map(|problem| problem.code).collect())
    }
}

#[test]
fn the_right_person_with_both_checks_confirms() {
    assert_eq!(Made::with(CallOutcome::Confirmed).read(), Ok(CallEffect::Confirm));
}

#[test]
fn one_identity_check_is_not_enough() {
    for checks in [
        IdentityChecks::default(),
        IdentityChecks { name_and_company: true, ..IdentityChecks::default() },
        IdentityChecks { reception_number_or_common_name: true, ..IdentityChecks::default() },
    ] {
        for outcome in [CallOutcome::Confirmed, CallOutcome::Withdraw] {
            let call = Made { identity_checks: checks, ..Made::with(outcome) };
            assert_eq!(call.read(), Err(vec!["identity_unchecked"]), "{outcome:?} {checks:?}");
        }
    }
}

#[test]
fn another_contact_cannot_confirm_for_the_one_to_be_phoned() {
    let procedure_contact = Some(SpokeWith::Contact(ContactRole::ProcedureContact));
    let call = Made { spoke_with: procedure_contact, ..Made::with(CallOutcome::Confirmed) };
    assert_eq!(call.read(), Err(vec!["wrong_contact"]));

    // Either contact is entitled to withdraw or to move the date.
    let call = Made { spoke_with: procedure_contact, ..Made::with(CallOutcome::Withdraw) };
    assert_eq!(call.read(), Ok(CallEffect::Withdraw));
}

#[test]
fn a_stranger_can_neither_confirm_nor_move_nor_withdraw() {
    for outcome in [CallOutcome::Confirmed, CallOutcome::Reschedule, CallOutcome::Withdraw] {
        for (spoke_with, code) in [(Some(SpokeWith::Stranger), "spoke_with_stranger"), (None, "spoke_with_missing")] {
            let call = Made { spoke_with, requested_on: Some("2026-12-08"), ..Made::with(outcome) };
            assert_eq!(call.read(), Err(vec![code]), "{outcome:?}");
        }
    }
}

#[test]
fn a_confirmation_counts_from_the_due_day_on_and_earlier_within_the_call_window() {
    // Friday 11-20 is one business day before Tuesday 11-24: Monday 11-23 is a holiday.
    for (now, window, early) in [
        ("2026-11-23 23:59:59", 0, true),
        ("2026-11-24 00:00:00", 0, false),
        ("2026-11-19 23:59:59", 1, true),
        ("2026-11-20 00:00:00", 1, false),
        ("2026-11-27 10:00:00", 0, false),
    ] {
        let call = Made { now: japan(now), call_window: window, ..Made::with(CallOutcome::Confirmed) };
        let expected = if early { Err(vec!["confirmed_too_early"]) } else { Ok(CallEffect::Confirm) };
        assert_eq!(call.read(), expected, "{now} window {window}");
    }
}

#[test]
fn a_call_back_needs_a_time_to_come_within_business_hours() {
    for (at, expected) in [
        (None, Some("call_back_missing")),
        (Some("2026-11-24 10:24:00"), Some("call_back_past")),
        (Some("2026-11-24 10:24:01"), None),
        (Some("2026-11-24 17:59:00"), None),
        (Some("2026-11-24 18:30:00"), Some("call_back_closed")),
        (Some("2026-11-25 08:59:59"), Some("call_back_closed")),
        (Some("2026-11-25 09:00:00"), None),
        (Some("2026-11-28 10:00:00"), Some("call_back_closed")),
    ] {
        let call = Made { call_back_at: at.map(japan), ..Made::with(CallOutcome::CallBack) };
        match expected {
            None => assert_eq!(call.read(), Ok(CallEffect::CallBack { at: japan(at.unwrap()) })),
            Some(code) => assert_eq!(call.read(), Err(vec![code]), "{at:?}"),
        }
    }
}

#[test]
fn a_new_date_keeps_the_limits_of_the_application() {
    for (date, expected) in [
        (None, Err("requested_on_missing")),
        (Some("2026-11-23"), Err("requested_on_past")),
        (Some("2026-12-05"), Ok("2026-12-07")),
        (Some("2026-12-08"), Ok("2026-12-08")),
        (Some("2027-04-02"), Ok("2027-04-02")),
        (Some("2027-04-04"), Err("requested_on_after_last_day")),
    ] {
        let call = Made { requested_on: date, ..Made::with(CallOutcome::Reschedule) };
        let expected = match expected {
            Ok(due_on) => {
                Ok(CallEffect::Reschedule(RequestedDate { requested_on: day(date.unwrap()), due_on: day(due_on) }))
            }
            Err(code) => Err(vec![code]),
        };
        assert_eq!(call.read(), expected, "{date:?}");
    }
}

#[test]
fn a_call_can_neither_postpone_nor_withdraw_a_reported_key_compromise() {
    for (outcome, code) in
        [(CallOutcome::Reschedule, "compromise_takes_no_date"), (CallOutcome::Withdraw, "compromise_not_withdrawable")]
    {
        let call = Made { compromised: true, requested_on: Some("2026-12-08"), ..Made::with(outcome) };
        assert_eq!(call.read(), Err(vec![code]), "{outcome:?}");
    }
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    let call = Made {
        spoke_with: None,
        identity_checks: IdentityChecks::default(),
        now: japan("2026-11-20 10:00:00"),
        ..Made::with(CallOutcome::Confirmed)
    };
    assert_eq!(call.read(), Err(vec!["identity_unchecked", "spoke_with_missing", "confirmed_too_early"]));
}

#[test]
fn outcomes_that_act_on_nobody_s_word_demand_nobody() {
    for (outcome, effect) in [
        (CallOutcome::NoAnswer, CallEffect::Retry),
        (CallOutcome::ContactChanged, CallEffect::Hold(HoldReason::ContactChanged)),
        (CallOutcome::WrongNumber, CallEffect::Hold(HoldReason::WrongNumber)),
        (CallOutcome::IdentityFailed, CallEffect::Hold(HoldReason::IdentityFailed)),
        (CallOutcome::KeyCompromise, CallEffect::ReportKeyCompromise),
    ] {
        let call = Made { spoke_with: None, identity_checks: IdentityChecks::default(), ..Made::with(outcome) };
        assert_eq!(call.read(), Ok(effect), "{outcome:?}");
    }
}

#[test]
fn each_effect_is_one_event_of_the_case() {
    let date = RequestedDate { requested_on: day("2026-12-08"), due_on: day("2026-12-08") };
    for (effect, event) in [
        (CallEffect::Confirm, CaseEvent::CallConfirmed),
        (CallEffect::Retry, CaseEvent::CallUnanswered),
        (CallEffect::CallBack { at: japan("2026-11-24 11:30:00") }, CaseEvent::CallBackPromised),
        (CallEffect::Reschedule(date), CaseEvent::DateChanged),
        (CallEffect::Withdraw, CaseEvent::Withdrawn),
        (CallEffect::Hold(HoldReason::Manual), CaseEvent::CallBlocked),
        (CallEffect::ReportKeyCompromise, CaseEvent::KeyCompromiseReported),
    ] {
        assert_eq!(effect.event(), event);
    }
}

#[test]
fn outcomes_are_the_same_in_code_and_constraint() {
    let migration = include_str!("../../migration/src/m20261122_000001_desk.rs");
    let constraint =
        migration.split_once("outcome TEXT NOT NULL CHECK (outcome IN (").unwrap().1.split_once("))").unwrap().0;
    let stored: Vec<&str> = constraint.split(',').map(|word| word.trim().trim_matches('\'')).collect();
    let coded: Vec<&str> = CallOutcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
    let mut coded_sorted = coded.clone();
    coded_sorted.sort_unstable();
    let mut stored_sorted = stored;
    stored_sorted.sort_unstable();
    assert_eq!(stored_sorted, coded_sorted);
}
