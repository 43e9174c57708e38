//! A form that was sent after the session had ended is not lost (journey 15, WCAG 2.2.5).

use chrono::Duration;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::office::{Fields, NOTE, Office, calls_of, claim, href};
use crate::support::app::{Browser, PASSWORD};

/// Logs in again and follows where it leads.
async fn log_in_again(browser: &mut Browser, email: &str) -> String {
    let fields = [("email", email), ("password", PASSWORD), ("next", "/desk/kept")];
    browser.post_form("/login", "/login", &fields).await.assert_status(303).location().to_owned()
}

#[tokio::test]
async fn a_call_sent_after_the_session_has_ended_comes_back_after_the_log_in() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_another(Role::Agent, "misaki@ca.example").await;
    claim(&mut agent, &case).await.assert_status(303);
    let form = agent.get(&href(&case)).await;
    let fields = office.agreement(&case).await.on(&form, &calls_of(&case));
    office.app.pass(Duration::minutes(16));

    let refused = agent.post(&calls_of(&case), &fields.refs()).await;

    assert_eq!(refused.assert_status(303).location(), "/login?next=/desk/kept&ended=true");
    assert_eq!(office.calls(&case).await, [], "nothing is recorded");
    assert_eq!(log_in_again(&mut agent, "misaki@ca.example").await, "/desk/kept");
    let kept = agent.get("/desk/kept").await;
    kept.assert_status(200).assert_contains(NOTE).assert_contains("失効してよい").assert_lacks("idem</dt>");

    let action = format!("{}/claim", href(&case));
    let restored = agent.post_form("/desk/kept", &action, &[]).await;

    restored.assert_status(200).assert_contains("id=\"call-form\"").assert_contains(NOTE);
    assert_eq!(office.calls(&case).await, [], "still nothing: the agent records it");
    let again = Fields::of(&[]).on(&restored, &calls_of(&case));
    let all = office.agreement(&case).await;
    let all: Vec<_> = again.refs().into_iter().chain(all.refs()).collect();
    agent.post(&calls_of(&case), &all).await.assert_status(303);
    assert_eq!(office.calls(&case).await.len(), 1);
    assert_eq!(office.world.reload(&case).await.state, CaseState::Confirmed);
}

#[tokio::test]
async fn only_the_one_who_typed_it_gets_it_back_and_only_for_half_an_hour() {
    for (who, minutes, shown) in
        [("misaki@ca.example", 29, true), ("misaki@ca.example", 31, false), ("aoi@ca.example", 1, false)]
    {
        let office = Office::open().await;
        let case = office.world.a_case().open().await;
        let mut agent = office.app.login_another(Role::Agent, "misaki@ca.example").await;
        office.app.user("aoi@ca.example", Role::Agent).await;
        claim(&mut agent, &case).await;
        let form = agent.get(&href(&case)).await;
        let fields = office.agreement(&case).await.on(&form, &calls_of(&case));
        office.app.pass(Duration::minutes(16));
        agent.post(&calls_of(&case), &fields.refs()).await.assert_status(303);
        office.app.pass(Duration::minutes(minutes - 1));
        if log_in_again(&mut agent, who).await == "/desk/kept" {
            office.app.pass(Duration::minutes(1));
            let page = agent.get("/desk/kept").await;
            assert_eq!(page.status == 200 && page.body.contains(NOTE), shown, "{who} {minutes}");
        } else {
            assert!(!shown, "{who} {minutes}");
        }
    }
}

#[tokio::test]
async fn a_form_of_an_older_session_of_the_same_browser_is_kept_too() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_another(Role::Agent, "misaki@ca.example").await;
    let address = format!("{}/withdrawal", href(&case));
    let form = agent.get(&format!("{address}/new")).await;
    let fields = Fields::of(&[("note", "取り下げたいとのこと")]).on(&form, &address);
    agent.post_form("/desk/today", "/logout", &[]).await.assert_status(303);
    agent.log_in("misaki@ca.example", PASSWORD).await.assert_status(303);

    let answer = agent.post(&address, &fields.refs()).await;

    assert_eq!(answer.assert_status(303).location(), "/desk/kept");
    agent.get("/desk/kept").await.assert_contains("取り下げたいとのこと").assert_contains("この内容で続ける");
    assert_eq!(office.world.reload(&case).await.state, CaseState::AwaitingCall);
}

#[tokio::test]
async fn what_a_stranger_posts_is_not_kept_and_no_password_is() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut stranger = office.app.visitor();
    let answer = stranger.post(&calls_of(&case), &[("note", NOTE)]).await;
    assert_eq!(answer.assert_status(303).location().split('?').next(), Some("/login"));
    assert_eq!(office.world.count("sessions WHERE data LIKE '%kept_form%'").await, 0);

    let mut agent = office.app.login_another(Role::Agent, "misaki@ca.example").await;
    office.app.pass(Duration::minutes(16));
    agent.post("/desk/anything", &[("password", "himitsu"), ("note", NOTE)]).await;
    assert_eq!(office.world.count("sessions WHERE data LIKE '%kept_form%'").await, 1);
    assert_eq!(office.world.count("sessions WHERE data LIKE '%himitsu%'").await, 0);
}

#[tokio::test]
async fn a_private_key_is_not_kept_and_a_long_text_is() {
    let office = Office::open().await;
    let mut agent = office.app.login_another(Role::Agent, "misaki@ca.example").await;
    office.app.pass(Duration::minutes(16));
    let key = "-----BEGIN PRIVATE KEY-----\nbm9ib2R5IHNlZXMgdGhpcw==\n-----END PRIVATE KEY-----";
    // As long as a mail text may be: 90,000 bytes on their way.
    let text = "文".repeat(10_000);

    let answer = agent.post("/desk/anything", &[("csr", key), ("note", NOTE), ("body", &text)]).await;

    answer.assert_status(303);
    assert_eq!(office.world.count("sessions WHERE data LIKE '%kept_form%'").await, 1);
    assert_eq!(office.world.count("sessions WHERE data LIKE '%bm9ib2R5IHNlZXMgdGhpcw%'").await, 0);
    let too_long = agent.post("/desk/anything", &[("body", &"文".repeat(40_000))]).await;
    too_long.assert_status(413);
}
