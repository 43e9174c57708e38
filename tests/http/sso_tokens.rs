//! An ID token lets in whom it is for, and nothing else of it is believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use p256::ecdsa::SigningKey;
use revocation_desk::domain::role::Role;
use revocation_desk::models::users;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::liar::Liar;
use crate::sso::start;
use crate::support::app::{Answer, Browser, TestApp};

/// What the liar is to say: of the right claims.
type Says = fn(&Liar, Value);

async fn log_in(app: &TestApp, liar: &Liar, says: Says) -> Answer {
    let mut browser = app.visitor();
    let url = browser.get("/login/sso?next=/desk/cases").await.location().to_owned();
    come_back(app, &mut browser, liar, &url, says).await
}

/// From this address of the provider, with what the liar makes of it.
async fn come_back(app: &TestApp, browser: &mut Browser, liar: &Liar, url: &str, says: Says) -> Answer {
    let part = |name: &str| url.split(['?', '&']).find_map(|part| part.strip_prefix(name)).unwrap();
    let now = app.now().timestamp();
    says(
        liar,
        json!({
            "iss": liar.url, "aud": "desk", "sub": "hana", "nonce": part("nonce="), "iat": now, "exp": now + 600,
            "email": "hana@ca.example", "email_verified": true,
        }),
    );
    let answer = browser.get(&format!("/login/sso/callback?code=a&state={}", part("state="))).await;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(liar.was_told("code_verifier")));
    assert_eq!(challenge, part("code_challenge="), "who planted the code does not know this");
    answer
}

fn with(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
}

fn just_asked(claims: Value) -> Value {
    let now = claims["iat"].clone();
    with(claims, "auth_time", now)
}

#[tokio::test]
async fn a_token_of_another_issuer_for_another_client_or_question_or_time_or_key_lets_nobody_in() {
    let liar = Liar::start().await;
    let app = start(&liar.url).await;
    let rows: [(&str, Says); 9] = [
        ("issuer", |liar, right| liar.says(&with(right, "iss", "https://login.elsewhere.example"))),
        ("client", |liar, right| liar.says(&with(right, "aud", "another"))),
        ("clients", |liar, right| liar.says(&with(right, "aud", json!(["desk", "another"])))),
        ("question", |liar, right| liar.says(&with(right, "nonce", "another"))),
        ("no question", |liar, right| liar.says(&with(right, "nonce", Value::Null))),
        ("time", |liar, right| {
            let ended = right["iat"].as_i64().unwrap() - 1;
            liar.says(&with(right, "exp", ended));
        }),
        ("key", |liar, right| liar.says_with(&right, &SigningKey::from_slice(&[8; 32]).unwrap())),
        ("no key", |liar, right| liar.claims(&right)),
        ("no subject", |liar, right| liar.says(&with(right, "sub", Value::Null))),
    ];
    app.user("hana@ca.example", Role::Agent).await;
    for (what, says) in rows {
        let refused = log_in(&app, &liar, says).await;
        assert_eq!(refused.status, 422, "{what}: {}", refused.body);
        refused.assert_contains("会社のアカウントで確認できませんでした");
    }
    let user = users::Entity::find_by_email(&app.ctx.db, "hana@ca.example").await.unwrap().unwrap();
    assert_eq!(user.sso_subject, None);
    for verified in [json!(false), Value::Null] {
        let says: Says = if verified.is_null() {
            |liar, right| liar.says(&with(right, "email_verified", Value::Null))
        } else {
            |liar, right| liar.says(&with(right, "email_verified", false))
        };
        log_in(&app, &liar, says).await.assert_status(422).assert_contains("登録されていません");
    }
    let right = log_in(&app, &liar, |liar, right| liar.says(&right)).await;
    assert_eq!(right.assert_status(303).location(), "/desk/cases");
}

#[tokio::test]
async fn a_proof_is_asked_of_the_token_as_the_log_in_is_and_when_it_was_given_too() {
    let liar = Liar::start().await;
    let app = start(&liar.url).await;
    app.user("hana@ca.example", Role::Admin).await;
    let mut hana = app.visitor();
    let url = hana.get("/login/sso").await.location().to_owned();
    come_back(&app, &mut hana, &liar, &url, |liar, right| liar.says(&right)).await.assert_status(303);
    let csrf = hana.get("/desk/settings/ca/pause").await.hidden_fields("/desk/settings/ca/pause").remove(0).1;
    app.pass(Duration::minutes(6));
    let rows: [(&str, Says, Option<&str>); 4] = [
        ("no time", |liar, right| liar.says(&right), Some("いま本人を確かめ直したことを示しませんでした")),
        (
            "question",
            |liar, right| liar.says(&with(just_asked(right), "nonce", "another")),
            Some("会社のアカウントで確認できませんでした"),
        ),
        (
            "person",
            |liar, right| liar.says(&with(just_asked(right), "sub", "another")),
            Some("ほかの人として確認されました"),
        ),
        ("right", |liar, right| liar.says(&just_asked(right)), None),
    ];
    for (what, says, refused) in rows {
        let fields = [("_csrf", csrf.as_str()), ("reason", "CAの保守"), ("proof_sso", "true")];
        let leave = hana.post("/desk/settings/ca/pause", &fields).await;
        let url = leave.header("refresh").strip_prefix("0;url=").unwrap().to_owned();
        let answer = come_back(&app, &mut hana, &liar, &url, says).await;
        match refused {
            Some(told) => answer.assert_status(422).assert_contains(told),
            None => answer.assert_status(303),
        };
        assert_eq!(answer.headers.contains_key("location"), refused.is_none(), "{what}");
    }
}
