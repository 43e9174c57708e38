//! An ID token lets in whom it is for, and nothing else of it is believed.

use p256::ecdsa::SigningKey;
use revocation_desk::domain::role::Role;
use revocation_desk::models::users;
use serde_json::{Value, json};

use crate::liar::Liar;
use crate::sso::start;
use crate::support::app::{Answer, TestApp};

/// What the liar is to say: of the right claims.
type Says = fn(&Liar, Value);

/// Goes there and comes back, with what the liar makes of it.
async fn log_in(app: &TestApp, liar: &Liar, says: Says) -> Answer {
    let mut browser = app.visitor();
    let url = browser.get("/login/sso?next=/desk/cases").await.location().to_owned();
    let part = |name: &str| url.split(['?', '&']).find_map(|part| part.strip_prefix(name)).unwrap();
    let now = app.now().timestamp();
    says(
        liar,
        json!({
            "iss": liar.url, "aud": "desk", "sub": "hana", "nonce": part("nonce="), "iat": now, "exp": now + 600,
            "email": "hana@ca.example", "email_verified": true,
        }),
    );
    browser.get(&format!("/login/sso/callback?code=a&state={}", part("state="))).await
}

fn with(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
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
