//! S2 失効待ち一覧: find cases, plan them, choose many for one act.

mod columns;
mod export;
mod filter;
mod rows;
mod tabs;
mod views;

use axum::response::{IntoResponse, Redirect, Response};

pub use columns::choose as choose_columns;
pub use export::create as export;
pub(super) use filter::filter_of;
pub(super) use rows::site_names;
pub(super) use tabs::form_of;
pub(super) use views::in_words;
pub use views::{
    create as save_view, destroy as remove_view, edit as edit_view, new as new_view, update as change_view,
};

use super::frame::{Frame, case_href};
use crate::controllers::extractors::Query;
use crate::controllers::session::percent;
use crate::domain::bulk::{BulkKind, LIMIT};
use crate::domain::contact::PhoneNumber;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::Texts;
use crate::models::case_list::{self, CaseOrder, CaseSort, Mark, Page};
use crate::models::case_queue::{self, CaseFilter, CaseRow};
use crate::models::counting::Count;
use crate::models::{list_columns, revocation_cases, saved_views};
use crate::views::chrome::Place;
use crate::views::desk::cases::{CaseFilter as FilterForm, CasesPage, Heading, Headings, Selection, Sorted};
use crate::views::form::Choice;
use crate::views::parts::{Empty, Link, Pager, counted, counted_items};

const PAGE: u64 = 50;

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
    Ok(page(frame, form).await?.into_response())
}

async fn page(frame: Frame, form: FilterForm) -> Result<CasesPage> {
    let (t, db, today) = (frame.t, &frame.desk.db, frame.today());
    let news = frame.newest_event().await?;
    let filter = filter_of(&frame, &form);
    let order = form.sort.parse::<CaseOrder>().unwrap_or_default().within(&filter);
    let read = |text: &str| Mark::read(text, order);
    let place = Page::of(read(&form.after), read(&form.before));
    let urgent = urgent(&frame, &filter).await?;
    let calm = CaseFilter { except: urgent.iter().map(|row| row.case.id).collect(), ..filter.clone() };
    let (rows, more) = case_list::page(db, &calm, order, &place, PAGE, today).await?;
    let saved = saved_views::visible_to(db, frame.staff.id).await?;
    let tabs = tabs::tabs(&frame, &form, &filter, &saved).await?;
    let listed = urgent.len() + rows.len();
    let whole = place == Page::First && !more;
    let total = match (filter.term(), tabs.current) {
        (Some(_), _) => found(whole, listed),
        (None, Some(count)) if !filter.is_narrowed() => count,
        (None, _) => case_queue::count(db, &filter, today).await?,
    };
    let shown = t.f("list.shown", &[("total", &counted_items(t, total)), ("n", &listed)]);
    let pager = pager(&form, order, &place, &rows, more, shown);
    let rows = [urgent, rows].concat();
    let columns = list_columns::of_user(db, frame.staff.id).await?;
    let mut chrome = frame.chrome(Place::Cases).await?;
    chrome.search.clone_from(&form.q);
    Ok(CasesPage {
        chrome,
        news,
        total: counted_items(t, total),
        tabs: tabs.tabs,
        keep: views::keep(&frame, &form, &saved),
        validations: filter::validation_choices(t, &form.validation),
        states: filter::state_choices(t, &form.state),
        assignees: filter::assignee_choices(&frame, &form.assignee).await?,
        headings: headings(t, &filter, order),
        order: t.s(&format!("lists.order.{order}")).to_owned(),
        columns: columns::choices(t, &columns),
        selection: frame.may(Permission::WorkCases).then(|| selection(&frame, &form, total, rows.len())),
        empty: rows.is_empty().then(|| Empty {
            text: t.s("cases.empty").to_owned(),
            link: Some(Link::new("/desk/cases", t.s("list.clear"))),
        }),
        rows: rows::list_rows(&frame, &rows, &columns, !form.select.is_empty()).await?,
        pager,
        filter: form,
    })
}

/// A search is not counted: it says what its page shows.
fn found(whole: bool, listed: usize) -> Count {
    let number = listed as u64;
    if whole { Count::exactly(number) } else { Count::at_least(number) }
}

/// Key compromises stand on top of every page, whatever day they were asked for, first deadline first.
async fn urgent(frame: &Frame, filter: &CaseFilter) -> Result<Vec<CaseRow>> {
    let filter = CaseFilter { urgent: true, ..filter.clone() };
    let first = case_queue::Page::First;
    let (mut rows, _) = case_queue::page(&frame.desk.db, &filter, first, PAGE, frame.today()).await?;
    rows.sort_by_key(|row| row.case.compromise_reported_at);
    Ok(rows)
}

fn pager(form: &FilterForm, order: CaseOrder, page: &Page, rows: &[CaseRow], more: bool, shown: String) -> Pager {
    let (earlier, later) = page.neighbours(more);
    let mark = |row: &CaseRow| Mark::of(row, order).to_string();
    let first = rows.first().filter(|_| earlier).map(|row| form.page_before(&mark(row)));
    let last = rows.last().filter(|_| later).map(|row| form.page_after(&mark(row)));
    Pager { shown, previous: first, next: last }
}

fn headings(t: Texts, filter: &CaseFilter, order: CaseOrder) -> Headings {
    let sorts = case_list::sorts(filter);
    let heading = |sort: CaseSort, key: &str| {
        let sorted = match (order.sort == sort, order.descending) {
            (false, _) => Sorted::Not,
            (true, false) => Sorted::Ascending,
            (true, true) => Sorted::Descending,
        };
        let next = CaseOrder { sort, descending: sorted == Sorted::Ascending };
        // A search goes by date, whatever is pressed.
        let offered = sorts.contains(&sort) && filter.term().is_none();
        Heading { label: t.s(key).to_owned(), sort: offered.then(|| next.to_string()), sorted }
    };
    Headings {
        requested: heading(CaseSort::DueOn, "col.requested_on"),
        number: heading(CaseSort::ReceptionNumber, "col.reception_number"),
        company: heading(CaseSort::Organization, "col.company"),
        expires: heading(CaseSort::Expiry, "cases.source_expires"),
    }
}

fn selection(frame: &Frame, form: &FilterForm, total: Count, listed: usize) -> Selection {
    let t = frame.t;
    let whole = form.select == "all";
    let on_page = form.select == "page";
    let chosen = match (whole, on_page) {
        (true, _) => t.f("lists.all_chosen", &[("n", &counted(t, total))]),
        (false, true) => t.f("lists.chosen", &[("n", &listed)]),
        (false, false) => t.f("lists.chosen", &[("n", &0)]),
    };
    let too_many = total.number > LIMIT as u64;
    let all = Link::new(form.selecting("all"), t.f("lists.select_all", &[("n", &counted(t, total))]));
    Selection {
        csrf: frame.staff.csrf.clone(),
        whole,
        chosen,
        page: (!on_page && !whole)
            .then(|| Link::new(form.selecting("page"), t.f("lists.select_page", &[("n", &listed)]))),
        all: (!whole && !too_many).then_some(all),
        none: (on_page || whole).then(|| Link::new(form.selecting(""), t.s("lists.select_none"))),
        note: too_many.then(|| t.f("lists.too_many", &[("limit", &LIMIT)])),
        acts: [BulkKind::Assign, BulkKind::Reschedule, BulkKind::Resend, BulkKind::Revoke]
            .map(|kind| Choice::new(kind.as_str(), t.s(&format!("bulk.act.{}", kind.as_str())), false))
            .into(),
    }
}
