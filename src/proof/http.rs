//! The few requests over HTTP that proof takes: fetching a CRL, posting to a responder, with a limit to the time and the
//! size of answers.
//!
//! Addresses come from the operator's settings alone, never from a certificate. What comes back is trusted for its
//! signature, not for where it came from: `http://` is as good as `https://`.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, header};

use super::ProofError;
use crate::http_client::{self, Reach, words};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Of a CRL of many megabytes on a slow line.
const CRL_TIMEOUT: Duration = Duration::from_mins(2);
const OCSP_TIMEOUT: Duration = Duration::from_secs(10);
/// A CRL of two million entries; also what one bind parameter of the database takes.
const CRL_LIMIT: usize = 100 << 20;
/// An answer with the longest chain of certificates that is in use has some 10 KB.
const OCSP_LIMIT: usize = 64 << 10;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Http(Client);

/// What a server said about a CRL, to be told to it the next time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    etag: Option<header::HeaderValue>,
    last_modified: Option<header::HeaderValue>,
}

/// What came of a conditional request.
pub enum Fetched {
    New { bytes: Vec<u8>, validators: Validators },
    NotModified,
}

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("{0} {1}")]
    Unfit(String, http_client::AddressError),
    #[error("no HTTP client can be made: {0}")]
    Client(String),
}

impl Http {
    /// Names that lead into private networks are asked only where that is allowed.
    pub fn new(allow_private: bool) -> Result<Self, AddressError> {
        let tls = http_client::tls(None, None).map_err(AddressError::Client)?;
        http_client::builder(tls, allow_private)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map(Self)
            .map_err(|error| AddressError::Client(words(error)))
    }

    /// A CRL, unless it is still the one that the validators came with.
    pub async fn crl(&self, address: &Url, known: &Validators) -> Result<Fetched, ProofError> {
        let mut request = self.0.get(address.clone()).timeout(CRL_TIMEOUT);
        for (name, value) in [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.last_modified)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let answer = send(request).await?;
        if answer.status() == StatusCode::NOT_MODIFIED && *known != Validators::default() {
            return Ok(Fetched::NotModified);
        }
        let value = |name| answer.headers().get(name).cloned();
        let validators = Validators { etag: value(header::ETAG), last_modified: value(header::LAST_MODIFIED) };
        Ok(Fetched::New { bytes: body(answer, CRL_LIMIT).await?, validators })
    }

    /// What a responder answers to a request.
    pub async fn ocsp(&self, address: &Url, request: Vec<u8>) -> Result<Vec<u8>, ProofError> {
        let post = self.0.post(address.clone()).timeout(OCSP_TIMEOUT).body(request);
        let answer = send(post.header(header::CONTENT_TYPE, "application/ocsp-request")).await?;
        body(answer, OCSP_LIMIT).await
    }
}

/// An address as the settings have it.
pub fn address(text: &str, allow_private: bool) -> Result<Url, AddressError> {
    let reach = Reach { private: allow_private, plain: true };
    http_client::address(text, reach).map_err(|error| AddressError::Unfit(text.to_owned(), error))
}

async fn send(request: RequestBuilder) -> Result<Response, ProofError> {
    request.send().await.map_err(unreachable)
}

async fn body(mut answer: Response, limit: usize) -> Result<Vec<u8>, ProofError> {
    if answer.status() != StatusCode::OK {
        return Err(ProofError::Unreachable(format!("HTTP status {}", answer.status().as_u16())));
    }
    let read = http_client::body_of(&mut answer, limit).await.map_err(unreachable)?;
    read.ok_or_else(|| ProofError::Unreadable(format!("more than {limit} octets")))
}

fn unreachable(error: reqwest::Error) -> ProofError {
    ProofError::Unreachable(words(error))
}
