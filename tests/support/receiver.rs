//! A receiver of webhooks: keeps what it is sent and answers as the test says.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// How it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Status(u16),
    /// With a place to go to.
    Redirect(String),
    /// Takes the request and says nothing.
    Silence,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Got {
    pub id: String,
    pub timestamp: i64,
    pub signatures: Vec<String>,
    pub body: String,
}

impl Got {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

/// Ends with the test's runtime.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    got: Mutex<Vec<Got>>,
    replies: Mutex<VecDeque<Reply>>,
    always: Mutex<Option<Reply>>,
    arrived: Notify,
}

impl Receiver {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in", listener.local_addr().unwrap());
        let shared = Arc::<Shared>::default();
        let router = axum::Router::new().fallback(take).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// To the next requests, in this order; to all others: 204.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.replies.lock().unwrap().extend(replies);
    }

    /// To all requests from now on; `None`: 204.
    pub fn always(&self, reply: Option<Reply>) {
        *self.shared.always.lock().unwrap() = reply;
    }

    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    pub fn ids(&self) -> Vec<String> {
        self.got().into_iter().map(|got| got.id).collect()
    }

    /// Waits until it has got so many requests.
    pub async fn has_got(&self, number: usize) {
        loop {
            let arrived = self.shared.arrived.notified();
            if self.shared.got.lock().unwrap().len() >= number {
                return;
            }
            arrived.await;
        }
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    shared.got.lock().unwrap().push(Got {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp").parse().unwrap_or_default(),
        signatures: header("webhook-signature").split(' ').map(str::to_owned).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let next = shared.replies.lock().unwrap().pop_front();
    let reply = next.or_else(|| shared.always.lock().unwrap().clone()).unwrap_or(Reply::Status(204));
    shared.arrived.notify_waiters();
    let answer = Response::builder();
    match reply {
        Reply::Status(status) => answer.status(status).body(Body::empty()).unwrap(),
        Reply::Redirect(to) => answer.status(302).header("location", to).body(Body::empty()).unwrap(),
        Reply::Silence => std::future::pending().await,
    }
}
