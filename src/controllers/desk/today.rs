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
use crate::messages::{Texts, dates};
use crate::models::call_day::{Day, DayCounts, DayPart};
use crate::models::calls::{self, Call};
use crate::models::case_queue::CaseRow;
use crate::models::contacts::{self, Contact};
use crate::models::counting::Count;
use crate::models::revocation_cases::Case;
use crate::views::chrome::Place;
use crate::views::desk::today::{CallGroup, CallRow, CallTime, CalleeName, NextCall, TodayPage};
use crate::views::parts::{Empty, Link, Pill, PillColor, StatusLabel, Tab, counted, counted_items};
use crate::views::status::{self, CaseFacts, case_status};

/// Rows of a group of calls shown at once.
const LATER_SHOWN: usize = 50;
/// Cases that are read for the page, first in call order.
const LOADED: u64 = 200;

#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    tab: String,
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
    let t = frame.t;
    let day = Day { today: frame.today(), now: frame.now, who: frame.actor().key() };
    // Before everything else: what happens meanwhile is news.
    let news = frame.newest_event().await?;
    let part = DayPart::ALL.into_iter().find(|part| part.as_str() == chosen.tab).unwrap_or(DayPart::Calls);
    let counts = day.counts(&frame.desk.db, &frame.desk.counts).await?;
    let calls = load(&frame, &day, DayPart::Calls).await?;
    let groups = if part == DayPart::Calls {
        call_groups(&frame, &calls, counts.of(part))
    } else {
        vec![one_group(&frame, part, &load(&frame, &day, part).await?, counts.of(part))]
    };
    let done = counts.of(DayPart::Revoked);
    Ok(TodayPage {
        chrome: frame.chrome(Place::Today).await?,
        news,
        today: frame.today(),
        done: done.number,
        done_label: counted(t, done),
        total: counts.all().number,
        total_label: counted_items(t, counts.all()),
        next: next_call(&frame, &calls),
        bands: bands(&frame, counts.of(DayPart::CarriedOver)),
        next_day_plan: next_day_plan(&frame),
        tabs: tabs(t, part, &counts),
        empty: groups.iter().all(|group| group.rows.is_empty()).then(|| empty(&frame, &calls)),
        groups,
        may_call: frame.may(Permission::WorkCases),
    })
}

async fn load(frame: &Frame, day: &Day, part: DayPart) -> Result<Vec<Entry>> {
    let db = &frame.desk.db;
    let rows = day.cases(db, part, LOADED).await?;
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

fn tabs(t: Texts, current: DayPart, counts: &DayCounts) -> Vec<Tab> {
    let tab = |part: DayPart| Tab {
        href: format!("/desk/today?tab={}", part.as_str()),
        label: t.s(&format!("today.tab.{}", part.as_str())).to_owned(),
        count: Some(counted(t, counts.of(part))),
        hot: part == DayPart::CarriedOver && !counts.of(part).is_zero(),
        current: part == current,
    };
    DayPart::ALL.into_iter().map(tab).collect()
}

/// `all`: how many there are, loaded or not.
fn call_groups(frame: &Frame, entries: &[Entry], all: Count) -> Vec<CallGroup> {
    let t = frame.t;
    let (busy, free): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|entry| entry.row.case.holder(frame.now).is_some());
    let (now, later): (Vec<&Entry>, Vec<&Entry>) = free.into_iter().partition(|entry| entry.presses(frame));
    let (another_day, later): (Vec<&Entry>, Vec<&Entry>) =
        later.into_iter().partition(|entry| entry.is_for_another_day(frame));
    let cut_off = all.more || all.number > entries.len() as u64;
    let counted_of = |entries: &[&Entry]| Count { number: entries.len() as u64, more: cut_off };
    let group = |title: &str, note: String, entries: &[&Entry]| CallGroup {
        title: t.s(title).to_owned(),
        note,
        rows: entries.iter().take(LATER_SHOWN).map(|entry| call_row(frame, entry)).collect(),
        more: (entries.len() > LATER_SHOWN).then(|| more(t, t.s(title), counted_of(entries), LATER_SHOWN)),
    };
    let mut groups = vec![
        group("today.group.now", t.f("today.group.now_note", &[("n", &counted_items(t, counted_of(&now)))]), &now),
        group("today.group.later", counted_items(t, counted_of(&later)), &later),
        group("today.group.another_day", counted_items(t, counted_of(&another_day)), &another_day),
        group("today.group.busy", t.s("today.group.busy_note").to_owned(), &busy),
    ];
    groups.retain(|group| !group.rows.is_empty());
    groups
}

fn one_group(frame: &Frame, part: DayPart, entries: &[Entry], all: Count) -> CallGroup {
    let t = frame.t;
    let title = t.s(&format!("today.tab.{}", part.as_str()));
    CallGroup {
        title: title.to_owned(),
        note: counted_items(t, all),
        rows: entries.iter().map(|entry| call_row(frame, entry)).collect(),
        more: (all.number > entries.len() as u64).then(|| more(t, title, all, entries.len())),
    }
}

/// To the rest of a group.
fn more(t: Texts, group: &str, all: Count, shown: usize) -> Link {
    let left = Count { number: all.number - shown as u64, ..all };
    Link::new("/desk/cases?view=this_week", t.f("today.more", &[("group", &group), ("n", &counted_items(t, left))]))
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
        requested: dates::short(t, case.requested_on),
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
        t.f("today.why.due", &[("day", &dates::short(t, case.requested_on))]),
    ];
    if let Some(last) = entry.calls.last() {
        let outcome = t.s(&format!("outcome.{}", last.outcome.as_str()));
        let time = dates::short_instant(t, last.called_at);
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
        let time = if dates::day_of(at) == frame.today() { dates::time(at) } else { dates::short_instant(t, at) };
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
    pill(PillColor::Blue, "calendar-days", t.f("today.why.due", &[("day", &dates::short(t, case.requested_on))]))
}

fn bands(frame: &Frame, carried_over: Count) -> Vec<String> {
    let (t, calendar) = (frame.t, frame.desk.calendar());
    let mut bands = Vec::new();
    if !calendar.is_open(frame.now) {
        let next = dates::short_instant(t, calendar.next_opening(frame.now));
        bands.push(t.f("today.closed_band", &[("next", &next)]));
    }
    let yesterday = frame.today().pred_opt().unwrap_or(frame.today());
    if let (DayKind::Holiday(name), true) = (calendar.day_kind(yesterday), !carried_over.is_zero()) {
        bands.push(t.f("today.carried_over_band", &[("holiday", &name), ("n", &counted_items(t, carried_over))]));
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
            text: t.f("today.nobody_now", &[("time", &dates::short_instant(t, at))]),
            link: Some(Link::new("/desk/cases", t.s("today.to_cases"))),
        },
        None => {
            let day = frame.desk.calendar().next_business_day(frame.today());
            let plan = format!("/desk/cases?from={day}&to={day}");
            Empty { text: t.s("today.all_done").to_owned(), link: Some(Link::new(plan, t.s("today.see_tomorrow"))) }
        }
    }
}
