//! カレンダー: what falls due on each day (S5).

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::office::Office;
use crate::builders::day;
use crate::support::app::{Answer, set};

/// What the page says of the day, from its link to the end of its cell.
fn cell<'a>(page: &'a Answer, label: &str) -> &'a str {
    let mark = format!("<span class=\"vh\">{label} </span>");
    let at = page.body.find(&mark).unwrap_or_else(|| panic!("no {label} in {}", page.body));
    let start = page.body[..at].rfind("<td").unwrap();
    let end = at + page.body[at..].find("</td>").unwrap();
    &page.body[start..end]
}

#[tokio::test]
async fn a_month_shows_the_load_of_each_day_and_what_is_left_of_past_ones() {
    let office = Office::open().await;
    let world = &office.world;
    for _ in 0..2 {
        world.a_case().due_on(day("2026-11-27")).open().await;
    }
    world.a_case().ev().due_on(day("2026-11-27")).open().await;
    world.a_case().due_on(day("2026-11-20")).open().await;
    world.a_case().due_on(day("2026-11-27")).in_state(CaseState::Withdrawn).open().await;
    let mut agent = office.app.login_as(Role::Agent).await;

    let page = agent.get("/desk/calendar").await;

    page.assert_status(200).assert_contains("2026年11月").assert_lacks("???");
    let friday = cell(&page, "11/27(金)");
    assert!(friday.contains("EV 1") && friday.contains("OV 2"), "{friday}");
    assert!(friday.contains("/desk/cases?view=open&#38;from=2026-11-27&#38;to=2026-11-27"), "{friday}");
    let past = cell(&page, "11/20(金)");
    assert!(past.contains("未完了 1件") && !past.contains("EV"), "{past}");
    let holiday = cell(&page, "11/23(月)");
    assert!(holiday.contains("勤労感謝の日") && holiday.contains("class=\"off"), "{holiday}");
    assert!(cell(&page, "11/24(火)").contains("aria-current=\"date\""));
    assert!(!cell(&page, "11/25(水)").contains("EV"), "nothing falls due");
    let listed = agent.get("/desk/cases?view=open&from=2026-11-27&to=2026-11-27").await;
    assert_eq!(listed.assert_status(200).body.matches("<tr data-row").count(), 3);
}

#[tokio::test]
async fn a_day_above_what_the_people_can_take_is_called_crowded() {
    // One agent, two cases a day.
    let app = crate::support::app::TestApp::start_with(|config| {
        set(config, "clock_starts_at", "2026-11-24T01:00:00+00:00");
        set(config, "calls.cases_a_day", 2);
    })
    .await;
    let office = Office::of(app);
    for (on, cases) in [("2026-11-26", 2), ("2026-11-27", 3)] {
        for _ in 0..cases {
            office.world.a_case().due_on(day(on)).open().await;
        }
    }
    let mut agent = office.app.login_as(Role::Agent).await;
    let page = agent.get("/desk/calendar?month=2026-11").await;
    page.assert_contains("1日に2件（電話をかける1人×2件）");
    assert!(!cell(&page, "11/26(木)").contains("混雑"));
    assert!(cell(&page, "11/27(金)").contains("混雑"));
    office.app.login_as(Role::Supervisor).await;
    let page = agent.get("/desk/calendar?month=2026-11").await;
    assert!(!cell(&page, "11/27(金)").contains("混雑"), "two people take four cases");
}

#[tokio::test]
async fn months_are_turned_and_a_year_without_holiday_data_is_warned_of() {
    let office = Office::open().await;
    let mut auditor = office.app.login_as(Role::Auditor).await;
    let december = auditor.get("/desk/calendar?month=2026-12").await;
    december
        .assert_status(200)
        .assert_contains("/desk/calendar?month=2026-11\" rel=\"prev\"")
        .assert_contains("/desk/calendar?month=2027-01\" rel=\"next\"")
        .assert_contains("年末年始")
        .assert_lacks("祝日データがありません");
    auditor.get("/desk/calendar?month=2035-05").await.assert_contains("2035年の祝日データがありません");
    auditor.get("/desk/calendar?month=nonsense").await.assert_status(200).assert_contains("2026年11月");
}
