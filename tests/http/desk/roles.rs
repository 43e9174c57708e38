//! Who sees what and who may do what (`ui.md` section 6).

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::messages;

use super::office::{Office, claim, href};

/// What a case's forms post to.
const CASE_POSTS: [&str; 13] = [
    "claim",
    "claim/release",
    "calls",
    "revocation",
    "installation",
    "requested_on",
    "withdrawal",
    "hold",
    "hold/release",
    "override",
    "override/approval",
    "key_compromise",
    "nothing",
];

#[tokio::test]
async fn everybody_reads_every_case_in_every_state() {
    let office = Office::open().await;
    let mut cases = Vec::new();
    for state in CaseState::ALL.into_iter().filter(|state| *state != CaseState::Completed) {
        cases.push(office.world.a_case().in_state(state).open().await);
    }
    cases.push(office.world.a_case().ev().open().await);
    for role in Role::ALL {
        let mut browser = office.app.login_as(role).await;
        for list in ["/desk/today", "/desk/cases", "/desk/cases?view=closed", "/desk/batches", "/desk/mails"] {
            browser.get(list).await.assert_status(200).assert_lacks("???");
        }
        for tab in ["calls", "promised", "carried_over", "mine", "confirmed", "revoked", "on_hold", "unknown"] {
            browser.get(&format!("/desk/today?tab={tab}")).await.assert_status(200).assert_lacks("???");
        }
        for case in &cases {
            let page = browser.get(&href(case)).await;
            page.assert_status(200).assert_lacks("???").assert_contains(&case.reception_number.to_string());
            for shown in ["calls", "mails", "unknown"] {
                browser.get(&format!("{}?history={shown}", href(case))).await.assert_status(200);
            }
        }
    }
}

#[tokio::test]
async fn auditors_and_administrators_change_nothing_and_see_no_button() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mail = messages::of_case(&office.world.desk.db, case.id).await.unwrap().remove(0);
    for role in [Role::Auditor, Role::Admin] {
        let mut browser = office.app.login_as(role).await;
        let page = browser.get(&href(&case)).await;
        let csrf = page.hidden_fields("/logout").remove(0).1;
        for address in [href(&case), "/desk/today".to_owned(), format!("/desk/mails/{}", mail.id)] {
            let page = browser.get(&address).await;
            let posts = page.body.matches("method=\"post\"").count() - page.body.matches("/desk/exports/").count();
            assert_eq!(posts, 1, "{role:?} may take a list along and log out at {address}: {}", page.body);
            page.assert_lacks("tel:").assert_lacks("その他の操作");
        }
        let mut addresses: Vec<_> = CASE_POSTS.iter().map(|path| format!("{}/{path}", href(&case))).collect();
        addresses.pop();
        addresses.extend([
            "/desk/next".to_owned(),
            format!("/desk/mails/{}/resend", mail.id),
            format!("/desk/mails/{}/cancel", mail.id),
        ]);
        for address in addresses {
            let answer = browser.post(&address, &[("_csrf", &csrf), ("version", "1")]).await;
            assert_eq!(answer.status.as_u16(), 403, "{role:?} at {address}");
        }
        let run = browser.post("/desk/batches", &[("_csrf", &csrf)]).await;
        assert_eq!(run.status.as_u16(), if role == Role::Admin { 303 } else { 403 });
    }
    assert_eq!(office.world.reload(&case).await, case);
}

#[tokio::test]
async fn telephone_numbers_are_whole_for_those_who_call_or_export() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    for (role, whole) in [(Role::Agent, true), (Role::Supervisor, true), (Role::Auditor, true), (Role::Admin, false)] {
        let mut browser = office.app.login_as(role).await;
        for address in [href(&case), "/desk/today".to_owned()] {
            let page = browser.get(&address).await;
            assert_eq!(page.body.contains("03-0000-4182"), whole, "{role:?} {address}");
        }
        let page = browser.get(&href(&case)).await;
        assert_eq!(page.body.contains("***-4182"), !whole, "{role:?}");
        page.assert_lacks("03-0000-3390");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_by_anybody() {
    let office = Office::open().await;
    for role in Role::ALL {
        let mut browser = office.app.login_as(role).await;
        for address in [
            "/desk/cases/RQ-261124-9999",
            "/desk/cases/nonsense",
            "/desk/cases/RQ-261124-9999/revocation/new",
            "/desk/batches/9999",
            "/desk/batches/nonsense",
            "/desk/mails/9999",
            "/desk/evidence/9999",
            "/desk/nowhere",
        ] {
            let answer = browser.get(address).await;
            let forbidden = address.ends_with("/new") && !matches!(role, Role::Agent | Role::Supervisor);
            assert_eq!(answer.status.as_u16(), if forbidden { 403 } else { 404 }, "{role:?} {address}");
            answer.assert_contains("<h1").assert_lacks("???");
        }
    }
}

#[tokio::test]
async fn nobody_looks_at_a_case_without_logging_in() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut visitor = office.app.visitor();
    for address in [href(&case), "/desk/cases".to_owned(), "/desk/evidence/1".to_owned()] {
        let answer = visitor.get(&address).await;
        assert_eq!(answer.assert_status(303).location(), format!("/login?next={address}"));
    }
    let answer = visitor.post(&format!("{}/claim", href(&case)), &[]).await;
    assert!(answer.assert_status(303).location().starts_with("/login"));
}

#[tokio::test]
async fn a_case_page_is_not_kept_by_the_browser() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    assert!(page.header("cache-control").contains("no-store"), "{:?}", page.headers);
}
