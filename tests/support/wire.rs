//! The line between a connector and its CA, for a test to cut, to lose answers on and to answer by itself.
//!
//! Carries octets and knows no protocol: HTTP, TLS and everything above go through as they are.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// What becomes of what is said on the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Good,
    /// Nobody is there: connections are closed at once.
    Cut,
    /// The CA gets what is sent to it and does it; the line breaks when it begins to answer.
    LosesAnswers,
    /// The CA gets nothing. Whoever asks is answered this, and the line is closed.
    Answers(Vec<u8>),
}

/// A line to one address. Ends with the test's runtime.
pub struct Wire {
    pub address: SocketAddr,
    state: Arc<State>,
}

struct State {
    line: Mutex<(Line, CancellationToken)>,
    sent: AtomicU64,
}

impl Wire {
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = Mutex::new((Line::Good, CancellationToken::new()));
        let state = Arc::new(State { line, sent: AtomicU64::new(0) });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = shared.clone();
                let (line, changed) = state.line.lock().unwrap().clone();
                tokio::spawn(async move { changed.run_until_cancelled(carry(client, server, line, &state)).await });
            }
        });
        Self { address, state }
    }

    /// From now on the line is so. Connections that are open are closed.
    pub fn is(&self, line: Line) {
        let mut now = self.state.line.lock().unwrap();
        now.1.cancel();
        *now = (line, CancellationToken::new());
    }

    /// Octets that the connector has sent so far.
    pub fn sent(&self) -> u64 {
        self.state.sent.load(Ordering::SeqCst)
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr, line: Line, state: &State) {
    match line {
        Line::Cut => {}
        Line::Answers(answer) => {
            // The whole request, as far as it comes in one go: who is still sending would see the line break instead.
            read_request(&mut client, state).await;
            let _ = client.write_all(&answer).await;
            let _ = client.shutdown().await;
        }
        Line::Good | Line::LosesAnswers => {
            let Ok(upstream) = TcpStream::connect(server).await else { return };
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = upstream.into_split();
            let forth = async {
                while let Some(said) = read(&mut from_client).await {
                    state.sent.fetch_add(said.len() as u64, Ordering::SeqCst);
                    if to_server.write_all(&said).await.is_err() {
                        break;
                    }
                }
                let _ = to_server.shutdown().await;
            };
            let back = async {
                while let Some(said) = read(&mut from_server).await {
                    if line == Line::LosesAnswers || to_client.write_all(&said).await.is_err() {
                        return;
                    }
                }
                let _ = to_client.shutdown().await;
            };
            tokio::select! {
                () = back => {}
                () = async { forth.await; std::future::pending().await } => {}
            }
        }
    }
}

/// Reads the head of an HTTP request and as much body as it announces; of anything else, what comes first.
async fn read_request(client: &mut TcpStream, state: &State) {
    let mut request = Vec::new();
    while let Some(said) = read(client).await {
        state.sent.fetch_add(said.len() as u64, Ordering::SeqCst);
        request.extend(said);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            if text.is_ascii() {
                continue;
            }
            return;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |length| length.trim().parse::<usize>().unwrap_or_default());
        if request.len() >= head.len() + 4 + length {
            return;
        }
    }
}

async fn read(from: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 16 * 1024];
    let length = from.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
    buffer.truncate(length);
    Some(buffer)
}

/// An HTTP answer as octets.
pub fn http(status: u16, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} Because\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
