//! The one way in which connectors speak HTTP, on top of what all requests of the program share (`http_client.rs`).
//!
//! Knows nothing of certificates. What cannot be understood is for the connectors to call unavailable.

use std::fmt::Display;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;

use super::CaError;
use crate::http_client::{self, Reach, words};

/// Octets of an answer: certificates with their chain are far smaller.
const LARGEST: usize = 1 << 20;
/// For the TCP and TLS handshakes.
const CONNECT: Duration = Duration::from_secs(10);
/// Characters of an answer that reach a page or a log.
const EXCERPT: usize = 200;

/// Where the CA is and how we show who we are.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub url: String,
    pub timeout: Duration,
    pub allow_private: bool,
    pub connections: usize,
    /// PEM.
    pub trusted: Option<Vec<u8>>,
    /// PEM: our certificate with its chain, and its key.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

/// Keeps its connections; cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    base: Url,
}

/// What came back, whatever the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl HttpClient {
    /// An error names the setting that does not work.
    pub fn new(place: &Place) -> Result<Self, String> {
        let reach = Reach { private: place.allow_private, plain: place.allow_private };
        let base = http_client::address(place.url.trim_end_matches('/'), reach);
        let base = base.map_err(|error| format!("url: {error}"))?;
        let identity = place.identity.as_ref().map(|(chain, key)| (chain.as_slice(), key.as_slice()));
        let tls = http_client::tls(place.trusted.as_deref(), identity)?;
        let client = http_client::builder(tls, place.allow_private)
            .timeout(place.timeout)
            .connect_timeout(CONNECT.min(place.timeout))
            .pool_max_idle_per_host(place.connections)
            .build()
            .map_err(|error| format!("url: {}", words(error)))?;
        Ok(Self { client, base })
    }

    /// A request for the path of these segments below the configured address, each segment escaped.
    pub fn request(&self, method: Method, segments: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.client.request(method, url)
    }

    pub fn get(&self, segments: &[&str]) -> RequestBuilder {
        self.request(Method::GET, segments, &[])
    }

    pub fn post(&self, segments: &[&str]) -> RequestBuilder {
        self.request(Method::POST, segments, &[])
    }

    /// A request for an address that the server itself gave; `None` when that is on another server.
    pub fn at(&self, method: Method, url: &str) -> Option<RequestBuilder> {
        let url = Url::parse(url).ok().filter(|url| url.origin() == self.base.origin())?;
        Some(self.client.request(method, url))
    }

    /// The address that `segments` stand for.
    pub fn url(&self, segments: &[&str]) -> String {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url.to_string()
    }
}

/// Sends a request and reads the whole answer. An error does not say whether the CA got the request.
pub async fn send(request: RequestBuilder) -> Result<Answer, CaError> {
    let mut response = request.send().await.map_err(|error| CaError::Unavailable(words(error)))?;
    let status = response.status().as_u16();
    Ok(Answer { status, body: body_of(&mut response).await? })
}

/// The whole body, as long as it is not too much.
pub async fn body_of(response: &mut Response) -> Result<Vec<u8>, CaError> {
    let status = response.status();
    let body = http_client::body_of(response, LARGEST).await.map_err(|error| CaError::Unavailable(words(error)))?;
    body.ok_or_else(|| CaError::Unavailable(format!("an answer ({status}) of more than {LARGEST} octets")))
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// `None` when the body is not JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The answer is not one that the protocol knows: nothing follows from it.
    pub fn not_understood(&self) -> CaError {
        CaError::Unavailable(format!("an answer that is not understood ({}): {}", self.status, self.excerpt()))
    }

    /// What the CA said in an error of its own: for good, unless the status tells that it is about us or about now.
    pub fn refusal(&self, words: impl Display) -> CaError {
        let words = format!("{words} ({})", self.status);
        match self.status {
            401 | 403 => CaError::Unavailable(format!("our credentials are not accepted: {words}")),
            400..=499 if !matches!(self.status, 408 | 425 | 429) => CaError::Refused(words),
            _ => CaError::Unavailable(words),
        }
    }

    fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        text.chars().filter(|c| !c.is_control()).take(EXCERPT).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_address_has_to_be_allowed() {
        let place = |url: &str, allow_private| Place {
            url: url.to_owned(),
            allow_private,
            timeout: Duration::from_secs(1),
            ..Place::default()
        };
        for (url, allow_private, told) in [
            ("https://127.0.0.1:8200", false, "private"),
            ("https://[::1]:8200", false, "private"),
            ("https://[::ffff:10.0.0.1]/", false, "private"),
            // What a browser takes for 127.0.0.1.
            ("https://2130706433/", false, "private"),
            ("https://0x7f.1/", false, "private"),
            ("http://ca.example/", false, "https"),
            ("nothing", true, "url"),
        ] {
            let refused = HttpClient::new(&place(url, allow_private)).map(|_| ()).unwrap_err();
            assert!(refused.contains(told), "{url}: {refused}");
        }
        assert!(HttpClient::new(&place("http://127.0.0.1:8888", true)).is_ok());
        assert!(HttpClient::new(&place("https://ca.example/api", false)).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_leads_nowhere() {
        let place =
            Place { url: "https://localhost:9".to_owned(), timeout: Duration::from_secs(5), ..Place::default() };
        let answer = send(HttpClient::new(&place).unwrap().get(&["x"])).await;
        assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("no public address")), "{answer:?}");
    }

    #[test]
    fn segments_are_escaped() {
        let place = Place { url: "https://ca.example/api/".to_owned(), ..Place::default() };
        let url = HttpClient::new(&place).unwrap().url(&["v1", "CN=a/b?c,O=d e", "..", "revoke"]);
        assert_eq!(url, "https://ca.example/api/v1/CN=a%2Fb%3Fc,O=d%20e/revoke");
    }

    #[test]
    fn an_address_that_a_server_gave_is_on_that_server() {
        let place = Place { url: "https://ca.example/directory".to_owned(), ..Place::default() };
        let client = HttpClient::new(&place).unwrap();
        for (url, there) in [
            ("https://ca.example/order/1", true),
            ("https://ca.example:443/order/1", true),
            ("https://ca.example:8443/order/1", false),
            ("http://ca.example/order/1", false),
            ("https://other.example/order/1", false),
            ("https://ca.example@127.0.0.1/", false),
            ("order/1", false),
        ] {
            assert_eq!(client.at(Method::POST, url).is_some(), there, "{url}");
        }
    }

    #[test]
    fn errors_of_the_ca_are_for_good_unless_they_are_about_us_or_about_now() {
        for (status, for_good) in [
            (400, true),
            (404, true),
            (409, true),
            (422, true),
            (401, false),
            (403, false),
            (408, false),
            (429, false),
            (500, false),
            (503, false),
            (200, false),
        ] {
            let told = Answer { status, body: Vec::new() }.refusal("no");
            assert_eq!(matches!(told, CaError::Refused(_)), for_good, "{status}: {told:?}");
        }
    }
}
