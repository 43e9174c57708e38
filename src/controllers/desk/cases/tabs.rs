//! The views of the list with their counts: the built-in ones, everybody's and one's own.

use axum::extract::Query;
use axum::http::Uri;

use super::filter::filter_of;
use crate::controllers::desk::frame::Frame;
use crate::errors::Result;
use crate::models::case_queue::{self, CaseFilter, CaseView};
use crate::models::counting::{self, Count};
use crate::models::saved_views::SavedView;
use crate::views::desk::cases::CaseFilter as FilterForm;
use crate::views::parts::{Tab, counted};

const VIEWS: [(CaseView, &str); 7] = [
    (CaseView::Open, "cases.tab.all"),
    (CaseView::ThisWeek, "cases.tab.this_week"),
    (CaseView::Overdue, "cases.tab.overdue"),
    (CaseView::Ev, "cases.tab.ev"),
    (CaseView::OldInUse, "cases.tab.old_in_use"),
    (CaseView::ContactChange, "cases.tab.contact_change"),
    (CaseView::Closed, "cases.tab.closed"),
];

pub struct Tabs {
    pub tabs: Vec<Tab>,
    /// How many cases the current built-in view holds.
    pub current: Option<Count>,
}

pub async fn tabs(frame: &Frame, form: &FilterForm, filter: &CaseFilter, saved: &[SavedView]) -> Result<Tabs> {
    let t = frame.t;
    let counts = case_queue::counts(&frame.desk.db, &frame.desk.counts, frame.today()).await?;
    let is_saved = saved.iter().any(|view| view.id.to_string() == form.saved);
    // A look that nobody takes shows nothing.
    let looks = frame.desk.live().installation().on;
    let offered = |view: CaseView| looks || view != CaseView::OldInUse;
    let built_in =
        VIEWS.into_iter().zip(&counts).filter(|((view, _), _)| offered(*view)).map(|((view, key), count)| Tab {
            href: format!("/desk/cases?view={}", view.as_str()),
            label: t.s(key).to_owned(),
            count: Some(counted(t, *count)),
            hot: matches!(view, CaseView::Overdue | CaseView::OldInUse) && !count.is_zero(),
            current: !is_saved && !filter.everything && view == filter.view,
        });
    let mut tabs: Vec<Tab> = built_in.collect();
    tabs.extend(own_tabs(frame, form, saved).await?);
    let current = VIEWS.iter().zip(counts).find(|((view, _), _)| !filter.everything && *view == filter.view);
    Ok(Tabs { tabs, current: current.map(|(_, count)| count) })
}

async fn own_tabs(frame: &Frame, form: &FilterForm, saved: &[SavedView]) -> Result<Vec<Tab>> {
    let filters: Vec<CaseFilter> = saved.iter().map(|view| filter_of(frame, &form_of(&view.conditions))).collect();
    // What is searched for is not counted.
    let countable: Vec<&CaseFilter> = filters.iter().filter(|filter| filter.term().is_none()).collect();
    let queries = countable.iter().map(|filter| case_queue::counted(filter, frame.today())).collect();
    let mut counts = if countable.is_empty() {
        Vec::new().into_iter()
    } else {
        counting::each(&frame.desk.db, queries).await?.into_iter()
    };
    let tab = |(view, filter): (&SavedView, &CaseFilter)| Tab {
        href: format!("/desk/cases?{}&saved={}", view.conditions, view.id),
        label: view.name.clone(),
        count: if filter.term().is_none() { counts.next().map(|count| counted(frame.t, count)) } else { None },
        hot: false,
        current: view.id.to_string() == form.saved,
    };
    Ok(saved.iter().zip(&filters).map(tab).collect())
}

/// The conditions of a saved view, read like an address.
pub fn form_of(conditions: &str) -> FilterForm {
    let address = format!("/?{conditions}").parse::<Uri>();
    let read = address.ok().and_then(|address| Query::try_from_uri(&address).ok());
    read.map(|Query(form)| form).unwrap_or_default()
}
