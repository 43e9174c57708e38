//! Lets the ACME library speak through the connectors' own HTTP client, and stops answers that no ACME server gives.

use std::future::Future;
use std::pin::Pin;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, Response};
use instant_acme::{BodyWrapper, BytesResponse, Error};

use crate::ca::CaError;
use crate::ca::http::{HttpClient, body_of};
use crate::http_client::words;

/// Octets of a request of ours: a CSR and a signature.
const LARGEST: usize = 1 << 20;
/// RFC 8555 6.5: every good answer to a POST carries one.
const REPLAY_NONCE: &str = "replay-nonce";

pub struct Line(pub HttpClient);

impl instant_acme::HttpClient for Line {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(
            async move { exchange(&client, request).await.map_err(|error| Error::Other(error.to_string().into())) },
        )
    }
}

async fn exchange(client: &HttpClient, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, CaError> {
    let unavailable = |words: String| CaError::Unavailable(words);
    let (head, body) = request.into_parts();
    let body = to_bytes(Body::new(body), LARGEST).await.map_err(|error| unavailable(error.to_string()))?;
    let url = head.uri.to_string();
    let posts = head.method == Method::POST;
    let request = client.at(head.method, &url).ok_or_else(|| unavailable(format!("{url} is on another server")))?;
    let sent = request.headers(head.headers).body(body).send().await;
    let mut answer = sent.map_err(|error| unavailable(words(error)))?;
    let status = answer.status();
    // The library takes redirections for success.
    let known = matches!(status.as_u16(), 200 | 201) || status.is_client_error() || status.is_server_error();
    let complete = !posts || !status.is_success() || answer.headers().contains_key(REPLAY_NONCE);
    if !known || !complete {
        return Err(unavailable(format!("an answer ({status}) that is not one of ACME")));
    }
    let headers = std::mem::take(answer.headers_mut());
    let mut response = Response::new(Body::from(body_of(&mut answer).await?));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(BytesResponse::from(response))
}
