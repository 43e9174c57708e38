//! CMP, against `openssl cmp`: by a shared secret and by signatures.

mod front;
mod issuing;
mod mock;
mod protection;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::{self, CertificateAuthority};
use revocation_desk::domain::certificate::CertificateFacts;
use revocation_desk::settings::Authority;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::front::Front;
use self::mock::{REFERENCE, SECRET, by_ca, by_secret, certified};
use crate::conformance::{Entry, Expired, Habits, Harness, Repeated, Tells, Unknown};
use crate::doubles;
use crate::outside::{self, authority, clock, published};
use crate::test_ca::{Holder, TestCa};
use crate::wire::Wire;

pub struct Cmp {
    home: TempDir,
    /// As the file of the settings would have it.
    pub setting: Value,
    ca: Arc<TestCa>,
    front: Arc<Front>,
    wire: Wire,
    connector: Arc<dyn CertificateAuthority>,
    habits: Habits,
}

const HABITS: Habits = Habits {
    name: "cmp",
    server: "",
    repeated: Repeated::TakenAgain,
    unknown_serial: Unknown::Refused,
    expired: Expired::Taken,
    keeps_reason: true,
    compares_sha256: false,
    status: Tells::Published,
};

/// Both sides have one secret.
pub async fn start_with_secret() -> Cmp {
    let server = "`openssl cmp` of OpenSSL 3.0, shared secret";
    Cmp::start(|_, _| by_secret(SECRET), secret_setting, Habits { server, ..HABITS }).await
}

/// The server signs with the CA's key, we with one that the CA has certified.
pub async fn start_with_keys() -> Cmp {
    let server = "`openssl cmp` of OpenSSL 3.0, signatures";
    Cmp::start(by_ca, key_setting, Habits { server, ..HABITS }).await
}

fn secret_setting(_: &Path, _: &TestCa) -> Value {
    json!({ "kind": "cmp", "account": REFERENCE, "profile": "p10cr" })
}

fn key_setting(home: &Path, ca: &TestCa) -> Value {
    let (certificate, key) = certified(home, ca, "desk");
    json!({ "kind": "cmp", "certificate_file": certificate, "key_file": key, "profile": "p10cr" })
}

impl Cmp {
    async fn start(
        server: impl Fn(&Path, &TestCa) -> Vec<String>,
        setting: impl Fn(&Path, &TestCa) -> Value,
        habits: Habits,
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let ca = Arc::new(TestCa::new("CMP Test CA"));
        let arguments = server(home.path(), &ca);
        let front = Front::start(home.path().to_owned(), ca.clone(), arguments);
        let wire = Wire::to(doubles::serve(front.router()).await).await;
        let particular = setting(home.path(), &ca);
        let connector = connector(&home, &ca, &wire, particular.clone());
        let setting = outside::setting(&home, &ca, &wire, &particular, secret_of(&particular));
        let cmp = Self { home, setting, ca, front, wire, connector, habits };
        cmp.publish().await;
        cmp
    }
}

fn revocation_order(certificate: &CertificateFacts) -> ca::RevocationOrder {
    crate::conformance::order(certificate, revocation_desk::domain::application::CrlReason::Superseded, clock())
}

/// The connector that the settings open; its secret is the one of [`by_secret`].
fn connector(home: &TempDir, ca: &TestCa, wire: &Wire, setting: Value) -> Arc<dyn CertificateAuthority> {
    let secret = secret_of(&setting);
    open(home, ca, &authority(home, ca, wire, setting, secret)).unwrap()
}

fn secret_of(setting: &Value) -> Option<&'static str> {
    setting.get("key_file").is_none().then_some(SECRET)
}

fn open(home: &TempDir, ca: &TestCa, authority: &Authority) -> Result<Arc<dyn CertificateAuthority>, String> {
    let published = published(ca, &home.path().join("issuer.crl"));
    let issuer = Arc::new(ca::issuer_chain(authority).unwrap());
    ca::connector(authority, issuer, &published).map_err(|error| error.to_string())
}

#[async_trait]
impl Harness for Cmp {
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
        let certificate = self.ca.sign(&Holder::example(), clock() + Duration::days(200));
        self.front.enter(&certificate);
        certificate
    }

    async fn expired(&self) -> Option<CertificateFacts> {
        let certificate = self.ca.sign(&Holder::example(), clock() - Duration::days(1));
        self.front.enter(&certificate);
        Some(certificate)
    }

    async fn unlisted(&self) -> Option<CertificateFacts> {
        Some(self.ca.sign(&Holder::example(), clock() + Duration::days(200)))
    }

    async fn publish(&self) {
        crate::test_ca::put(&self.home.path().join("issuer.crl"), &self.ca.crl_of(&self.front.revoked()));
    }

    async fn books(&self, certificate: &CertificateFacts) -> Entry {
        self.front.revocation(certificate).map_or(Entry::Good, |(_, reason)| Entry::Revoked(reason))
    }
}

mod with_secret {
    crate::conformance::suite!(super::start_with_secret);
}

mod with_keys {
    crate::conformance::suite!(super::start_with_keys);
}
