//! Customers' sites on this machine: one TLS server that shows a certificate of its own for each name, and the way of the
//! program to it.
//!
//! The names are not in any name server: [`Sites`] stands in the place of the program's look and sends it to the local port.
//! The connection itself is the program's.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::future::BoxFuture;
use revocation_desk::domain::certificate::Fingerprint;
use revocation_desk::domain::installation::Hindrance;
use revocation_desk::hosts::{Hosts, TlsHosts};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::{default_provider, sign::any_ecdsa_type};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ServerConfig, SupportedProtocolVersion};

/// What happens before each look at a name.
type Hook = Arc<dyn Fn(String) -> BoxFuture<'static, ()> + Send + Sync>;

#[derive(Clone)]
pub struct Sites {
    pub address: SocketAddr,
    served: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<(String, u16)>>>,
    received: Arc<Mutex<Vec<usize>>>,
    hook: Arc<Mutex<Option<Hook>>>,
}

impl Sites {
    /// On a free port, showing nothing yet.
    pub async fn open() -> Self {
        Self::speaking(tokio_rustls::rustls::ALL_VERSIONS).await
    }

    pub async fn speaking(versions: &[&'static SupportedProtocolVersion]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let sites = Self {
            address: listener.local_addr().unwrap(),
            served: Arc::default(),
            asked: Arc::default(),
            received: Arc::default(),
            hook: Arc::default(),
        };
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Certificates(sites.served.clone())));
        tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(config)), sites.received.clone()));
        sites
    }

    /// From here on `name` shows this certificate.
    pub fn show(&self, name: &str, der: &[u8]) {
        self.served.lock().unwrap().insert(name.to_owned(), der.to_vec());
    }

    /// From here on nobody answers for `name`.
    pub fn hide(&self, name: &str) {
        self.served.lock().unwrap().remove(name);
    }

    /// The names that were looked at, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(name, _)| name.clone()).collect()
    }

    pub fn ports(&self) -> Vec<u16> {
        self.asked.lock().unwrap().iter().map(|(_, port)| *port).collect()
    }

    /// For each connection that has ended: how many bytes came after its handshake.
    pub fn received(&self) -> Vec<usize> {
        self.received.lock().unwrap().clone()
    }

    pub fn before_each(&self, hook: impl Fn(String) -> BoxFuture<'static, ()> + Send + Sync + 'static) {
        *self.hook.lock().unwrap() = Some(Arc::new(hook));
    }
}

#[async_trait]
impl Hosts for Sites {
    async fn served(&self, name: &str, port: u16) -> Result<Vec<Fingerprint>, Hindrance> {
        self.asked.lock().unwrap().push((name.to_owned(), port));
        let hook = self.hook.lock().unwrap().clone();
        if let Some(hook) = hook {
            hook(name.to_owned()).await;
        }
        if !self.served.lock().unwrap().contains_key(name) {
            return Err(Hindrance::NoAddress);
        }
        Ok(vec![TlsHosts::new(true).served_at(self.address, name).await?])
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, received: Arc<Mutex<Vec<usize>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, received) = (tls.clone(), received.clone());
        tokio::spawn(async move {
            if let Ok(mut stream) = tls.accept(stream).await {
                let mut bytes = Vec::new();
                // Ends with an error where the other side hangs up without a word, as it should.
                drop(stream.read_to_end(&mut bytes).await);
                received.lock().unwrap().push(bytes.len());
            }
        });
    }
}

/// Shows certificates whose keys are elsewhere: a visitor who only looks does not mind.
#[derive(Debug)]
struct Certificates(Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let der = self.0.lock().unwrap().get(hello.server_name()?)?.clone();
        let key = rcgen::KeyPair::generate().unwrap().serialize_der();
        let key = any_ecdsa_type(&PrivateKeyDer::try_from(key).unwrap()).unwrap();
        Some(Arc::new(CertifiedKey::new(vec![CertificateDer::from(der)], key)))
    }
}
