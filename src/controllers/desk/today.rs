//! S1 本日の電話確認.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::cases::site_names;
use super::frame::Frame;
use crate::controllers::extractors::Query;
use crate::domain::application::compromise_deadline;
use crate::domain::calendar::DayKind;
use crate::domain::call::CallOutcome;
use crate::domain::case::CaseState;
use crate::domain::certificate::ValidationType;
use crate::domain::contact::{PhoneNumber, whom_to_phone};
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::dates;
use crate::models::calls::{self, Call};
use crate::models::case_queue::{self, CaseRow};
use crate::models::contacts::{self, Contact};
use crate::models::revocation_cases::Case;
use crate::views::chrome::Place;
use crate::views::desk::today::{CallGroup, CallRow, CallTime, CalleeName, NextCall, TodayPage};
use crate::views::parts::{Empty, Link, Pill, PillColor, StatusLabel, Tab};
use crate::views::status::{self, CaseFacts, case_status};

/// Rows of 本日中 shown at once.
const LATER_SHOWN: usize = 50;

#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    tab: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Calls,
    Promised,
    CarriedOver,
    Mine,
    Confirmed,
    Revoked,
    OnHold,
}

impl View {
    const ALL: [(Self, &str); 7] = [
        (Self::Calls, "calls"),
        (Self::Promised, "promised"),
        (Self::CarriedOver, "carried_over"),
        (Self::Mine, "mine"),
        (Self::Confirmed, "confirmed"),
        (Self::Revoked, "revoked"),
        (Self::OnHold, "on_hold"),
    ];

    fn holds(self, entry: &Entry, frame: &Frame) -> bool {
        let case = &entry.row.case;
        match self {
            Self::Calls => entry.is_call(),
            Self::Promised => case.state == CaseState::AwaitingCall && case.next_call_at.is_some(),
            Self::CarriedOver => case.state == CaseState::AwaitingCall && case.due_on < frame.today(),
            Self::Mine => case.is_held_by(&frame.actor(), frame.now),
            Self::Confirmed => case.state == CaseState::Confirmed,
            Self::Revoked => entry.is_done(),
            Self::OnHold => case.state == CaseState::OnHold,
        }
    }
}

/// One case of the day with its calls and whom to phone.
struct Entry {
    row: CaseRow,
    calls: Vec<Call>,
    callee: Option<Contact>,
}

impl Entry {
    fn is_call(&self) -> bool {
        let case = &self.row.case;
        case.state == CaseState::AwaitingCall
            || (case.state == CaseState::Confirmed && case.compromise_reported_at.is_some())
    }

    fn is_done(&self) -> bool {
        matches!(self.row.case.state, CaseState::Revoked | CaseState::Completed)
    }

    fn is_callable(&self, now: DateTime<Utc>) -> bool {
        self.is_call() && self.row.case.next_call_at.is_none_or(|at| at <= now)
    }

    /// The next call is at an hour that the customer named, not merely the next try.
    fn is_promised(&self) -> bool {
        self.calls.last().is_some_and(|call| call.outcome == CallOutcome::CallBack)
    }

    /// Not to be called before tomorrow.
    fn is_for_another_day(&self, frame: &Frame) -> bool {
        self.row.case.next_call_at.is_some_and(|at| dates::day_of(at) > frame.today())
    }

    /// Its hour or its limit has come: key compromise, a promise, an earlier day.
    fn presses(&self, frame: &Frame) -> bool {
        let case = &self.row.case;
        self.is_callable(frame.now)
            && (case.compromise_reported_at.is_some() || case.next_call_at.is_some() || case.due_on < frame.today())
    }
}

/// `GET /desk/today`
pub async fn index(frame: Frame, Query(chosen): Query<Chosen>) -> Result<TodayPage> {
    let entries = load(&frame).await?;
    let view = View::ALL.iter().find(|(_, name)| *name == chosen.tab).map_or(View::Calls, |(view, _)| *view);
    let shown: Vec<&Entry> = entries.iter().filter(|entry| view.holds(entry, &frame)).collect();
    let groups = if view == View::Calls { call_groups(&frame, &shown) } else { one_group(&frame, view, &shown) };
    let done = entries.iter().filter(|entry| entry.is_done()).count() as u64;
    Ok(TodayPage {
        chrome: frame.chrome(Place::Today).await?,
        today: frame.today(),
        done,
        total: entries.len() as u64,
        next: next_call(&frame, &entries),
        bands: bands(&frame, &entries),
        next_day_plan: next_day_plan(&frame),
        tabs: tabs(&frame, &entries, view),
        empty: groups.iter().all(|group| group.rows.is_empty()).then(|| empty(&frame, &entries)),
        groups,
        may_call: frame.may(Permission::WorkCases),
    })
}

async fn load(frame: &Frame) -> Result<Vec<Entry>> {
    let db = &frame.desk.db;
    let rows = case_queue::of_the_day(db, frame.today(), frame.now).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.case.id).collect();
    let subscriber_ids: Vec<i64> = rows.iter().map(|row| row.subscriber.id).collect();
    let calls = calls::of_cases(db, &ids).await?;
    let people = contacts::current_of(db, &subscriber_ids).await?;
    let entry = |row: CaseRow| {
        let role = whom_to_phone(row.source.validation);
        let is_callee = |one: &&Contact| one.subscriber_id == row.subscriber.id && Some(one.role) == role;
        Entry {
            calls: calls.iter().filter(|call| call.case_id == row.case.id).cloned().collect(),
            callee: people.iter().find(is_callee).cloned(),
            row,
        }
    };
    Ok(rows.into_iter().map(entry).collect())
}

fn tabs(frame: &Frame, entries: &[Entry], current: View) -> Vec<Tab> {
    let tab = |(view, name): (View, &str)| {
        let count = entries.iter().filter(|entry| view.holds(entry, frame)).count() as u64;
        Tab {
            href: format!("/desk/today?tab={name}"),
            label: frame.t.s(&format!("today.tab.{name}")).to_owned(),
            count: Some(count.to_string()),
            hot: view == View::CarriedOver && count > 0,
            current: view == current,
        }
    };
    View::ALL.into_iter().map(tab).collect()
}

fn call_groups(frame: &Frame, entries: &[&Entry]) -> Vec<CallGroup> {
    let t = frame.t;
    let held = |entry: &&&Entry| entry.row.case.holder(frame.now).is_some();
    let (busy, free): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| held(entry));
    let (now, later): (Vec<&Entry>, Vec<&Entry>) = free.into_iter().partition(|entry| entry.presses(frame));
    let (another_day, later): (Vec<&Entry>, Vec<&Entry>) =
        later.into_iter().partition(|entry| entry.is_for_another_day(frame));
    let group = |title: &str, note: String, entries: &[&Entry]| CallGroup {
        title: t.s(title).to_owned(),
        note,
        rows: entries.iter().take(LATER_SHOWN).map(|entry| call_row(frame, entry)).collect(),
        more: (entries.len() > LATER_SHOWN).then(|| {
            let left = entries.len() - LATER_SHOWN;
            Link::new("/desk/cases?view=this_week", t.f("today.more", &[("group", &t.s(title)), ("n", &left)]))
        }),
    };
    let mut groups = vec![
        group("today.group.now", t.f("today.group.now_note", &[("n", &now.len())]), &now),
        group("today.group.later", t.f("list.count", &[("n", &later.len())]), &later),
        group("today.group.another_day", t.f("list.count", &[("n", &another_day.len())]), &another_day),
        group("today.group.busy", t.s("today.group.busy_note").to_owned(), &busy),
    ];
    groups.retain(|group| !group.rows.is_empty());
    groups
}

fn one_group(frame: &Frame, view: View, entries: &[&Entry]) -> Vec<CallGroup> {
    let name = View::ALL.iter().find(|(one, _)| *one == view).map_or("calls", |(_, name)| name);
    vec![CallGroup {
        title: frame.t.s(&format!("today.tab.{name}")).to_owned(),
        note: frame.t.f("list.count", &[("n", &entries.len())]),
        rows: entries.iter().map(|entry| call_row(frame, entry)).collect(),
        more: None,
    }]
}

fn call_row(frame: &Frame, entry: &Entry) -> CallRow {
    let (t, today, case) = (frame.t, frame.today(), &entry.row.case);
    let phone = entry.callee.as_ref().and_then(|callee| PhoneNumber::parse(&callee.phone).ok());
    let phone = phone.filter(|_| frame.may(Permission::WorkCases) || frame.may(Permission::Export));
    let carried_over = case.state == CaseState::AwaitingCall && case.due_on < today;
    CallRow {
        time: call_time(frame, entry),
        reception_number: case.reception_number.to_string(),
        ev: entry.row.source.validation == ValidationType::Ev,
        company: entry.row.subscriber.name.clone(),
        names: site_names(t, &entry.row),
        callee: callee_name(frame, entry),
        extension: phone.as_ref().and_then(PhoneNumber::extension).map(str::to_owned),
        phone: phone.map(|phone| phone.written().to_owned()),
        requested: dates::short(case.requested_on),
        requested_pill: if case.compromise_reported_at.is_some() {
            Some(status::key_compromise_pill(t))
        } else {
            carried_over.then(|| status::carried_over_pill(t))
        },
        status: status_of(frame, case, &entry.calls),
        status_note: status_note(frame, entry),
        claimable: frame.may(Permission::WorkCases) && entry.is_call() && case.holder(frame.now).is_none(),
    }
}

fn call_time(frame: &Frame, entry: &Entry) -> CallTime {
    let (t, today, case) = (frame.t, frame.today(), &entry.row.case);
    if let Some(reported_at) = case.compromise_reported_at {
        return CallTime::urgent(t, compromise_deadline(reported_at), frame.now);
    }
    if case.holder(frame.now).is_some()
        && let Some(since) = case.lease_taken_at
    {
        return CallTime::since(t, since);
    }
    match case.next_call_at {
        Some(at) if entry.is_promised() => CallTime::promised(t, at, today),
        Some(at) => CallTime::retry(t, at, today),
        None => match (days_late(frame, case.due_on), case.call_band) {
            (0, Some(band)) => CallTime::band(t, band),
            (late, _) => CallTime::any(t, late),
        },
    }
}

fn days_late(frame: &Frame, due_on: NaiveDate) -> u32 {
    if due_on >= frame.today() {
        return 0;
    }
    u32::try_from(frame.desk.calendar().business_days_between(due_on, frame.today())).unwrap_or(u32::MAX)
}

fn callee_name(frame: &Frame, entry: &Entry) -> CalleeName {
    let role = whom_to_phone(entry.row.source.validation);
    CalleeName {
        role: role.map(|role| frame.t.s(&format!("contact_role.{}", role.as_str())).to_owned()).unwrap_or_default(),
        name: entry.callee.as_ref().map(|callee| callee.name.clone()).unwrap_or_default(),
        kana: entry.callee.as_ref().and_then(|callee| callee.name_kana.clone()),
    }
}

fn status_note(frame: &Frame, entry: &Entry) -> String {
    let case = &entry.row.case;
    match (case.holder(frame.now), case.lease_until) {
        (Some(_), Some(until)) => frame.t.f("lease.held_note", &[("time", &dates::time(until))]),
        _ if entry.is_call() => frame.t.f("today.why.attempt", &[("n", &(entry.calls.len() + 1))]),
        _ => String::new(),
    }
}

/// The words for where a case stands, from its row and its calls.
pub(super) fn status_of(frame: &Frame, case: &Case, own_calls: &[Call]) -> StatusLabel {
    let unanswered = u32::try_from(calls::unanswered(own_calls)).unwrap_or(u32::MAX);
    let facts = CaseFacts {
        state: case.state,
        hold_reason: case.hold_reason,
        unanswered_calls: unanswered,
        // After an unanswered call the number of tries says more than the hour of the next one.
        call_back_at: case.next_call_at.filter(|_| unanswered == 0),
        due_on: case.due_on,
        today: frame.today(),
        held_by: case.holder(frame.now).and(case.lease_holder_name.as_deref()),
        last_attempt_failed: false,
    };
    case_status(frame.t, &facts)
}

fn next_call(frame: &Frame, entries: &[Entry]) -> Option<NextCall> {
    let t = frame.t;
    let entry =
        entries.iter().find(|entry| entry.is_callable(frame.now) && entry.row.case.holder(frame.now).is_none())?;
    let case = &entry.row.case;
    let names = site_names(t, &entry.row);
    let mut facts = vec![
        format!("{} {}", names.common_name, names.others).trim().to_owned(),
        t.f("today.why.due", &[("day", &dates::short(case.requested_on))]),
    ];
    if let Some(last) = entry.calls.last() {
        let outcome = t.s(&format!("outcome.{}", last.outcome.as_str()));
        let time = dates::short_instant(last.called_at);
        facts.push(t.f("today.why.last_call", &[("n", &entry.calls.len()), ("time", &time), ("outcome", &outcome)]));
    }
    Some(NextCall {
        ev: entry.row.source.validation == ValidationType::Ev,
        company: entry.row.subscriber.name.clone(),
        callee: callee_name(frame, entry),
        why: why_first(frame, entry),
        facts,
    })
}

/// Why this case is the next one.
fn why_first(frame: &Frame, entry: &Entry) -> Pill {
    let case = &entry.row.case;
    let (t, late) = (frame.t, days_late(frame, case.due_on));
    let pill = |color, icon, text| Pill { color, icon: Some(icon), text };
    if let Some(reported_at) = case.compromise_reported_at {
        let until = status::until(t, compromise_deadline(reported_at), frame.now);
        return pill(PillColor::Red, "shield-alert", t.f("today.why.urgent", &[("until", &until)]));
    }
    if let Some(at) = case.next_call_at {
        let time = if dates::day_of(at) == frame.today() { dates::time(at) } else { dates::short_instant(at) };
        let key = if entry.is_promised() { "today.why.promised" } else { "today.why.retry" };
        return pill(PillColor::Orange, "clock", t.f(key, &[("time", &time)]));
    }
    if late > 0 {
        return pill(PillColor::Orange, "clock", t.f("today.why.carried_over", &[("n", &late)]));
    }
    if let Some(band) = case.call_band.filter(|band| band.is_open(frame.now)) {
        let band = t.s(&format!("call_band.{}", band.as_str()));
        return pill(PillColor::Blue, "clock", t.f("today.why.band", &[("band", &band)]));
    }
    pill(PillColor::Blue, "calendar-days", t.f("today.why.due", &[("day", &dates::short(case.requested_on))]))
}

fn bands(frame: &Frame, entries: &[Entry]) -> Vec<String> {
    let (t, calendar) = (frame.t, frame.desk.calendar());
    let mut bands = Vec::new();
    if !calendar.is_open(frame.now) {
        let next = dates::short_instant(calendar.next_opening(frame.now));
        bands.push(t.f("today.closed_band", &[("next", &next)]));
    }
    let carried_over = entries.iter().filter(|entry| View::CarriedOver.holds(entry, frame)).count();
    let yesterday = frame.today().pred_opt().unwrap_or(frame.today());
    if let (DayKind::Holiday(name), true) = (calendar.day_kind(yesterday), carried_over > 0) {
        bands.push(t.f("today.carried_over_band", &[("holiday", &name), ("n", &carried_over)]));
    }
    bands
}

/// Outside business hours there is a plan to look at beside the button.
fn next_day_plan(frame: &Frame) -> Option<Link> {
    let calendar = frame.desk.calendar();
    if calendar.is_open(frame.now) {
        return None;
    }
    let day = dates::day_of(calendar.next_opening(frame.now));
    Some(Link::new(format!("/desk/cases?from={day}&to={day}"), frame.t.s("today.next_day_plan")))
}

fn empty(frame: &Frame, entries: &[Entry]) -> Empty {
    let t = frame.t;
    let promised = entries.iter().filter(|entry| entry.is_call()).filter_map(|entry| entry.row.case.next_call_at).min();
    match promised {
        Some(at) => Empty {
            text: t.f("today.nobody_now", &[("time", &dates::short_instant(at))]),
            link: Some(Link::new("/desk/cases", t.s("today.to_cases"))),
        },
        None => {
            let day = frame.desk.calendar().next_business_day(frame.today());
            let plan = format!("/desk/cases?from={day}&to={day}");
            Empty { text: t.s("today.all_done").to_owned(), link: Some(Link::new(plan, t.s("today.see_tomorrow"))) }
        }
    }
}
