//! Outside CAs as the suite meets them: contract doubles behind a line, and the connector that the settings open.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::published::Published;
use revocation_desk::ca::{self, CertificateAuthority};
use revocation_desk::clock::Clock;
use revocation_desk::domain::certificate::CertificateFacts;
use revocation_desk::proof::{PublishedCrlFile, PublishedCrls};
use revocation_desk::settings::{Authority, Secret};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::conformance::{Entry, Habits, Harness};
use crate::doubles;
use crate::test_ca::{Holder, TestCa};
use crate::wire::Wire;

/// A double and the connector to it.
pub struct Outside {
    pub ca: Arc<TestCa>,
    pub home: TempDir,
    /// As the file of the settings would have it.
    pub setting: Value,
    wire: Wire,
    connector: Arc<dyn CertificateAuthority>,
    habits: Habits,
}

impl Outside {
    /// `router`: the double; `setting`: what is particular to this kind, of which `url` is only the path.
    pub async fn start(
        ca: Arc<TestCa>,
        router: axum::Router,
        setting: Value,
        secret: Option<&str>,
        habits: Habits,
    ) -> Self {
        let wire = Wire::to(doubles::serve(router).await).await;
        let home = tempfile::tempdir().unwrap();
        let (particular, setting) = (setting.clone(), self::setting(&home, &ca, &wire, &setting, secret));
        let authority = authority(&home, &ca, &wire, particular, secret);
        ca.publish(&home.path().join("issuer.crl"));
        let connector = connector(&home, &ca, &authority);
        Self { ca, home, setting, wire, connector, habits }
    }
}

/// What the file of the settings would have for a CA at the other end of `wire`.
pub fn setting(home: &TempDir, ca: &TestCa, wire: &Wire, particular: &Value, secret: Option<&str>) -> Value {
    let file = |name: &str, text: &str| {
        std::fs::write(home.path().join(name), text).unwrap();
        home.path().join(name)
    };
    let mut all = json!({
        "name": "outside",
        "issuer_file": file("issuer.pem", &ca.certificate_pem()),
        "allow_private": true,
        "proof": { "crls": [home.path().join("issuer.crl")] },
    });
    if let Some(secret) = secret {
        all["secret_file"] = json!(file("secret", secret));
    }
    all.as_object_mut().unwrap().extend(particular.as_object().unwrap().clone());
    all["url"] = json!(format!("http://{}/{}", wire.address, particular["url"].as_str().unwrap_or_default()));
    all
}

/// The same as the program has it after reading.
pub fn authority(home: &TempDir, ca: &TestCa, wire: &Wire, particular: Value, secret: Option<&str>) -> Authority {
    let read: Authority = serde_json::from_value(setting(home, ca, wire, &particular, secret)).unwrap();
    let key = read.key_file.as_ref().map(|file| Secret::new(std::fs::read_to_string(file).unwrap()));
    Authority { secret: secret.map(Secret::new), key, ..read }
}

pub fn connector(home: &TempDir, ca: &TestCa, authority: &Authority) -> Arc<dyn CertificateAuthority> {
    let published = published(ca, &home.path().join("issuer.crl"));
    let issuer = Arc::new(ca::issuer_chain(authority).unwrap());
    ca::connector(authority, issuer, &published).unwrap()
}

/// The CRL in a file, as the desk reads it.
pub fn published(ca: &TestCa, path: &Path) -> Published {
    let file = PublishedCrlFile { issuer: ca.facts.clone(), path: path.to_owned() };
    Published::new(Arc::new(PublishedCrls::new(vec![file])), Clock::system())
}

pub fn clock() -> DateTime<Utc> {
    Clock::system().now()
}

#[async_trait]
impl Harness for Outside {
    fn connector(&self) -> Arc<dyn CertificateAuthority> {
        self.connector.clone()
    }

    fn wire(&self) -> Option<&Wire> {
        Some(&self.wire)
    }

    fn habits(&self) -> Habits {
        self.habits
    }

    fn now(&self) -> DateTime<Utc> {
        clock()
    }

    async fn certificate(&self) -> CertificateFacts {
        self.ca.issue(clock() + Duration::days(200))
    }

    async fn expired(&self) -> Option<CertificateFacts> {
        Some(self.ca.issue(clock() - Duration::days(1)))
    }

    async fn unlisted(&self) -> Option<CertificateFacts> {
        Some(self.ca.sign(&Holder::example(), clock() + Duration::days(200)))
    }

    async fn publish(&self) {
        self.ca.publish(&self.home.path().join("issuer.crl"));
    }

    async fn books(&self, certificate: &CertificateFacts) -> Entry {
        match self.ca.books().get(certificate.serial.as_str()).and_then(|listed| listed.revoked) {
            Some((_, reason)) => Entry::Revoked(reason),
            None => Entry::Good,
        }
    }
}
