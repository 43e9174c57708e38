//! Asks chromedriver: one JSON request over HTTP/1.1, one answer, one connection.

use std::io::Write;
use std::net::{SocketAddr, TcpStream as BlockingStream};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// What WebDriver says when it cannot do something: a code such as `stale element reference`, and why.
#[derive(Debug)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

pub async fn ask(driver: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Refusal> {
    let mut stream = BufReader::new(TcpStream::connect(driver).await.unwrap());
    stream.write_all(&request(driver, method, path, body)).await.unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().unwrap();
        }
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.unwrap();
    let mut answer: Value = serde_json::from_slice(&bytes).unwrap();
    let value = answer["value"].take();
    match value["error"].as_str() {
        Some(code) => {
            let message = value["message"].as_str().unwrap_or_default().to_owned();
            Err(Refusal { code: code.to_owned(), message })
        }
        None => Ok(value),
    }
}

/// Asks without a runtime, as a destructor must, and waits until it is done.
pub fn ask_and_leave(driver: SocketAddr, method: &str, path: &str) {
    let Ok(mut stream) = BlockingStream::connect(driver) else { return };
    let limit = Some(Duration::from_secs(10));
    if stream.set_read_timeout(limit).is_ok() && stream.write_all(&request(driver, method, path, None)).is_ok() {
        let _ = std::io::Read::read(&mut stream, &mut [0; 64]);
    }
}

fn request(driver: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> Vec<u8> {
    let body = body.map(ToString::to_string).unwrap_or_default();
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {driver}\r\nContent-Type: application/json; charset=utf-8\r\n\
        Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}
