//! The words for where a case stands (`ui.md` section 5): derived from the stored state, the dates, the calls and
//! the lease. Pure: the facts are arguments.

use chrono::{DateTime, NaiveDate, Utc};

use super::parts::{Pill, PillColor, StatusLabel, Tone};
use crate::domain::case::{CaseState, HoldReason};
use crate::messages::{Texts, dates};

/// What the label of a case depends on.
#[derive(Debug, Clone, Copy)]
pub struct CaseFacts<'a> {
    pub state: CaseState,
    pub hold_reason: Option<HoldReason>,
    /// Calls without reaching the right person since the last change of date or contact.
    pub unanswered_calls: u32,
    pub call_back_at: Option<DateTime<Utc>>,
    pub due_on: NaiveDate,
    pub today: NaiveDate,
    /// Who holds a live lease.
    pub held_by: Option<&'a str>,
    /// The last attempt to revoke ended without an acceptance.
    pub last_attempt_failed: bool,
}

pub fn case_status(t: Texts, facts: &CaseFacts<'_>) -> StatusLabel {
    let label = |icon, tone, key: &str| StatusLabel { icon, tone, text: t.s(key).to_owned() };
    match facts.state {
        CaseState::AwaitingReissue => label("clock", Tone::Hold, "status.awaiting_reissue"),
        CaseState::AwaitingCall => awaiting_call(t, facts),
        CaseState::Confirmed => label("circle-check", Tone::Ok, "status.confirmed"),
        CaseState::Revoking if facts.last_attempt_failed => label("triangle-alert", Tone::Bad, "status.failed"),
        CaseState::Revoking => label("refresh-cw", Tone::Work, "status.revoking"),
        CaseState::Revoked => label("circle-check", Tone::Ok, "status.revoked"),
        CaseState::Completed => label("circle-check", Tone::Ok, "status.completed"),
        CaseState::OnHold => on_hold(t, facts.hold_reason),
        CaseState::Withdrawn => label("ban", Tone::Hold, "status.withdrawn"),
        CaseState::Expired => label("minus", Tone::Hold, "status.expired"),
    }
}

fn awaiting_call(t: Texts, facts: &CaseFacts<'_>) -> StatusLabel {
    if let Some(name) = facts.held_by {
        StatusLabel { icon: "lock", tone: Tone::Work, text: t.f("status.on_call", &[("name", &name)]) }
    } else if let Some(at) = facts.call_back_at {
        let when = if dates::day_of(at) == facts.today { dates::time(at) } else { dates::short_instant(t, at) };
        StatusLabel { icon: "clock", tone: Tone::Wait, text: t.f("status.call_back", &[("when", &when)]) }
    } else if facts.unanswered_calls > 0 {
        let text = t.f("status.unreached", &[("n", &facts.unanswered_calls)]);
        StatusLabel { icon: "phone-missed", tone: Tone::Wait, text }
    } else if facts.due_on > facts.today {
        StatusLabel { icon: "calendar-days", tone: Tone::Hold, text: t.s("status.scheduled").to_owned() }
    } else {
        StatusLabel { icon: "phone", tone: Tone::Call, text: t.s("status.due").to_owned() }
    }
}

fn on_hold(t: Texts, reason: Option<HoldReason>) -> StatusLabel {
    let (icon, tone, key) = match reason {
        Some(HoldReason::ContactChanged | HoldReason::WrongNumber) => ("user-pen", Tone::Hold, "status.contact_change"),
        Some(HoldReason::CaRefused) => ("triangle-alert", Tone::Bad, "status.failed"),
        Some(HoldReason::IdentityFailed | HoldReason::Manual) | None => ("pause", Tone::Hold, "status.on_hold"),
    };
    StatusLabel { icon, tone, text: t.s(key).to_owned() }
}

/// Key compromise: the day and hour by which the certificate has to be revoked, or had to be.
pub fn urgent_pill(t: Texts, deadline: DateTime<Utc>, now: DateTime<Utc>) -> Pill {
    Pill { color: PillColor::Red, icon: Some("shield-alert"), text: until(t, deadline, now) }
}

/// `16:40まで`, or `期限超過 16:40`; with the day where it is another one.
pub fn until(t: Texts, deadline: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let is_today = dates::day_of(deadline) == dates::day_of(now);
    let until = if is_today { dates::time(deadline) } else { dates::short_instant(t, deadline) };
    let key = if deadline < now { "pill.overdue" } else { "pill.until" };
    t.f(key, &[("until", &until)])
}

pub fn key_compromise_pill(t: Texts) -> Pill {
    Pill { color: PillColor::Red, icon: Some("shield-alert"), text: t.s("pill.key_compromise").to_owned() }
}

/// Its day has passed and it was not called to an end.
pub fn carried_over_pill(t: Texts) -> Pill {
    Pill { color: PillColor::Orange, icon: None, text: t.s("pill.carried_over").to_owned() }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, d).unwrap()
    }

    fn facts(state: CaseState) -> CaseFacts<'static> {
        CaseFacts {
            state,
            hold_reason: None,
            unanswered_calls: 0,
            call_back_at: None,
            due_on: day(24),
            today: day(24),
            held_by: None,
            last_attempt_failed: false,
        }
    }

    fn shown(facts: &CaseFacts<'_>) -> (String, &'static str) {
        let label = case_status(Texts::JA, facts);
        (label.text, label.icon)
    }

    #[test]
    fn every_state_has_a_word() {
        for state in CaseState::ALL {
            let (text, _) = shown(&facts(state));
            assert!(!text.is_empty() && text != "???", "{state:?}");
        }
    }

    #[test]
    fn a_case_that_waits_for_its_call_says_what_comes_next() {
        let waiting = facts(CaseState::AwaitingCall);
        let promised = Some(Utc.with_ymd_and_hms(2026, 11, 24, 1, 20, 0).unwrap());
        let another_day = Some(Utc.with_ymd_and_hms(2026, 11, 25, 1, 20, 0).unwrap());
        for (facts, text, icon) in [
            (waiting, "要電話", "phone"),
            (CaseFacts { due_on: day(25), ..waiting }, "予定", "calendar-days"),
            (CaseFacts { unanswered_calls: 2, ..waiting }, "不在 2回", "phone-missed"),
            (CaseFacts { unanswered_calls: 1, call_back_at: promised, ..waiting }, "再架電 10:20", "clock"),
            (CaseFacts { call_back_at: another_day, ..waiting }, "再架電 11/25(水) 10:20", "clock"),
            (CaseFacts { call_back_at: promised, held_by: Some("当番 葵"), ..waiting }, "通話中　当番 葵", "lock"),
        ] {
            assert_eq!(shown(&facts), (text.to_owned(), icon));
        }
    }

    #[test]
    fn a_hold_says_whether_it_waits_for_a_new_contact() {
        for (reason, text) in [
            (HoldReason::ContactChanged, "担当者変更待ち"),
            (HoldReason::WrongNumber, "担当者変更待ち"),
            (HoldReason::IdentityFailed, "保留"),
            (HoldReason::CaRefused, "失効失敗"),
            (HoldReason::Manual, "保留"),
        ] {
            let held = CaseFacts { hold_reason: Some(reason), ..facts(CaseState::OnHold) };
            assert_eq!(shown(&held).0, text, "{reason:?}");
        }
    }

    #[test]
    fn a_deadline_that_has_passed_says_so() {
        let at = |hour| Utc.with_ymd_and_hms(2026, 11, 24, hour, 40, 0).unwrap();
        for (deadline, now, text) in [
            (at(7), at(1), "16:40まで"),
            (at(7), at(7), "16:40まで"),
            (at(7), at(8), "期限超過 16:40"),
            (at(7) + chrono::Duration::days(1), at(8), "11/25(水) 16:40まで"),
        ] {
            assert_eq!(urgent_pill(Texts::JA, deadline, now).text, text);
        }
    }

    #[test]
    fn a_revocation_in_progress_shows_when_its_last_attempt_failed() {
        let revoking = facts(CaseState::Revoking);
        assert_eq!(shown(&revoking).0, "失効処理中");
        assert_eq!(shown(&CaseFacts { last_attempt_failed: true, ..revoking }).0, "失効失敗");
    }
}
