//! Who comes by the company's own log-in proves there, too, who they are.

use chrono::{DateTime, Duration, Utc};
use revocation_desk::domain::role::Role;
use revocation_desk::models::{audit_events, users};

use crate::pages::assert_sound;
use crate::provider::{Provider, come_back};
use crate::sso::{log_in, start};
use crate::support::app::{Answer, Browser, PASSWORD, TestApp};

const NEW: &str = "/desk/settings/users";
const FIELDS: [(&str, &str); 4] =
    [("name", "例文 次郎 & 子"), ("email", "jiro@ca.example"), ("role", "agent"), ("reason", "入社")];
const BY_SSO: (&str, &str) = ("proof_sso", "true");
const KEPT: &str = "/desk/kept";

/// Somebody who came by single sign-on six minutes ago and filled in a form.
struct Hana {
    provider: Provider,
    app: TestApp,
    browser: Browser,
    csrf: String,
}

impl Hana {
    async fn at_work() -> Self {
        let provider = Provider::start();
        let app = start(&provider.url).await;
        app.user("hana@ca.example", Role::Admin).await;
        let (mut browser, answer) = log_in(&app, "hana").await;
        answer.assert_status(303);
        let csrf = browser.get("/desk/settings/users/new").await.hidden_fields(NEW).remove(0).1;
        app.pass(Duration::minutes(6));
        Self { provider, app, browser, csrf }
    }

    async fn send(&mut self, proof: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("_csrf", self.csrf.as_str())];
        fields.extend(FIELDS);
        fields.extend(proof);
        self.browser.post(NEW, &fields).await
    }

    /// To the provider: its address.
    async fn depart(&mut self) -> String {
        let leave = self.send(&[BY_SSO]).await;
        assert_sound("leave-real", &leave.assert_status(200).body);
        let url = leave.header("refresh").strip_prefix("0;url=").unwrap().to_owned();
        leave.assert_contains(&url.replace('&', "&#38;"));
        url
    }

    /// There as `sub`, whom it asked then, and back.
    async fn prove(&mut self, sub: &str, asked: DateTime<Utc>) -> Answer {
        self.provider.asked(sub, asked).await;
        let url = self.depart().await;
        let back = come_back(&url, sub).await;
        self.browser.get(&back).await
    }

    async fn is_created(&self) -> bool {
        users::Entity::find_by_email(&self.app.ctx.db, "jiro@ca.example").await.unwrap().is_some()
    }

    async fn acts(&self) -> Vec<String> {
        let events = audit_events::after(&self.app.ctx.db, 0, 100).await.unwrap();
        events.into_iter().map(|event| event.action).collect()
    }
}

#[tokio::test]
async fn the_company_asks_anew_and_the_form_waits_until_then() {
    let mut hana = Hana::at_work().await;
    let asked = hana.send(&[]).await;
    asked.assert_status(403).assert_contains("会社のログインで確認する");
    assert_sound("proof-sso-real", &asked.body);

    let url = hana.depart().await;
    for part in ["prompt=login", "max_age=0", "nonce=", "state=", "code_challenge_method=S256"] {
        assert!(url.contains(part), "{part}: {url}");
    }
    hana.provider.asked("hana", hana.app.now()).await;
    let back = come_back(&url, "hana").await;
    assert_eq!(hana.browser.get(&back).await.assert_status(303).location(), KEPT);
    let page = hana.browser.get(KEPT).await;
    page.assert_contains("本人の確認ができました").assert_contains("例文 次郎 &#38; 子").assert_contains("入社");
    assert!(!hana.is_created().await);

    let fields = page.hidden_fields(NEW);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    hana.browser.post(NEW, &fields).await.assert_status(200).assert_contains("一度だけ使えるパスワード");
    assert!(hana.is_created().await);
    assert_eq!(hana.acts().await, ["logged_in", "identity_proven", "user_created"]);
    let proven = audit_events::after(&hana.app.ctx.db, 0, 100).await.unwrap().remove(1);
    assert_eq!(proven.facts()["by"], "sso");
    // From then on for five minutes, as after any proof; the answer counted once.
    hana.app.pass(Duration::minutes(4));
    hana.send(&[]).await.assert_status(409);
    hana.app.pass(Duration::minutes(1));
    hana.send(&[]).await.assert_status(403);
    hana.browser.get(&back).await;
    hana.send(&[]).await.assert_status(403);
}

#[tokio::test]
async fn somebody_elses_answer_proves_nothing_and_stays_in_the_audit_log() {
    let mut hana = Hana::at_work().await;
    let now = hana.app.now();
    for sub in ["other-hana", "stranger"] {
        let refused = hana.prove(sub, now).await;
        refused.assert_status(422).assert_contains("ほかの人として確認されました").assert_contains("value=\"入社\"");
        assert_sound("proof-of-another-real", &refused.body);
    }
    hana.send(&[]).await.assert_status(403);
    assert_eq!(hana.acts().await, ["logged_in", "identity_refused", "identity_refused"]);
    // The form that came back leads on.
    hana.send(&[("proof_password", PASSWORD)]).await.assert_status(200);
    assert!(hana.is_created().await);
}

#[tokio::test]
async fn a_provider_that_did_not_ask_just_now_proves_nothing() {
    let mut hana = Hana::at_work().await;
    let now = hana.app.now();
    for asked in [now - Duration::minutes(3), now + Duration::minutes(3)] {
        let refused = hana.prove("hana", asked).await;
        refused.assert_status(422).assert_contains("いま本人を確かめ直したことを示しませんでした");
        hana.send(&[]).await.assert_status(403);
    }
    assert_eq!(hana.acts().await, ["logged_in"]);
}

#[tokio::test]
async fn an_answer_that_was_planted_or_given_to_another_browser_proves_nothing() {
    let mut hana = Hana::at_work().await;
    hana.provider.asked("hana", hana.app.now()).await;
    let first = hana.depart().await;
    let planted = come_back(&first, "hana").await;
    // Hers is another journey by now.
    hana.depart().await;
    hana.browser.get(&planted).await.assert_status(422).assert_contains("会社のアカウントで確認できませんでした");
    hana.send(&[]).await.assert_status(403);

    let url = hana.depart().await;
    let back = come_back(&url, "hana").await;
    let (mut elsewhere, _) = log_in(&hana.app, "hana").await;
    assert!(elsewhere.get(&back).await.location().starts_with("/login"));
    // Who said no at the provider comes back without a code.
    let denied = back.split_once("code=").unwrap().0.to_owned() + "error=access_denied";
    hana.browser.get(&denied).await.assert_status(422);
    hana.send(&[]).await.assert_status(403);
    assert!(!hana.acts().await.contains(&"identity_proven".to_owned()));
}

#[tokio::test]
async fn whoever_never_came_by_single_sign_on_is_not_led_there() {
    let provider = Provider::start();
    let app = start(&provider.url).await;
    let mut admin = app.login_as(Role::Admin).await;
    let csrf = admin.get("/desk/settings/users/new").await.hidden_fields(NEW).remove(0).1;
    app.pass(Duration::minutes(6));
    let mut fields = vec![("_csrf", csrf.as_str())];
    fields.extend(FIELDS);
    admin.post(NEW, &fields).await.assert_status(403).assert_lacks("会社のログインで確認する");
    // Asked for by hand all the same: nobody is tied by a proof.
    fields.push(BY_SSO);
    let leave = admin.post(NEW, &fields).await;
    let url = leave.header("refresh").strip_prefix("0;url=").unwrap().to_owned();
    provider.asked("hana", app.now()).await;
    let back = come_back(&url, "hana").await;
    admin.get(&back).await.assert_status(422).assert_contains("ほかの人として確認されました");
    let user = users::Entity::find_by_email(&app.ctx.db, "admin@ca.example").await.unwrap().unwrap();
    assert_eq!(user.sso_subject, None);
}

#[tokio::test]
async fn a_code_that_was_typed_is_not_stored_meanwhile_and_is_typed_again() {
    let mut hana = Hana::at_work().await;
    let account = "/desk/account/code";
    let csrf = hana.browser.get(account).await.hidden_fields(account).remove(0).1;
    for (sub, sees) in [("hana", "もう一度入力して送信してください"), ("stranger", "ほかの人として確認されました")]
    {
        hana.app.pass(Duration::minutes(6));
        hana.provider.asked(sub, hana.app.now()).await;
        let leave = hana.browser.post(account, &[("_csrf", &csrf), ("code", "123456"), BY_SSO]).await;
        let url = leave.header("refresh").strip_prefix("0;url=").unwrap().to_owned();
        let back = come_back(&url, sub).await;
        assert_eq!(hana.browser.get(&back).await.assert_status(303).location(), "/desk/today");
        hana.browser.get("/desk/today").await.assert_contains(sees);
    }
}

#[tokio::test]
async fn a_provider_that_is_down_leaves_the_other_proofs() {
    let mut hana = Hana::at_work().await;
    hana.provider = Provider::start();
    let told = hana.send(&[BY_SSO]).await;
    told.assert_status(422).assert_contains("会社のログイン画面につながりません").assert_contains("value=\"入社\"");
    hana.send(&[("proof_password", PASSWORD)]).await.assert_status(200);
}
