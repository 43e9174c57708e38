//! Posts one delivery to its receiver and says what came of it.
//!
//! Knows no tables, and neither when to send nor whether to send again.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Error, Url};

use crate::domain::webhook::Answer;
use crate::http_client::{self, AddressError, Reach};

/// For one attempt. Receivers take in first and work later.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);
/// Octets of an answer that are read, so that its connection can be used once more. What it says is of no interest.
const LARGEST: usize = 16 << 10;

/// What is posted.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// The same however often it is sent.
    pub id: &'a str,
    /// The second of this attempt.
    pub timestamp: i64,
    /// One for each secret, parted by blanks.
    pub signatures: &'a str,
    pub body: &'a str,
}

/// The way to all receivers; cheap to clone.
#[derive(Debug, Clone)]
pub struct Receivers {
    /// Without one, nothing can be sent.
    client: Option<Client>,
    reach: Reach,
    patience: Duration,
}

impl Receivers {
    /// `allow_private`: receivers on private networks, on this machine and without TLS.
    pub fn new(allow_private: bool) -> Self {
        let client = http_client::tls(None, None).map(|tls| http_client::builder(tls, allow_private));
        let client = client.and_then(|builder| builder.connect_timeout(CONNECT).build().map_err(http_client::words));
        let client = client.inspect_err(|cause| tracing::error!(cause, "webhooks cannot be sent")).ok();
        let reach = Reach { private: allow_private, plain: allow_private };
        Self { client, reach, patience: PATIENCE }
    }

    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// An address that may be sent to. Where its name leads is judged at each sending.
    pub fn address(&self, text: &str) -> Result<Url, AddressError> {
        let url = http_client::address(text, self.reach)?;
        // A password in an address would stand in pages and logs.
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if bare { Ok(url) } else { Err(AddressError::Malformed) }
    }

    /// The answer, with its status where there was one.
    pub async fn post(&self, url: &str, parcel: Parcel<'_>) -> (Answer, Option<u16>) {
        let url = match self.address(url) {
            Ok(url) => url,
            Err(AddressError::NotPublic) => return (Answer::NotPublic, None),
            Err(AddressError::Malformed | AddressError::NotTls) => return (Answer::Unreachable, None),
        };
        let Some(client) = &self.client else { return (Answer::Unreachable, None) };
        let request = client
            .post(url)
            .timeout(self.patience)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", parcel.id)
            .header("webhook-timestamp", parcel.timestamp.to_string())
            .header("webhook-signature", parcel.signatures)
            .body(parcel.body.to_owned());
        match request.send().await {
            Ok(mut response) => {
                let status = response.status().as_u16();
                drop(http_client::body_of(&mut response, LARGEST).await);
                (Answer::of_status(status), Some(status))
            }
            Err(error) => (hindrance(&error), None),
        }
    }
}

fn hindrance(error: &Error) -> Answer {
    if http_client::is_not_public(error) {
        Answer::NotPublic
    } else if error.is_timeout() {
        Answer::TimedOut
    } else {
        Answer::Unreachable
    }
}
