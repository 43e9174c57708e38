//! A provider of single sign-on that signs whatever a test tells it to say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Clone)]
pub struct Liar {
    pub url: String,
    /// The ID token of its next answer.
    token: Arc<Mutex<String>>,
    /// What it was asked for the last one.
    question: Arc<Mutex<HashMap<String, String>>>,
}

impl Liar {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let liar = Self { url, token: Arc::default(), question: Arc::default() };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(about))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(liar.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        liar
    }

    /// Signed with its key.
    pub fn says(&self, claims: &Value) {
        self.says_with(claims, &own_key());
    }

    /// Signed with another one.
    pub fn says_with(&self, claims: &Value, key: &SigningKey) {
        let signed = parts(&json!({ "alg": "ES256", "kid": "1" }), claims);
        let signature: Signature = key.sign(signed.as_bytes());
        *self.token.lock().unwrap() = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()));
    }

    /// What the program said when it came for the last token: `code_verifier` and others.
    pub fn was_told(&self, name: &str) -> String {
        self.question.lock().unwrap()[name].clone()
    }

    /// Not signed at all.
    pub fn claims(&self, claims: &Value) {
        *self.token.lock().unwrap() = format!("{}.", parts(&json!({ "alg": "none" }), claims));
    }
}

fn own_key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn parts(header: &Value, claims: &Value) -> String {
    [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}

async fn about(State(Liar { url, .. }): State<Liar>) -> Json<Value> {
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn keys() -> Json<Value> {
    let point = own_key().verifying_key().to_encoded_point(false);
    let [x, y] = [point.x(), point.y()].map(|number| URL_SAFE_NO_PAD.encode(number.unwrap()));
    Json(json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1", "x": x, "y": y }] }))
}

async fn token(State(liar): State<Liar>, Form(question): Form<HashMap<String, String>>) -> Json<Value> {
    *liar.question.lock().unwrap() = question;
    let token = liar.token.lock().unwrap().clone();
    Json(json!({ "access_token": "a", "token_type": "Bearer", "id_token": token }))
}
