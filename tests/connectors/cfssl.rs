//! CFSSL, against Debian's server with its SQLite database.
//!
//! The server tells nobody what it revoked: the CRL is made from its database, as who runs one has to do.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::{CaError, CertificateAuthority};
use revocation_desk::domain::certificate::{self, CertificateFacts, pem};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, Value};
use serde_json::json;
use tempfile::TempDir;

use crate::conformance::{self, Entry, Expired, Habits, Harness, Repeated, Tells, Unknown};
use crate::database;
use crate::issuing::{assert_issued, order_for};
use crate::outside::{authority, clock, connector, setting};
use crate::test_ca::{Holder, TestCa, put};
use crate::wire::{Line, Wire, http};

/// The key of `authsign`, hex.
const KEY: &str = "00112233445566778899aabbccddeeff";

/// CFSSL's own tables, but with text for numbers: with the types that this version ships for SQLite a serial number
/// becomes a floating-point number and is never found again.
const TABLES: [&str; 2] = [
    "CREATE TABLE certificates (serial_number TEXT NOT NULL, authority_key_identifier TEXT NOT NULL, ca_label TEXT,
     status TEXT NOT NULL, reason INTEGER, expiry TIMESTAMP, revoked_at TIMESTAMP, pem TEXT NOT NULL,
     PRIMARY KEY (serial_number, authority_key_identifier))",
    "CREATE TABLE ocsp_responses (serial_number TEXT NOT NULL, authority_key_identifier TEXT NOT NULL,
     body TEXT NOT NULL, expiry TIMESTAMP, PRIMARY KEY (serial_number, authority_key_identifier))",
];

pub struct Cfssl {
    pub home: TempDir,
    pub ca: TestCa,
    pub db: DatabaseConnection,
    pub wire: Wire,
    /// As the file of the settings would have it.
    pub setting: serde_json::Value,
    connector: Arc<dyn CertificateAuthority>,
    server: Child,
}

pub async fn start() -> Cfssl {
    started(None).await
}

async fn started(key: Option<&str>) -> Cfssl {
    let home = tempfile::tempdir().unwrap();
    let ca = TestCa::new("CFSSL Test CA");
    let db = database::connect(&format!("sqlite://{}?mode=rwc", home.path().join("certs.db").display())).await;
    for table in TABLES {
        db.execute_unprepared(table).await.unwrap();
    }
    let (server, address) = serve(home.path(), &ca).await;
    let wire = Wire::to(address).await;
    put(&home.path().join("issuer.crl"), &ca.crl());
    let particular = json!({ "kind": "cfssl", "profile": if key.is_some() { "signed" } else { "server" } });
    let setting = setting(&home, &ca, &wire, &particular, key);
    let connector = connector(&home, &ca, &authority(&home, &ca, &wire, particular, key));
    Cfssl { home, ca, db, wire, setting, connector, server }
}

async fn serve(home: &Path, ca: &TestCa) -> (Child, SocketAddr) {
    let file = |name: &str, text: &str| {
        std::fs::write(home.join(name), text).unwrap();
        home.join(name)
    };
    let policies = json!([{ "ID": "2.23.140.1.2.2" }]);
    let profile = |more: serde_json::Value| {
        let mut profile = json!({
            "usages": ["digital signature", "server auth"], "expiry": "2160h", "policies": policies,
        });
        profile.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        profile
    };
    let config = json!({
        "signing": { "default": { "expiry": "24h" }, "profiles": {
            "server": profile(json!({})),
            "signed": profile(json!({ "auth_key": "desk" })),
        } },
        "auth_keys": { "desk": { "type": "standard", "key": KEY } },
    });
    let database = json!({ "driver": "sqlite3", "data_source": home.join("certs.db") });
    let address = free_address();
    let server = Command::new("cfssl")
        .args(["serve", "-address", "127.0.0.1", "-port", &address.port().to_string()])
        .arg("-ca")
        .arg(file("ca.pem", &ca.certificate_pem()))
        .arg("-ca-key")
        .arg(file("ca-key.pem", ca.key_pem()))
        .arg("-config")
        .arg(file("config.json", &config.to_string()))
        .arg("-db-config")
        .arg(file("db.json", &database.to_string()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("cfssl is installed (scripts/setup)");
    conformance::until_it_answers("cfssl", || async { tokio::net::TcpStream::connect(address).await.is_ok() }).await;
    (server, address)
}

/// Free when it was looked for; nobody else on this machine is given it soon.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Drop for Cfssl {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Cfssl {
    /// Asks the server itself, past the line, for a certificate.
    pub async fn issue(&self, holder: &Holder) -> CertificateFacts {
        let source = self.ca.sign(holder, clock() + Duration::days(200));
        let issued = self.connector.issue(&order_for(&source, clock() + Duration::days(100))).await.unwrap();
        certificate::parse_der(&issued.der).unwrap()
    }

    /// Enters a certificate that was signed past the server.
    pub async fn enter(&self, certificate: &CertificateFacts) {
        let sql = "INSERT INTO certificates (serial_number, authority_key_identifier, ca_label, status, reason, expiry,
                   revoked_at, pem) VALUES ($1, '', '', 'good', 0, '2026-01-01 00:00:00+00:00',
                   '0001-01-01 00:00:00+00:00', $2)";
        let values = [certificate.serial.decimal().into(), pem::encode("CERTIFICATE", &certificate.der).into()];
        self.db.execute_raw(self.statement(sql, values)).await.unwrap();
    }

    async fn row(&self, certificate: &CertificateFacts, columns: &str) -> Option<sea_orm::QueryResult> {
        let sql = format!("SELECT {columns} FROM certificates WHERE serial_number = $1");
        self.db.query_one_raw(self.statement(&sql, [certificate.serial.decimal().into()])).await.unwrap()
    }

    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.db.get_database_backend(), sql, values)
    }

    /// Everything that the database has as revoked, as a CRL in the file that the desk reads.
    pub async fn publish_crl(&self) {
        let sql = "SELECT pem, CAST(revoked_at AS TEXT), reason FROM certificates WHERE status = 'revoked'";
        let rows = self.db.query_all_raw(self.statement(sql, [])).await.unwrap();
        let revoked: Vec<_> = rows
            .iter()
            .map(|row| {
                let text: String = row.try_get_by_index(0).unwrap();
                let at: String = row.try_get_by_index(1).unwrap();
                let at = chrono::NaiveDateTime::parse_from_str(&at[..19], "%Y-%m-%d %H:%M:%S").unwrap().and_utc();
                let reason = u8::try_from(row.try_get_by_index::<i64>(2).unwrap()).ok();
                (certificate::parse(text.as_bytes()).unwrap().serial.octets().to_vec(), at, reason)
            })
            .collect();
        put(&self.home.path().join("issuer.crl"), &self.ca.crl_of(&revoked));
    }
}

const HABITS: Habits = Habits {
    name: "cfssl",
    server: "the real server (Debian's 1.2.0 on SQLite)",
    repeated: Repeated::TakenAgain,
    unknown_serial: Unknown::Refused,
    expired: Expired::Taken,
    keeps_reason: true,
    compares_sha256: false,
    status: Tells::Published,
};

#[async_trait]
impl Harness for Cfssl {
    fn connector(&self) -> Arc<dyn CertificateAuthority> {
        self.connector.clone()
    }

    fn wire(&self) -> Option<&Wire> {
        Some(&self.wire)
    }

    fn habits(&self) -> Habits {
        HABITS
    }

    fn now(&self) -> DateTime<Utc> {
        clock()
    }

    async fn certificate(&self) -> CertificateFacts {
        self.issue(&Holder::example()).await
    }

    /// CFSSL refuses to issue one: it is entered past it.
    async fn expired(&self) -> Option<CertificateFacts> {
        let expired = self.ca.sign(&Holder::example(), clock() - Duration::days(1));
        self.enter(&expired).await;
        Some(expired)
    }

    async fn unlisted(&self) -> Option<CertificateFacts> {
        Some(self.ca.sign(&Holder::example(), clock() + Duration::days(200)))
    }

    async fn publish(&self) {
        self.publish_crl().await;
    }

    async fn books(&self, certificate: &CertificateFacts) -> Entry {
        let row = self.row(certificate, "status, reason").await.unwrap();
        match row.try_get_by_index::<String>(0).unwrap().as_str() {
            "revoked" => Entry::Revoked(u8::try_from(row.try_get_by_index::<i64>(1).unwrap()).ok()),
            _ => Entry::Good,
        }
    }
}

conformance::suite!(start);

#[tokio::test]
async fn a_replacement_has_the_names_of_the_source_and_the_key_of_the_request() {
    for key in [None, Some(KEY)] {
        let cfssl = started(key).await;
        let source = cfssl.ca.sign(&Holder::example(), clock() + Duration::days(200));
        let order = order_for(&source, clock() + Duration::days(100));

        let issued = cfssl.connector.issue(&order).await.unwrap();

        assert_issued(&order, &issued);
        assert_eq!(cfssl.books(&certificate::parse_der(&issued.der).unwrap()).await, Entry::Good);
    }
}

#[tokio::test]
async fn a_profile_that_ends_too_late_and_a_wrong_key_are_refused() {
    let cfssl = started(Some("ff")).await;
    let source = cfssl.ca.sign(&Holder::example(), clock() + Duration::days(200));
    let unsigned = cfssl.connector.issue(&order_for(&source, clock() + Duration::days(100))).await;
    assert!(matches!(unsigned, Err(CaError::Refused(_) | CaError::Unavailable(_))), "{unsigned:?}");

    let cfssl = start().await;
    let late = cfssl.connector.issue(&order_for(&source, clock() + Duration::days(89))).await;
    assert!(matches!(late, Err(CaError::Refused(_))), "{late:?}");
}

#[tokio::test]
async fn trouble_with_the_database_is_for_now_and_another_ca_is_noticed() {
    let cfssl = start().await;
    let certificate = cfssl.certificate().await;
    let order = conformance::order(&certificate, revocation_desk::domain::application::CrlReason::Superseded, clock());
    let trouble =
        br#"{"success":false,"result":null,"errors":[{"code":11000,"message":"database is locked"}],"messages":[]}"#;
    cfssl.wire.is(Line::Answers(http(400, "text/plain", trouble)));
    let answer = cfssl.connector.revoke(&order).await;
    assert!(matches!(answer, Err(CaError::Unavailable(_))), "{answer:?}");

    let other = TestCa::new("Another CA");
    let body =
        json!({ "success": true, "result": { "certificate": other.certificate_pem() }, "errors": [], "messages": [] });
    cfssl.wire.is(Line::Answers(http(200, "application/json", body.to_string().as_bytes())));
    assert!(matches!(cfssl.connector.check().await, Err(CaError::Refused(_))));
}
