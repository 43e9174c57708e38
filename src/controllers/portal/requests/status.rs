//! Where a request stands, in customers' words.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::case::CaseState;
use crate::messages::{Texts, dates};
use crate::models::calls::{self, Call};
use crate::models::revocation_cases::Case;
use crate::views::parts::{StatusLabel, Tone};

/// What the words depend on besides the case.
#[derive(Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub calls: &'a [Call],
    pub awaits_csr: bool,
    pub needs_reexamination: bool,
    pub today: NaiveDate,
}

pub(super) fn of(t: Texts, case: &Case, around: Circumstances<'_>) -> StatusLabel {
    let label =
        |icon, tone, key: &str| StatusLabel { icon, tone, text: t.s(&format!("request.status.{key}")).to_owned() };
    match case.state {
        CaseState::AwaitingReissue if around.needs_reexamination => label("clock", Tone::Wait, "reexamination"),
        CaseState::AwaitingReissue if around.awaits_csr => label("file-text", Tone::Wait, "received"),
        CaseState::AwaitingReissue => label("clock", Tone::Hold, "awaiting_reissue"),
        CaseState::AwaitingCall => awaiting_call(t, case, around),
        CaseState::Confirmed if case.compromise_reported_at.is_some() => {
            label("shield-alert", Tone::Bad, "compromised")
        }
        CaseState::Confirmed => label("circle-check", Tone::Ok, "confirmed"),
        CaseState::Revoking => label("refresh-cw", Tone::Work, "revoking"),
        CaseState::Revoked => label("circle-check", Tone::Ok, "revoked"),
        CaseState::Completed => label("circle-check", Tone::Ok, "completed"),
        CaseState::OnHold => label("pause", Tone::Wait, "on_hold"),
        CaseState::Withdrawn => label("ban", Tone::Hold, "withdrawn"),
        CaseState::Expired => label("minus", Tone::Hold, "expired"),
    }
}

fn awaiting_call(t: Texts, case: &Case, around: Circumstances<'_>) -> StatusLabel {
    let text = match planned_call(case, around) {
        PlannedCall::Promised(at) => t.f("request.status.call_back_at", &[("when", &dates::short_instant(t, at))]),
        PlannedCall::Again => t.s("request.status.call_back").to_owned(),
        PlannedCall::OnDay(day) => t.f("request.status.scheduled", &[("day", &dates::short(t, day))]),
        PlannedCall::Today => t.s("request.status.today").to_owned(),
        PlannedCall::Overdue => t.s("request.status.carried_over").to_owned(),
    };
    let (icon, tone) = match planned_call(case, around) {
        PlannedCall::Promised(_) | PlannedCall::Again => ("phone-missed", Tone::Wait),
        PlannedCall::OnDay(_) => ("calendar-days", Tone::Hold),
        PlannedCall::Today | PlannedCall::Overdue => ("phone", Tone::Call),
    };
    StatusLabel { icon, tone, text }
}

/// When the desk will phone next.
pub(super) enum PlannedCall {
    /// At an hour that the customer named.
    Promised(DateTime<Utc>),
    /// After a call in vain.
    Again,
    OnDay(NaiveDate),
    Today,
    Overdue,
}

pub(super) fn planned_call(case: &Case, around: Circumstances<'_>) -> PlannedCall {
    let in_vain = calls::unanswered(around.calls) > 0;
    match case.next_call_at {
        Some(at) if !in_vain => PlannedCall::Promised(at),
        Some(_) => PlannedCall::Again,
        None if in_vain && case.due_on <= around.today => PlannedCall::Again,
        None if case.due_on > around.today => PlannedCall::OnDay(case.due_on),
        None if case.due_on == around.today => PlannedCall::Today,
        None => PlannedCall::Overdue,
    }
}
