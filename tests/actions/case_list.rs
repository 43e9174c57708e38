//! The list of cases in each of its orders: pages neither skip nor repeat, whatever comes in between.

use revocation_desk::domain::case::CaseState;
use revocation_desk::models::case_list::{self, CaseOrder, CaseSort, Mark, Page};
use revocation_desk::models::case_queue::{CaseFilter, CaseRow, CaseView};

use crate::builders::{World, day};

async fn a_case(world: &World, company: &str, due_on: &str, ends_on: &str) {
    let subscriber = world.a_subscriber().named(company).register().await;
    let certificate = world.a_certificate().of(&subscriber).valid_until(day(ends_on)).register().await;
    world.a_case().on(&certificate).due_on(day(due_on)).open().await;
}

/// Eleven cases: by company, by day and by expiry their order differs from that of filing.
async fn a_list() -> World {
    let world = World::new().await;
    for (company, due_on, ends_on) in [
        ("Delta", "2026-12-01", "2027-03-01"),
        ("Alpha", "2026-12-03", "2027-02-01"),
        ("Alpha", "2026-12-03", "2027-05-01"),
        ("Echo", "2026-11-30", "2027-02-01"),
        ("Bravo", "2026-12-02", "2027-01-31"),
        ("Foxtrot", "2026-11-26", "2027-04-01"),
        ("Charlie", "2026-12-03", "2027-01-15"),
        ("Golf.Inc", "2026-11-27", "2027-06-30"),
        ("Alpha", "2026-11-25", "2027-02-01"),
        ("Hotel", "2026-12-04", "2027-01-16"),
        ("Bravo", "2026-12-02", "2027-03-02"),
    ] {
        a_case(&world, company, due_on, ends_on).await;
    }
    world
}

async fn read(world: &World, order: CaseOrder, page: &Page, limit: u64) -> (Vec<CaseRow>, bool) {
    let filter = CaseFilter::default();
    case_list::page(&world.desk.db, &filter, order, page, limit, world.today()).await.unwrap()
}

fn ids(rows: &[CaseRow]) -> Vec<i64> {
    rows.iter().map(|row| row.case.id).collect()
}

fn orders() -> impl Iterator<Item = CaseOrder> {
    let both = |sort| [false, true].map(|descending| CaseOrder { sort, descending });
    CaseSort::ALL.into_iter().flat_map(both)
}

#[tokio::test]
async fn every_order_is_walked_forward_and_back_without_a_gap() {
    let world = a_list().await;
    for order in orders() {
        let (all, _) = read(&world, order, &Page::First, 50).await;
        let key = |row: &CaseRow| match order.sort {
            CaseSort::DueOn => row.case.due_on.to_string(),
            CaseSort::ReceptionNumber => row.case.reception_number.to_string(),
            CaseSort::Organization => row.subscriber.search_name.clone(),
            CaseSort::Expiry => row.source.not_after.to_string(),
        };
        let mut keys: Vec<(String, i64)> = all.iter().map(|row| (key(row), row.case.id)).collect();
        if order.descending {
            keys.reverse();
        }
        assert!(keys.is_sorted(), "{order}: {keys:?}");
        assert_eq!(keys.len(), 11, "{order}");

        let (mut walked, mut page) = (Vec::new(), Page::First);
        loop {
            let (rows, more) = read(&world, order, &page, 3).await;
            let mark = Mark::of(rows.last().unwrap(), order);
            // As the address carries it.
            page = Page::After(Mark::read(&mark.to_string(), order).unwrap());
            walked.extend(rows);
            if !more {
                break;
            }
        }
        assert_eq!(ids(&walked), ids(&all), "{order} forward");

        let before = Page::Before(Mark::of(&all[7], order));
        assert_eq!(ids(&read(&world, order, &before, 4).await.0), ids(&all[3..7]), "{order} back");
    }
}

#[tokio::test]
async fn a_case_that_comes_in_between_pages_moves_nothing() {
    let world = a_list().await;
    let order = CaseOrder { sort: CaseSort::Organization, descending: false };
    let (all, _) = read(&world, order, &Page::First, 50).await;
    let first = read(&world, order, &Page::First, 4).await.0;
    a_case(&world, "Aaa", "2026-12-01", "2027-02-01").await;
    let next = Page::After(Mark::of(first.last().unwrap(), order));
    assert_eq!(ids(&read(&world, order, &next, 50).await.0), ids(&all[4..]));
}

#[test]
fn what_can_be_sorted_otherwise_than_by_date_holds_open_cases_only() {
    let of_view = |view| CaseFilter { view, ..CaseFilter::default() };
    let of_state = |state| CaseFilter { everything: true, state: Some(state), ..CaseFilter::default() };
    let searched = CaseFilter { q: Some("shop".to_owned()), ..CaseFilter::default() };
    for (name, filter, free) in [
        ("open", of_view(CaseView::Open), true),
        ("EV", of_view(CaseView::Ev), true),
        ("closed", of_view(CaseView::Closed), false),
        ("on hold", of_state(CaseState::OnHold), true),
        ("completed", of_state(CaseState::Completed), false),
        ("everything", CaseFilter { everything: true, ..CaseFilter::default() }, false),
        ("searched", searched, false),
    ] {
        let by_company = CaseOrder { sort: CaseSort::Organization, descending: true };
        let kept = by_company.within(&filter) == by_company;
        assert_eq!(kept, free, "{name}");
        assert_eq!(case_list::sorts(&filter).len(), if free { 4 } else { 1 }, "{name}");
    }
}

#[test]
fn an_order_is_read_as_it_is_written() {
    for order in orders() {
        assert_eq!(order.to_string().parse(), Ok(order));
    }
    for wrong in ["", "id", "--company", "company;DROP TABLE users"] {
        assert!(wrong.parse::<CaseOrder>().is_err(), "{wrong}");
    }
}
