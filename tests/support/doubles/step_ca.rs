//! step-ca: `1.0/revoke`, `1.0/provisioners`, `version`.
//!
//! After the source of its API. A token is good for one request, about the serial number in its subject; certificates that
//! step-ca does not know are entered all the same; errors carry their status a second time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, SigningKey};
use revocation_desk::domain::certificate::SerialNumber;
use serde_json::{Value, json};

use super::{json as answer, now};
use crate::test_ca::{Listed, TestCa};

pub const PROVISIONER: &str = "desk@ca.example";
const KEY_ID: &str = "a-key-for-tests";

pub struct StepCa {
    pub ca: Arc<TestCa>,
    key: SigningKey,
    used: Mutex<HashSet<String>>,
}

impl StepCa {
    pub fn new(ca: Arc<TestCa>) -> Self {
        // Any 32 octets below the order of the curve.
        Self { ca, key: SigningKey::from_slice(&[7; 32]).unwrap(), used: Mutex::default() }
    }

    /// The private key of the provisioner, as its owner keeps it.
    pub fn jwk(&self) -> String {
        let point = self.key.verifying_key().to_encoded_point(false);
        json!({
            "use": "sig", "kty": "EC", "kid": KEY_ID, "crv": "P-256", "alg": "ES256",
            "x": URL_SAFE_NO_PAD.encode(point.x().unwrap()),
            "y": URL_SAFE_NO_PAD.encode(point.y().unwrap()),
            "d": URL_SAFE_NO_PAD.encode(self.key.to_bytes()),
        })
        .to_string()
    }

    /// The claims of a token that this provisioner signed, is in force and was not used before.
    fn claims(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        self.key.verifying_key().verify(signed.as_bytes(), &signature).ok()?;
        let (head, claims) = signed.split_once('.')?;
        let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let (head, claims) = (read(head)?, read(claims)?);
        let (from, until) = (claims["nbf"].as_i64()?, claims["exp"].as_i64()?);
        // The desk of a journey lives on the next business day.
        let ahead = from - Utc::now().timestamp();
        let in_force = (-60..=10 * 24 * 3600).contains(&ahead) && (1..=300).contains(&(until - from));
        let ours = head["kid"] == KEY_ID && head["alg"] == "ES256" && claims["iss"] == PROVISIONER;
        let audience = claims["aud"].as_str()?.ends_with("/1.0/revoke");
        let fresh = self.used.lock().unwrap().insert(claims["jti"].as_str()?.to_owned());
        (in_force && ours && audience && fresh).then_some(claims)
    }
}

type Server = State<Arc<StepCa>>;

pub fn router(server: Arc<StepCa>) -> Router {
    Router::new()
        .route("/1.0/revoke", post(revoke))
        .route("/1.0/provisioners", get(provisioners))
        .route("/version", get(version))
        .with_state(server)
}

fn fault(status: u16, message: &str) -> Response {
    answer(status, &json!({ "status": status, "message": message }))
}

async fn version() -> Response {
    answer(200, &json!({ "version": "0.28.3", "requireClientAuthentication": true }))
}

async fn provisioners() -> Response {
    let ours = json!({ "type": "JWK", "name": PROVISIONER, "key": { "kty": "EC", "kid": KEY_ID } });
    answer(200, &json!({ "provisioners": [{ "type": "ACME", "name": "acme" }, ours], "nextCursor": "" }))
}

async fn revoke(State(server): Server, body: Bytes) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return fault(400, "error reading request body") };
    let (Some(serial), Some(token)) = (body["serial"].as_str(), body["ott"].as_str()) else {
        return fault(400, "missing serial");
    };
    if body["passive"] != true {
        return fault(501, "non-passive revocation not implemented");
    }
    let Some(claims) = server.claims(token) else {
        return fault(401, "The request lacked necessary authorization to be completed.");
    };
    if claims["sub"] != serial {
        return fault(403, "request serial number and token subject do not match");
    }
    let reason = body["reasonCode"].as_u64().and_then(|code| u8::try_from(code).ok());
    let mut books = server.ca.books();
    let known = books.iter_mut().find(|(hex, _)| hex.parse::<SerialNumber>().unwrap().decimal() == serial);
    match known {
        Some((_, listed)) if listed.revoked.is_some() => {
            fault(400, &format!("certificate with serial number '{serial}' is already revoked"))
        }
        Some((_, listed)) => {
            listed.revoked = Some((now(), reason));
            answer(200, &json!({ "status": "ok" }))
        }
        None => {
            books.insert(format!("{:032x}", serial.len()), Listed { der: Vec::new(), revoked: None });
            answer(200, &json!({ "status": "ok" }))
        }
    }
}
