//! The look itself: a TLS handshake that accepts whatever certificate comes, as it only wants to see it.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::Hosts;
use crate::domain::certificate::Fingerprint;
use crate::domain::installation::Hindrance;
use crate::domain::internet::is_public;

/// Addresses of one name that are looked at.
const MOST_ADDRESSES: usize = 4;

/// For each of: finding the addresses, connecting, the handshake.
const PATIENCE: Duration = Duration::from_secs(4);

/// Looks through the network of this machine.
#[derive(Debug, Clone)]
pub struct TlsHosts {
    /// Also private addresses and those of this machine: for sites inside a company's own network.
    allow_private: bool,
    patience: Duration,
}

impl TlsHosts {
    pub fn new(allow_private: bool) -> Self {
        Self { allow_private, patience: PATIENCE }
    }

    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What the machine at `address` shows to those who ask for `name`.
    pub async fn served_at(&self, address: SocketAddr, name: &str) -> Result<Fingerprint, Hindrance> {
        if !self.allow_private && !is_public(address.ip()) {
            return Err(Hindrance::NotPublic);
        }
        let server = ServerName::try_from(name.to_owned()).map_err(|_| Hindrance::NoAddress)?;
        let seen = Arc::new(Onlooker::default());
        let config = config(seen.clone()).map_err(|_| Hindrance::NoTls)?;
        let connected = timeout(self.patience, TcpStream::connect(address)).await;
        let stream = connected.map_err(|_| Hindrance::NoAnswer)?.map_err(|_| Hindrance::NoAnswer)?;
        // How the handshake ends does not matter: a server that asks for the visitor's certificate has shown its own before.
        drop(timeout(self.patience, TlsConnector::from(config).connect(server, stream)).await);
        seen.leaf.get().cloned().ok_or(Hindrance::NoTls)
    }

    /// The addresses are used as they were judged: no second question to the name server.
    async fn addresses(&self, name: &str, port: u16) -> Result<Vec<SocketAddr>, Hindrance> {
        let found = timeout(self.patience, lookup_host((name, port))).await;
        let mut found: Vec<SocketAddr> =
            found.map_err(|_| Hindrance::NoAddress)?.map_err(|_| Hindrance::NoAddress)?.collect();
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return Err(Hindrance::NoAddress);
        }
        found.retain(|address| self.allow_private || is_public(address.ip()));
        found.truncate(MOST_ADDRESSES);
        if found.is_empty() { Err(Hindrance::NotPublic) } else { Ok(found) }
    }
}

#[async_trait]
impl Hosts for TlsHosts {
    async fn served(&self, name: &str, port: u16) -> Result<Vec<Fingerprint>, Hindrance> {
        // An address in the place of a name would be one that the certificate chose.
        if name.parse::<std::net::IpAddr>().is_ok() {
            return Err(Hindrance::NoAddress);
        }
        let addresses = self.addresses(name, port).await?;
        let looks = addresses.into_iter().map(|address| self.served_at(address, name));
        let (mut served, mut hindrance) = (Vec::new(), Hindrance::NoAnswer);
        for look in futures::future::join_all(looks).await {
            match look {
                Ok(leaf) => served.push(leaf),
                // The one that got furthest tells most.
                Err(Hindrance::NoTls) => hindrance = Hindrance::NoTls,
                Err(Hindrance::NoAddress | Hindrance::NotPublic | Hindrance::NoAnswer) => {}
            }
        }
        if served.is_empty() { Err(hindrance) } else { Ok(served) }
    }
}

fn config(onlooker: Arc<Onlooker>) -> Result<Arc<ClientConfig>, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(onlooker)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Keeps the leaf that one server shows, and believes anything. Nothing is ever sent over such a connection.
#[derive(Debug)]
struct Onlooker {
    leaf: OnceLock<Fingerprint>,
    provider: CryptoProvider,
}

impl Default for Onlooker {
    fn default() -> Self {
        Self { leaf: OnceLock::new(), provider: ring::default_provider() }
    }
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.leaf.get_or_init(|| Fingerprint::of(leaf));
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _leaf: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _leaf: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
