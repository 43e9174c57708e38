//! What all our requests over HTTP share: TLS by rustls and ring, no redirects, no proxies, answers of limited size, and no
//! way into private networks that nobody opened.
//!
//! Knows neither protocols nor what an answer means: that is for connectors, proof and webhooks to say.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{ClientBuilder, Response, Url, redirect};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::domain::internet::is_public;

/// How long an open connection is kept for the next call.
const IDLE: Duration = Duration::from_secs(30);

/// Where requests may go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Also private addresses and those of this machine.
    pub private: bool,
    /// Also without TLS.
    pub plain: bool,
}

/// Why an address is not one that requests go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("is not an address of the form https://…")]
    Malformed,
    #[error("needs https")]
    NotTls,
    #[error("is a private address; allow_private permits it")]
    NotPublic,
}

/// An address that somebody typed. Where a name leads to is judged when it is asked for ([`builder`]).
pub fn address(text: &str, reach: Reach) -> Result<Url, AddressError> {
    let url = Url::parse(text).map_err(|_| AddressError::Malformed)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(AddressError::Malformed);
    }
    let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
    if literal.is_some_and(|address| !reach.private && !is_public(address)) {
        return Err(AddressError::NotPublic);
    }
    if url.scheme() != "https" && !reach.plain { Err(AddressError::NotTls) } else { Ok(url) }
}

/// A client in the making: what is left to say is how long it waits. Names that lead into private networks lead nowhere,
/// whatever they led to when somebody looked.
pub fn builder(tls: ClientConfig, allow_private: bool) -> ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .dns_resolver(Arc::new(Resolver { allow_private }))
        .user_agent(concat!("revocation-desk/", env!("CARGO_PKG_VERSION")))
}

/// Who may answer: the public certificate authorities, and those of a file of PEM. Who we are, where that is asked for: our
/// certificate with its chain, and its key. An error names the setting that does not work.
pub fn tls(trusted: Option<&[u8]>, identity: Option<(&[u8], &[u8])>) -> Result<ClientConfig, String> {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    if let Some(pem) = trusted {
        for root in certificates(pem).map_err(|error| format!("trust_file: {error}"))? {
            roots.add(root).map_err(|error| format!("trust_file: {error}"))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let Some((chain, key)) = identity else { return Ok(config.with_no_client_auth()) };
    let chain = certificates(chain).map_err(|error| format!("certificate_file: {error}"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| format!("key_file: {error}"))?;
    config.with_client_auth_cert(chain, key).map_err(|error| format!("key_file: {error}"))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|error| error.to_string())?;
    if read.is_empty() { Err("holds no certificate".to_owned()) } else { Ok(read) }
}

/// The whole body, as long as it is not too much: `None`.
pub async fn body_of(response: &mut Response, limit: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        if body.len() + part.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&part);
    }
    Ok(Some(body))
}

/// An error with all its causes; the outermost alone says "error sending request". Without the address, which may hold a
/// secret.
pub fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// Whether a request failed because its name leads to no public address.
pub fn is_not_public(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

#[derive(Debug, thiserror::Error)]
#[error("{0} has no public address")]
struct NotPublic(String);

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
                return Err(NotPublic(name.as_str().to_owned()).into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_judged_before_anything_is_sent() {
        use AddressError::{Malformed, NotPublic, NotTls};
        let public = Reach::default();
        let own = Reach { private: true, plain: true };
        for (text, reach, told) in [
            ("https://hooks.example/in", public, Ok(())),
            ("https://127.0.0.1:8200", public, Err(NotPublic)),
            ("https://[::1]:8200", public, Err(NotPublic)),
            ("https://[::ffff:10.0.0.1]/", public, Err(NotPublic)),
            ("https://169.254.169.254/latest/meta-data", public, Err(NotPublic)),
            // What a browser takes for 127.0.0.1.
            ("https://2130706433/", public, Err(NotPublic)),
            ("https://0x7f.1/", public, Err(NotPublic)),
            ("http://hooks.example/", public, Err(NotTls)),
            ("http://hooks.example/", Reach { private: false, plain: true }, Ok(())),
            ("http://127.0.0.1:8200", own, Ok(())),
            ("nothing", own, Err(Malformed)),
            ("file:///etc/passwd", own, Err(Malformed)),
            ("ftp://hooks.example/", own, Err(Malformed)),
        ] {
            assert_eq!(address(text, reach).map(|_| ()), told, "{text}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_leads_nowhere() {
        let client = builder(tls(None, None).unwrap(), false).build().unwrap();
        let error = client.get("http://localhost:9/").send().await.unwrap_err();
        assert!(is_not_public(&error), "{}", words(error));

        let client = builder(tls(None, None).unwrap(), true).build().unwrap();
        let error = client.get("http://localhost:9/").send().await.unwrap_err();
        assert!(!is_not_public(&error), "{}", words(error));
    }
}
