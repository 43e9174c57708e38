//! S2 失効待ち一覧.

use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;

use super::frame::{Frame, case_href};
use super::today::status_of;
use crate::controllers::extractors::Query;
use crate::controllers::session::percent;
use crate::domain::application::compromise_deadline;
use crate::domain::case::CaseState;
use crate::domain::certificate::ValidationType;
use crate::domain::contact::{PhoneNumber, whom_to_phone};
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::case_queue::{self, CaseFilter, CaseRow, CaseView, Cursor, Page};
use crate::models::counting::Count;
use crate::models::{calls, contacts, revocation_cases};
use crate::views::chrome::Place;
use crate::views::desk::cases::{CaseFilter as FilterForm, CaseRow as Row, CasesPage};
use crate::views::form::Choice;
use crate::views::parts::{Empty, Link, Pager, SiteNames, Tab, counted, counted_items};
use crate::views::status;

const PAGE: u64 = 50;
const VIEWS: [(CaseView, &str); 6] = [
    (CaseView::Open, "cases.tab.all"),
    (CaseView::ThisWeek, "cases.tab.this_week"),
    (CaseView::Overdue, "cases.tab.overdue"),
    (CaseView::Ev, "cases.tab.ev"),
    (CaseView::ContactChange, "cases.tab.contact_change"),
    (CaseView::Closed, "cases.tab.closed"),
];

/// `GET /desk/cases`. A complete reception number in the search opens its case, a telephone number finds its caller.
pub async fn index(frame: Frame, Query(form): Query<FilterForm>) -> Result<Response> {
    if let Ok(number) = form.q.parse::<ReceptionNumber>()
        && revocation_cases::by_reception_number(&frame.desk.db, number).await.is_ok()
    {
        return Ok(Redirect::to(&case_href(number)).into_response());
    }
    if frame.may(Permission::WorkCases) && PhoneNumber::parse(&form.q).is_ok() {
        return Ok(Redirect::to(&format!("/desk/calls/incoming?number={}", percent(&form.q))).into_response());
    }
    let news = frame.newest_event().await?;
    let today = frame.today();
    let filter = filter_of(&form);
    let page = page_of(&form);
    let urgent = urgent(&frame, &filter).await?;
    let calm = CaseFilter { except: urgent.iter().map(|row| row.case.id).collect(), ..filter.clone() };
    let (rows, more) = case_queue::page(&frame.desk.db, &calm, page, PAGE, today).await?;
    let counts = case_queue::counts(&frame.desk.db, &frame.desk.counts, frame.today()).await?;
    let listed = urgent.len() + rows.len();
    let of_view = VIEWS.iter().zip(&counts).find(|((view, _), _)| *view == filter.view);
    let total = match (filter.term(), of_view) {
        (Some(_), _) => found(page, listed, more),
        (None, Some((_, count))) if !filter.is_narrowed() => *count,
        (None, _) => case_queue::count(&frame.desk.db, &filter, frame.today()).await?,
    };
    let total = counted_items(frame.t, total);
    let shown = frame.t.f("list.shown", &[("total", &total), ("n", &listed)]);
    let pager = pager(&form, page, &rows, more, shown);
    let rows = [urgent, rows].concat();
    let mut chrome = frame.chrome(Place::Cases).await?;
    chrome.search.clone_from(&form.q);
    Ok(CasesPage {
        chrome,
        news,
        total,
        tabs: tabs(frame.t, filter.view, &counts),
        validations: validation_choices(frame.t, &form.validation),
        states: state_choices(frame.t, &form.state),
        rows: list_rows(&frame, &rows).await?,
        empty: rows.is_empty().then(|| Empty {
            text: frame.t.s("cases.empty").to_owned(),
            link: Some(Link::new("/desk/cases", frame.t.s("list.clear"))),
        }),
        pager,
        filter: form,
    }
    .into_response())
}

/// A search is not counted: it says what its page shows.
fn found(page: Page, listed: usize, more: bool) -> Count {
    let number = listed as u64;
    if page == Page::First && !more { Count::exactly(number) } else { Count::at_least(number) }
}

/// Key compromises stand on top of every page, whatever day they were asked for, first deadline first.
async fn urgent(frame: &Frame, filter: &CaseFilter) -> Result<Vec<CaseRow>> {
    let filter = CaseFilter { urgent: true, ..filter.clone() };
    let (mut rows, _) = case_queue::page(&frame.desk.db, &filter, Page::First, PAGE, frame.today()).await?;
    rows.sort_by_key(|row| row.case.compromise_reported_at);
    Ok(rows)
}

/// What cannot be read narrows nothing down: a list is shown rather than an error. A search outside the views finds
/// closed cases too.
fn filter_of(form: &FilterForm) -> CaseFilter {
    let state = form.state.parse().ok();
    CaseFilter {
        view: form.view.parse().unwrap_or_default(),
        everything: form.view.is_empty() && (state.is_some() || !form.q.trim().is_empty()),
        state,
        validation: form.validation.parse().ok(),
        due_from: form.from.parse().ok(),
        due_to: form.to.parse().ok(),
        q: Some(form.q.clone()),
        urgent: false,
        except: Vec::new(),
    }
}

fn page_of(form: &FilterForm) -> Page {
    Page::of(cursor_of(&form.after), cursor_of(&form.before))
}

/// `2026-12-01.412`
fn cursor_of(text: &str) -> Option<Cursor> {
    let (due_on, id) = text.split_once('.')?;
    Some(Cursor { due_on: due_on.parse::<NaiveDate>().ok()?, id: id.parse().ok()? })
}

fn cursor_text(row: &CaseRow) -> String {
    format!("{}.{}", row.case.due_on, row.case.id)
}

fn pager(form: &FilterForm, page: Page, rows: &[CaseRow], more: bool, shown: String) -> Pager {
    let (earlier, later) = page.neighbours(more);
    let first = rows.first().filter(|_| earlier).map(|row| form.page_before(&cursor_text(row)));
    let last = rows.last().filter(|_| later).map(|row| form.page_after(&cursor_text(row)));
    Pager { shown, previous: first, next: last }
}

fn tabs(t: Texts, current: CaseView, counts: &[Count]) -> Vec<Tab> {
    let tab = |((view, key), count): ((CaseView, &str), &Count)| Tab {
        href: format!("/desk/cases?view={}", view.as_str()),
        label: t.s(key).to_owned(),
        count: Some(counted(t, *count)),
        hot: view == CaseView::Overdue && !count.is_zero(),
        current: view == current,
    };
    VIEWS.into_iter().zip(counts).map(tab).collect()
}

fn validation_choices(t: Texts, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", t.s("list.all"), chosen.is_empty())];
    for (kind, label) in [(ValidationType::Ev, "EV"), (ValidationType::Ov, "OV")] {
        choices.push(Choice::new(kind.as_str(), label, chosen == kind.as_str()));
    }
    choices
}

fn state_choices(t: Texts, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", t.s("list.all"), chosen.is_empty())];
    for state in CaseState::ALL {
        let label = t.s(&format!("state.{}", state.as_str()));
        choices.push(Choice::new(state.as_str(), label, chosen == state.as_str()));
    }
    choices
}

async fn list_rows(frame: &Frame, rows: &[CaseRow]) -> Result<Vec<Row>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.case.id).collect();
    let calls = calls::of_cases(&frame.desk.db, &ids).await?;
    let subscriber_ids: Vec<i64> = rows.iter().map(|row| row.subscriber.id).collect();
    let people = contacts::current_of(&frame.desk.db, &subscriber_ids).await?;
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        let own: Vec<_> = calls.iter().filter(|call| call.case_id == row.case.id).cloned().collect();
        let role = whom_to_phone(row.source.validation);
        let callee = people.iter().find(|one| one.subscriber_id == row.subscriber.id && Some(one.role) == role);
        listed.push(list_row(frame, row, &own, callee.map(|one| one.name.as_str()).unwrap_or_default()));
    }
    Ok(listed)
}

fn list_row(frame: &Frame, row: &CaseRow, calls: &[calls::Call], callee_name: &str) -> Row {
    let (t, today, case) = (frame.t, frame.today(), &row.case);
    let role = whom_to_phone(row.source.validation);
    let last_day = dates::day_of(row.source.not_after);
    let overdue = case.state == CaseState::AwaitingCall && case.due_on < today;
    let urgent = case.compromise_reported_at.filter(|_| case.revoked_at.is_none()).map(compromise_deadline);
    Row {
        reception_number: case.reception_number.to_string(),
        ev: row.source.validation == ValidationType::Ev,
        requested: dates::short(t, case.requested_on),
        requested_note: if case.due_on == today { t.s("day.today").to_owned() } else { String::new() },
        requested_pill: match urgent {
            Some(deadline) => Some(status::urgent_pill(t, deadline, frame.now)),
            None => overdue.then(|| status::carried_over_pill(t)),
        },
        company: row.subscriber.name.clone(),
        names: site_names(t, row),
        callee_name: callee_name.to_owned(),
        callee_role: role.map(|role| t.s(&format!("contact_role.{}", role.as_str())).to_owned()).unwrap_or_default(),
        source_expires: dates::numeric(last_day),
        source_remaining: t.f("cases.remaining", &[("n", &(last_day - today).num_days().max(0))]),
        replacement: match case.replacement_certificate_id {
            Some(_) => t.s("cases.replacement_issued").to_owned(),
            None => t.s("cases.replacement_waiting").to_owned(),
        },
        status: status_of(frame, case, calls),
        status_note: String::new(),
        holder: case.holder(frame.now).and(case.lease_holder_name.clone()),
    }
}

pub(super) fn site_names(t: Texts, row: &CaseRow) -> SiteNames {
    let others = row.source.dns_names.lines().filter(|name| *name != row.source.common_name).count();
    SiteNames::new(t, row.source.common_name.clone(), others)
}
