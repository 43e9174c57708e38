//! Stands before several mock servers, each of which knows one certificate, and keeps the books that they do not keep.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use revocation_desk::ca::http::{HttpClient, Place, send};
use revocation_desk::domain::certificate::{CertificateFacts, der};

use super::mock::Mock;
use crate::outside::clock;
use crate::test_ca::{Holder, TestCa};

type Revocation = (DateTime<Utc>, Option<u8>);

pub struct Front {
    home: PathBuf,
    ca: Arc<TestCa>,
    /// What each mock server is started with.
    arguments: Vec<String>,
    /// By the octets of the serial number.
    servers: Mutex<BTreeMap<Vec<u8>, Entry>>,
    /// For what names no certificate that is known here.
    general: Mutex<General>,
    trick: Mutex<Trick>,
}

/// What the front does with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trick {
    None,
    /// Keeps it for later.
    Keeps(Option<Vec<u8>>),
    /// Gives the one that was kept instead.
    Replays(Vec<u8>),
}

/// A transaction of several messages lives as long as its connection: the client keeps it.
struct General {
    _server: Mock,
    client: HttpClient,
}

impl General {
    fn of(server: Mock) -> Self {
        let client = client(server.address);
        Self { _server: server, client }
    }
}

struct Entry {
    server: Mock,
    revoked: Option<Revocation>,
}

impl Front {
    pub fn start(home: PathBuf, ca: Arc<TestCa>, arguments: Vec<String>) -> Arc<Self> {
        let general = Mutex::new(General::of(Mock::start(&home, &ca.facts.der, &arguments)));
        Arc::new(Self { home, ca, arguments, servers: Mutex::default(), general, trick: Mutex::new(Trick::None) })
    }

    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(forward).with_state(self.clone())
    }

    pub fn enter(&self, certificate: &CertificateFacts) {
        let server = Mock::start(&self.home, &certificate.der, &self.arguments);
        let entry = Entry { server, revoked: None };
        self.servers.lock().unwrap().insert(certificate.serial.octets().to_vec(), entry);
    }

    pub fn revocation(&self, certificate: &CertificateFacts) -> Option<Revocation> {
        self.servers.lock().unwrap().get(certificate.serial.octets()).and_then(|entry| entry.revoked)
    }

    pub fn revoked(&self) -> Vec<(Vec<u8>, DateTime<Utc>, Option<u8>)> {
        let servers = self.servers.lock().unwrap();
        servers.iter().filter_map(|(serial, entry)| entry.revoked.map(|(at, why)| (serial.clone(), at, why))).collect()
    }

    pub fn plays(&self, trick: Trick) {
        *self.trick.lock().unwrap() = trick;
    }

    pub fn kept(&self) -> Vec<u8> {
        match &*self.trick.lock().unwrap() {
            Trick::Keeps(Some(answer)) => answer.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// The serial number that a request names, and who speaks with the server that knows it.
    fn server_of(&self, request: &[u8]) -> (Option<Vec<u8>>, HttpClient) {
        let servers = self.servers.lock().unwrap();
        let known = servers.iter().find(|(serial, _)| contains(request, serial));
        // A connection of its own: the server serves one after the other.
        let known = known.map(|(serial, entry)| (Some(serial.clone()), client(entry.server.address)));
        known.unwrap_or_else(|| (None, self.general.lock().unwrap().client.clone()))
    }

    /// A server hands out the certificate that it was started with: for a `p10cr` that is one for the key of its CSR.
    fn prepare(&self, request: &[u8]) {
        const P10CR: u8 = 0xa4;
        let message = der::read(request).unwrap().0.content;
        let body = der::read(der::read(message).unwrap().1).unwrap().0;
        if body.tag == P10CR {
            let issued = self.ca.sign_request(&Holder::example(), body.content, clock() + chrono::Duration::days(90));
            self.enter(&issued);
            let server = Mock::start(&self.home, &issued.der, &self.arguments);
            *self.general.lock().unwrap() = General::of(server);
        }
    }

    /// What the server has accepted is revoked from the first time on.
    fn note(&self, serial: &[u8], request: &[u8], answer: &[u8]) {
        /// RevRepContent that begins with one PKIStatusInfo of status 0 and nothing more.
        const ACCEPTED: [u8; 7] = [0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00];
        if contains(answer, &ACCEPTED) {
            let mut servers = self.servers.lock().unwrap();
            let entry = servers.get_mut(serial).unwrap();
            entry.revoked.get_or_insert((clock(), reason(request)));
        }
    }
}

async fn forward(State(front): State<Arc<Front>>, request: Bytes) -> Response {
    front.prepare(&request);
    let (serial, client) = front.server_of(&request);
    let post = client.post(&[]).header("content-type", "application/pkixcmp");
    let Ok(answer) = send(post.body(request.to_vec())).await else { return StatusCode::BAD_GATEWAY.into_response() };
    if let Some(serial) = serial {
        front.note(&serial, &request, &answer.body);
    }
    let mut trick = front.trick.lock().unwrap();
    let body = match &mut *trick {
        Trick::None => answer.body,
        Trick::Keeps(kept) => {
            *kept = Some(answer.body.clone());
            answer.body
        }
        Trick::Replays(old) => old.clone(),
    };
    let status = StatusCode::from_u16(answer.status).unwrap();
    (status, [("content-type", "application/pkixcmp")], body).into_response()
}

fn client(server: SocketAddr) -> HttpClient {
    let place = Place {
        url: format!("http://{server}/"),
        timeout: Duration::from_secs(30),
        allow_private: true,
        connections: 1,
        ..Place::default()
    };
    HttpClient::new(&place).unwrap()
}

/// The reasonCode of a request's crlEntryDetails.
fn reason(request: &[u8]) -> Option<u8> {
    const BEFORE: [u8; 10] = [0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01, 0];
    let before = &BEFORE[..9];
    request.windows(10).find(|window| &window[..9] == before).map(|window| window[9])
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}
