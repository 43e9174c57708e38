//! Finding cases: search, filters, views, pages (journeys 12 and 19).

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::revocation_cases::Case;

use super::office::{Office, href};
use crate::builders::day;
use crate::support::app::{Answer, Browser};

/// The reception numbers of a list, in its order.
pub fn listed(page: &Answer) -> Vec<String> {
    let rows = page.body.split("<tr data-row").skip(1);
    let number = |row: &str| row.split("href=\"/desk/cases/").nth(1)?.split('"').next().map(str::to_owned);
    rows.filter_map(number).collect()
}

pub fn numbers(cases: &[&Case]) -> Vec<String> {
    cases.iter().map(|case| case.reception_number.to_string()).collect()
}

async fn a_case_of(office: &Office, name: &str, site: &str) -> Case {
    let subscriber = office.world.a_subscriber().named(name).register().await;
    let certificate = office.world.a_certificate().of(&subscriber).names([site]).register().await;
    office.world.a_case().on(&certificate).open().await
}

async fn search(browser: &mut Browser, q: &str) -> Vec<String> {
    let address = format!("/desk/cases?{}", revocation_desk::views::parts::query(&[("q", q)]));
    listed(browser.get(&address).await.assert_status(200))
}

#[tokio::test]
async fn a_search_finds_what_people_mean() {
    let office = Office::open().await;
    let takahashi = a_case_of(&office, "髙例商店", "shop.example.jp").await;
    let rei = a_case_of(&office, "株式会社レイジ", "www.xn--r8jz45g.example").await;
    let mut agent = office.app.login_as(Role::Agent).await;
    for (q, found) in [
        ("髙例", vec![&takahashi]),
        ("高例", vec![&takahashi]),
        ("ﾚｲｼﾞ", vec![&rei]),
        ("れいじ", vec![&rei]),
        ("shop.example", vec![&takahashi]),
        ("SHOP.EXAMPLE.JP", vec![&takahashi]),
        ("xn--r8jz45g", vec![&rei]),
        ("例え", vec![&rei]),
        ("RQ-26", vec![&takahashi, &rei]),
        ("100%", vec![]),
    ] {
        assert_eq!(search(&mut agent, q).await, numbers(&found), "{q}");
    }
    agent.get("/desk/cases?q=nothing").await.assert_contains("条件に合う案件はありません。");
}

#[tokio::test]
async fn a_whole_reception_number_opens_its_case() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let number = case.reception_number.to_string();
    for typed in [number.clone(), format!("%20{}", number.to_lowercase())] {
        let answer = agent.get(&format!("/desk/cases?q={typed}")).await;
        assert_eq!(answer.assert_status(303).location(), href(&case), "{typed}");
    }
    agent.get("/desk/cases?q=RQ-261124-9999").await.assert_status(200).assert_contains("条件に合う案件はありません。");
}

#[tokio::test]
async fn filters_and_views_narrow_the_list_down_and_stay_in_the_address() {
    let office = Office::open().await;
    let ov = office.world.a_case().open().await;
    let ev = office.world.a_case().ev().due_on(day("2026-11-27")).open().await;
    let late = office.world.a_case().due_on(day("2026-11-20")).open().await;
    let later = office.world.a_case().due_on(day("2026-12-08")).open().await;
    let held = office.world.a_case().in_state(CaseState::OnHold).open().await;
    let gone = office.world.a_case().in_state(CaseState::Withdrawn).open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    for (query, found) in [
        ("", vec![&late, &ov, &held, &ev, &later]),
        ("?view=open", vec![&late, &ov, &held, &ev, &later]),
        ("?view=this_week", vec![&late, &ov, &held, &ev]),
        ("?view=overdue", vec![&late]),
        ("?view=ev", vec![&ev]),
        ("?view=closed", vec![&gone]),
        ("?validation=ev", vec![&ev]),
        ("?state=on_hold", vec![&held]),
        ("?state=withdrawn", vec![&gone]),
        ("?from=2026-11-25&to=2026-11-30", vec![&ev]),
        ("?from=nonsense&validation=xx", vec![&late, &ov, &held, &ev, &later]),
    ] {
        let page = agent.get(&format!("/desk/cases{query}")).await;
        assert_eq!(listed(page.assert_status(200)), numbers(&found), "{query}");
    }
    let page = agent.get("/desk/cases?from=2026-11-25&validation=ev&q=shop").await;
    page.assert_contains("value=\"2026-11-25\"")
        .assert_contains("value=\"ev\" selected")
        .assert_contains("value=\"shop\"");
}

#[tokio::test]
async fn paging_forward_and_back_shows_each_case_once_while_others_come_in() {
    let office = Office::open().await;
    let mut cases = Vec::new();
    for n in 0..104 {
        let due_on = day(if n % 2 == 0 { "2026-12-01" } else { "2026-12-02" });
        cases.push(office.world.a_case().due_on(due_on).open().await);
    }
    cases.sort_by_key(|case| (case.due_on, case.id));
    let expected: Vec<_> = cases.iter().map(|case| case.reception_number.to_string()).collect();
    let mut agent = office.app.login_as(Role::Agent).await;

    let first = agent.get("/desk/cases").await;
    assert_eq!(listed(&first), expected[..50]);
    office.world.a_case().due_on(day("2026-11-30")).open().await;
    let second = agent.get(&link(&first, "after")).await;
    assert_eq!(listed(&second), expected[50..100]);
    let third = agent.get(&link(&second, "after")).await;
    assert_eq!(listed(&third), expected[100..]);
    third.assert_lacks("rel=\"next\"");
    let back = agent.get(&link(&third, "before")).await;
    assert_eq!(listed(&back), expected[50..100]);
    let start = agent.get(&link(&back, "before")).await;
    assert_eq!(listed(&start), expected[..50]);
}

/// Where the pager leads in this direction.
fn link(page: &Answer, direction: &str) -> String {
    let hrefs = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let found = hrefs
        .map(|href| href.replace("&#38;", "&"))
        .find(|href| href.contains(&format!("{direction}=")) && !href.contains("select="));
    found.unwrap_or_else(|| panic!("no link {direction} in {}", page.body))
}
