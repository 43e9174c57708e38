//! ACME, against Debian's pebble.
//!
//! Pebble publishes no CRL: here it is signed with pebble's own key, of what pebble says about its certificates.

mod answers;
mod orders;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, Utc};
use instant_acme::{Account, AuthorizationStatus, ChallengeType, Identifier, Key, NewOrder, RetryPolicy};
use rcgen::{
    CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType, DnValue, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose,
};
use revocation_desk::ca::http::{HttpClient, Place, send};
use revocation_desk::ca::published::Published;
use revocation_desk::ca::{self, CertificateAuthority};
use revocation_desk::clock::Clock;
use revocation_desk::domain::certificate::{self, CertificateFacts, pem};
use revocation_desk::proof::{PublishedCrlFile, PublishedCrls};
use revocation_desk::settings::{Authority, Secret};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::conformance::{self, Entry, Expired, Habits, Harness, Repeated, Tells, Unknown};
use crate::issuing::request;
use crate::outside::clock;
use crate::test_ca::{Holder, TestCa, put, revocation_list};
use crate::wire::Wire;

const HABITS: Habits = Habits {
    name: "acme",
    server: "the real server (Debian's pebble 2.4)",
    repeated: Repeated::ToldSoOncePublished,
    unknown_serial: Unknown::Refused,
    expired: Expired::NotTried,
    keeps_reason: true,
    compares_sha256: true,
    status: Tells::Published,
};

pub struct Pebble {
    home: TempDir,
    /// As the file of the settings would have it.
    pub setting: Value,
    address: SocketAddr,
    management: HttpClient,
    wire: Wire,
    connector: Arc<dyn CertificateAuthority>,
    /// The connector's own, past the line.
    account: Account,
    issuer: CertificateFacts,
    signer: Issuer<'static, KeyPair>,
    handed_out: Mutex<Vec<CertificateFacts>>,
    server: Child,
}

pub async fn start() -> Pebble {
    let home = tempfile::tempdir().unwrap();
    let (address, management) = (free_address(), free_address());
    let server = serve(home.path(), address, management);
    let management = management_client(home.path(), management);
    conformance::until_it_answers("pebble", || async { send(management.get(&["roots", "0"])).await.is_ok() }).await;

    let certificate = text(&management, &["intermediates", "0"]).await;
    let issuer = certificate::parse(certificate.as_bytes()).unwrap();
    std::fs::write(home.path().join("issuer.pem"), &certificate).unwrap();
    let key = text(&management, &["intermediate-keys", "0"]).await;
    let signer = Issuer::new(issuing(&issuer), pkcs8(home.path(), &key));

    let wire = Wire::to(address).await;
    let (account, key) = register(home.path(), address).await;
    let setting = setting(home.path(), &wire, &key);
    let connector = connector(&setting, &issuer);
    let handed_out = Mutex::default();
    let pebble =
        Pebble { home, setting, address, management, wire, connector, account, issuer, signer, handed_out, server };
    pebble.publish().await;
    pebble
}

fn serve(home: &Path, address: SocketAddr, management: SocketAddr) -> Child {
    let tls = TestCa::new("Pebble's TLS");
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned()];
    let csr = CertificateParams::new(names.clone()).unwrap().serialize_request(&key).unwrap();
    let holder = Holder { common_name: "pebble".to_owned(), organization: None, dns_names: names };
    let certificate = tls.sign_request(&holder, csr.der(), clock() + chrono::Duration::days(90));
    let file = |name: &str, text: &str| {
        std::fs::write(home.join(name), text).unwrap();
        home.join(name)
    };
    file("trust.pem", &tls.certificate_pem());
    let config = json!({ "pebble": {
        "listenAddress": address,
        "managementListenAddress": management,
        "certificate": file("tls.pem", &pem::encode("CERTIFICATE", &certificate.der)),
        "privateKey": file("tls.key", &key.serialize_pem()),
        "httpPort": 1, "tlsPort": 1, "ocspResponderURL": "", "externalAccountBindingRequired": false,
        "certificateValidityPeriod": 100 * 86400,
    } });
    Command::new("pebble")
        .arg("-config")
        .arg(file("pebble.json", &config.to_string()))
        // Every challenge is met, and a name that was authorized once stays so.
        .env("PEBBLE_VA_ALWAYS_VALID", "1")
        .env("PEBBLE_VA_NOSLEEP", "1")
        .env("PEBBLE_AUTHZREUSE", "100")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pebble is installed (scripts/setup)")
}

/// Free when it was looked for; nobody else on this machine is given it soon.
fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn management_client(home: &Path, address: SocketAddr) -> HttpClient {
    let place = Place {
        url: format!("https://{address}"),
        timeout: Duration::from_secs(20),
        allow_private: true,
        trusted: Some(std::fs::read(home.join("trust.pem")).unwrap()),
        ..Place::default()
    };
    HttpClient::new(&place).unwrap()
}

async fn text(client: &HttpClient, path: &[&str]) -> String {
    String::from_utf8(send(client.get(path)).await.unwrap().body).unwrap()
}

/// Pebble's keys are PKCS#1.
fn pkcs8(home: &Path, key: &str) -> KeyPair {
    let path = home.join("issuer.key");
    std::fs::write(&path, key).unwrap();
    let (good, converted) = crate::openssl::run(&["pkcs8", "-topk8", "-nocrypt", "-in", path.to_str().unwrap()]);
    assert!(good, "{converted}");
    KeyPair::from_pem(&converted).unwrap()
}

/// What pebble's intermediate is, and may sign CRLs besides.
fn issuing(issuer: &CertificateFacts) -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    let name = issuer.subject.common_name.clone().unwrap();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, DnValue::PrintableString(name.try_into().unwrap()));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.key_identifier_method = KeyIdMethod::PreSpecified(issuer.subject_key_id.clone().unwrap());
    parameters
}

/// A new account, and its key as the settings want it.
async fn register(home: &Path, address: SocketAddr) -> (Account, String) {
    let (key, pkcs8) = Key::generate_pkcs8().unwrap();
    let pem = pem::encode("PRIVATE KEY", pkcs8.secret_pkcs8_der());
    let directory = format!("https://{address}/dir");
    let builder = Account::builder_with_root(home.join("trust.pem")).unwrap();
    let (account, _) = builder.create_from_key((key, PrivateKeyDer::Pkcs8(pkcs8)), directory).await.unwrap();
    (account, pem)
}

fn setting(home: &Path, wire: &Wire, key: &str) -> Value {
    let secret = home.join("account.key");
    std::fs::write(&secret, key).unwrap();
    json!({
        "name": "pebble",
        "kind": "acme",
        "url": format!("https://{}/dir", wire.address),
        "secret_file": secret,
        "issuer_file": home.join("issuer.pem"),
        "trust_file": home.join("trust.pem"),
        "allow_private": true,
        "proof": { "crls": [home.join("issuer.crl")] },
    })
}

fn connector(setting: &Value, issuer: &CertificateFacts) -> Arc<dyn CertificateAuthority> {
    let mut authority: Authority = serde_json::from_value(setting.clone()).unwrap();
    authority.secret = Some(Secret::new(std::fs::read_to_string(authority.secret_file.as_ref().unwrap()).unwrap()));
    let path = authority.proof.crls[0].clone().into();
    let files = PublishedCrls::new(vec![PublishedCrlFile { issuer: issuer.clone(), path }]);
    let published = Published::new(Arc::new(files), Clock::system());
    ca::connector(&authority, Arc::new(ca::issuer_chain(&authority).unwrap()), &published).unwrap()
}

/// Orders a certificate for these names as the account's owner does who has proven that they are its own.
async fn obtain(account: &Account, names: &[&str]) -> CertificateFacts {
    let identifiers: Vec<_> = names.iter().map(|name| Identifier::Dns((*name).to_owned())).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await.unwrap();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.unwrap();
        if authorization.status != AuthorizationStatus::Valid {
            authorization.challenge(ChallengeType::Dns01).unwrap().set_ready().await.unwrap();
        }
    }
    let patience = RetryPolicy::new().timeout(Duration::from_mins(1));
    order.poll_ready(&patience).await.unwrap();
    order.finalize_csr(&csr_for(names)).await.unwrap();
    let chain = order.poll_certificate(&patience).await.unwrap();
    certificate::parse_bundle(&chain).remove(0).1.unwrap()
}

pub fn csr_for(names: &[&str]) -> Vec<u8> {
    let dns_names = names.iter().map(|name| (*name).to_owned()).collect();
    request(&Holder { common_name: names[0].to_owned(), organization: None, dns_names })
}

impl Pebble {
    async fn status(&self, certificate: &CertificateFacts) -> Value {
        let serial = certificate.serial.to_string();
        serde_json::from_str(&text(&self.management, &["cert-status-by-serial", &serial]).await).unwrap_or_default()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

pub const NAMES: [&str; 2] = ["www.example.jp", "example.jp"];

#[async_trait]
impl Harness for Pebble {
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
        let certificate = obtain(&self.account, &NAMES).await;
        self.handed_out.lock().unwrap().push(certificate.clone());
        certificate
    }

    async fn expired(&self) -> Option<CertificateFacts> {
        None
    }

    async fn unlisted(&self) -> Option<CertificateFacts> {
        let parameters = CertificateParams::new(NAMES.map(str::to_owned)).unwrap();
        let signed = parameters.signed_by(&KeyPair::generate().unwrap(), &self.signer).unwrap();
        Some(certificate::parse_der(signed.der()).unwrap())
    }

    async fn publish(&self) {
        let issued = self.handed_out.lock().unwrap().clone();
        let mut revoked = Vec::new();
        for certificate in issued {
            let status = self.status(&certificate).await;
            if let Some(at) = status["RevokedAt"].as_str().filter(|_| status["Status"] == "Revoked") {
                let at = NaiveDateTime::parse_from_str(&at[..19].replace('T', " "), "%Y-%m-%d %H:%M:%S").unwrap();
                revoked.push((certificate.serial.octets().to_vec(), at.and_utc(), reason(&status)));
            }
        }
        let list: CertificateRevocationListParams = revocation_list(&revoked);
        put(&self.home.path().join("issuer.crl"), list.signed_by(&self.signer).unwrap().der());
    }

    async fn books(&self, certificate: &CertificateFacts) -> Entry {
        let status = self.status(certificate).await;
        if status["Status"] == "Revoked" { Entry::Revoked(reason(&status)) } else { Entry::Good }
    }
}

fn reason(status: &Value) -> Option<u8> {
    status["Reason"].as_u64().and_then(|reason| u8::try_from(reason).ok())
}

conformance::suite!(start);
