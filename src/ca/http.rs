//! The one way in which connectors speak HTTP: TLS by rustls and ring, no redirects, no proxies, answers of limited size,
//! and no way into private networks that nobody opened.
//!
//! Knows nothing of certificates. What cannot be understood is for the connectors to call unavailable.

use std::error::Error as _;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, RequestBuilder, Response, Url, redirect};
use serde::de::DeserializeOwned;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::CaError;

/// Octets of an answer: certificates with their chain are far smaller.
const LARGEST: usize = 1 << 20;
/// For the TCP and TLS handshakes.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an open connection is kept for the next call.
const IDLE: Duration = Duration::from_secs(30);
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
        let base = Url::parse(place.url.trim_end_matches('/')).map_err(|error| format!("url: {error}"))?;
        let literal = base.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        if literal.is_some_and(|address| !place.allow_private && !is_public(address)) {
            return Err("url: is a private address; allow_private permits it".to_owned());
        }
        if base.cannot_be_a_base() || (base.scheme() != "https" && !place.allow_private) {
            return Err("url: needs https".to_owned());
        }
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(place)?)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(place.timeout)
            .connect_timeout(CONNECT.min(place.timeout))
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(place.connections)
            .tcp_nodelay(true)
            .dns_resolver(Arc::new(Resolver { allow_private: place.allow_private }))
            .user_agent(concat!("revocation-desk/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("url: {}", words(&error)))?;
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
    let mut response = request.send().await.map_err(|error| CaError::Unavailable(words(&error.without_url())))?;
    let status = response.status().as_u16();
    Ok(Answer { status, body: body_of(&mut response).await? })
}

/// The whole body, as long as it is not too much.
pub async fn body_of(response: &mut Response) -> Result<Vec<u8>, CaError> {
    let status = response.status();
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| CaError::Unavailable(words(&error.without_url())))? {
        if body.len() + part.len() > LARGEST {
            return Err(CaError::Unavailable(format!("an answer ({status}) of more than {LARGEST} octets")));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
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

/// An error with all its causes; the outermost alone says "error sending request".
pub fn words(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn tls(place: &Place) -> Result<ClientConfig, String> {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    if let Some(pem) = &place.trusted {
        for root in certificates(pem).map_err(|error| format!("trust_file: {error}"))? {
            roots.add(root).map_err(|error| format!("trust_file: {error}"))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let Some((chain, key)) = &place.identity else { return Ok(config.with_no_client_auth()) };
    let chain = certificates(chain).map_err(|error| format!("certificate_file: {error}"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| format!("key_file: {error}"))?;
    config.with_client_auth_cert(chain, key).map_err(|error| format!("key_file: {error}"))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|error| error.to_string())?;
    if read.is_empty() { Err("holds no certificate".to_owned()) } else { Ok(read) }
}

/// Names that lead into private networks lead nowhere, whatever they led to when somebody looked.
struct Resolver {
    allow_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let usable: Vec<_> = found.filter(|address| allow_private || is_public(address.ip())).collect();
            if usable.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet's, and not of this machine or of a network behind it (the IANA registries of
/// special-purpose addresses).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127 | 224.., ..]
        | [169, 254, ..]
        | [192, 168, ..]
        | [192, 0, 0 | 2, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => true,
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match address.segments() {
        // NAT64: another way to write an address of version 4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // 6to4 and documentation; the rest of 2000::/3 is given out.
        [0x2002, ..] | [0x2001, 0xdb8, ..] => false,
        // Teredo and other protocol assignments.
        [0x2001, second, ..] if second < 0x200 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for (address, public) in [
            ("1.1.1.1", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("11.0.0.1", true),
            ("100.63.255.255", true),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("172.15.0.1", true),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("192.0.0.8", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:1.1.1.1", true),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::101:101", true),
            ("fe80::1", false),
            ("fc00::1", false),
            ("fd12::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("2001:0:1::1", false),
            ("2002:7f00:1::", false),
            ("2606:4700:4700::1111", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

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
