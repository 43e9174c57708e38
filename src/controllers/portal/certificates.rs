//! 証明書一覧.

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::DateTime;
use loco_rs::app::AppContext;

use super::frame::PortalFrame;
use super::{HOME, certificate, downloads};
use crate::controllers::extractors::Query;
use crate::domain::certificate::ValidationType;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::certificate_list::{
    self, CertificateFilter, CertificateRow, CertificateView, Cursor, ListedCertificate, Page,
};
use crate::models::counting::Count;
use crate::views::parts::{Empty, Link, Pager, SiteNames, Tab, counted, counted_items};
use crate::views::portal::certificate_status::{CertificateStanding, certificate_status, kind};
use crate::views::portal::certificates::{CertificateRow as Row, CertificatesFilter, CertificatesPage};

const PAGE: u64 = 50;
const VIEWS: [(CertificateView, &str); 4] = [
    (CertificateView::Valid, "certificate_list.tab.valid"),
    (CertificateView::InProgress, "certificate_list.tab.in_progress"),
    (CertificateView::Ended, "certificate_list.tab.ended"),
    (CertificateView::All, "certificate_list.tab.all"),
];

pub fn routes() -> Router<AppContext> {
    Router::new().route(HOME, get(index)).merge(certificate::routes()).merge(downloads::routes())
}

/// `/portal/certificates/RQ-260806-0182`
pub fn certificate_href(number: ReceptionNumber) -> String {
    format!("{HOME}/{number}")
}

/// `GET /portal/certificates`. A complete reception number in the search opens its certificate.
async fn index(frame: PortalFrame, Query(form): Query<CertificatesFilter>) -> Result<Response> {
    let (db, subscriber_id) = (&frame.db, frame.customer.subscriber_id);
    if let Ok(number) = form.q.parse::<ReceptionNumber>()
        && certificate_list::of_subscriber(db, subscriber_id, number).await.is_ok()
    {
        return Ok(Redirect::to(&certificate_href(number)).into_response());
    }
    // What cannot be read narrows nothing down: a list is shown rather than an error.
    let view = form.view.parse().unwrap_or_default();
    let filter = CertificateFilter { subscriber_id, view, q: form.q.clone() };
    let page = page_of(&form);
    let (rows, more) = certificate_list::page(db, &filter, page, PAGE, frame.now).await?;
    let counts = counts(&frame, &filter).await?;
    let total = counts.iter().find(|(one, _)| *one == view).map(|(_, count)| *count).unwrap_or_default();
    Ok(CertificatesPage {
        chrome: frame.chrome().await?,
        tabs: tabs(frame.t, &form, view, &counts),
        empty: rows.is_empty().then(|| empty(frame.t, &form, view, &counts)),
        pager: pager(frame.t, &form, page, &rows, more, total),
        rows: rows.iter().map(|row| list_row(&frame, row)).collect(),
        filter: form,
    }
    .into_response())
}

fn page_of(form: &CertificatesFilter) -> Page {
    Page::of(cursor_of(&form.after), cursor_of(&form.before))
}

/// `1785974400.412`: certificates know no fractions of a second.
fn cursor_of(text: &str) -> Option<Cursor> {
    let (seconds, id) = text.split_once('.')?;
    let not_before = DateTime::from_timestamp(seconds.parse().ok()?, 0)?;
    Some(Cursor { not_before, id: id.parse().ok()? })
}

fn cursor_text(row: &CertificateRow) -> String {
    format!("{}.{}", row.certificate.not_before.timestamp(), row.certificate.id)
}

type Counts = Vec<(CertificateView, Count)>;

async fn counts(frame: &PortalFrame, filter: &CertificateFilter) -> Result<Counts> {
    let filters = CertificateView::ALL.map(|view| CertificateFilter { view, ..filter.clone() });
    let counts = certificate_list::counts(&frame.db, filters, frame.now).await?;
    Ok(CertificateView::ALL.into_iter().zip(counts).collect())
}

fn tabs(t: Texts, form: &CertificatesFilter, current: CertificateView, counts: &Counts) -> Vec<Tab> {
    let tab = |(view, key): (CertificateView, &str)| Tab {
        href: form.in_view(view.as_str()),
        label: t.s(key).to_owned(),
        count: counts.iter().find(|(one, _)| *one == view).map(|(_, count)| counted(t, *count)),
        hot: false,
        current: view == current,
    };
    VIEWS.into_iter().map(tab).collect()
}

/// Nothing here: to where there is something, or to the desk.
fn empty(t: Texts, form: &CertificatesFilter, view: CertificateView, counts: &Counts) -> Empty {
    let elsewhere = counts.iter().any(|(one, count)| *one != view && !count.is_zero());
    let (text, href, label) = match (form.q.trim().is_empty(), elsewhere) {
        (true, true) => {
            ("certificate_list.empty_view", form.in_view(CertificateView::All.as_str()), "certificate_list.see_all")
        }
        (true, false) => ("certificate_list.empty", "#contact".to_owned(), "certificate_list.contact"),
        (false, true) => (
            "certificate_list.empty_search",
            form.in_view(CertificateView::All.as_str()),
            "certificate_list.search_all",
        ),
        (false, false) => ("certificate_list.empty_search", HOME.to_owned(), "list.clear"),
    };
    Empty { text: t.s(text).to_owned(), link: Some(Link::new(href, t.s(label))) }
}

fn pager(t: Texts, form: &CertificatesFilter, page: Page, rows: &[CertificateRow], more: bool, total: Count) -> Pager {
    let (newer, older) = page.neighbours(more);
    Pager {
        shown: t.f("list.shown", &[("total", &counted_items(t, total)), ("n", &rows.len())]),
        previous: rows.first().filter(|_| newer).map(|row| form.page_before(&cursor_text(row))),
        next: rows.last().filter(|_| older).map(|row| form.page_after(&cursor_text(row))),
    }
}

fn list_row(frame: &PortalFrame, row: &CertificateRow) -> Row {
    let ListedCertificate {
        reception_number,
        common_name,
        dns_names,
        validation,
        not_before,
        not_after,
        revoked_at,
        ..
    } = &row.certificate;
    let others = dns_names.lines().filter(|name| name != common_name).count();
    let standing = CertificateStanding {
        not_before: *not_before,
        not_after: *not_after,
        revoked: revoked_at.is_some(),
        open_case: row.open_case.as_ref(),
    };
    Row {
        reception_number: reception_number.map(|number| number.to_string()),
        names: SiteNames::new(frame.t, common_name.clone(), others),
        ev: *validation == ValidationType::Ev,
        kind: kind(frame.t, *validation),
        from: dates::numeric(dates::day_of(*not_before)),
        to: dates::numeric(dates::day_of(*not_after)),
        status: certificate_status(frame.t, &standing, frame.now),
    }
}
