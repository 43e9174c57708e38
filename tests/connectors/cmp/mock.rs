//! `openssl cmp -port`: a CMP server with OpenSSL's own client and server code, which answers about one certificate and keeps
//! no books.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chrono::Duration;
use rcgen::{CertificateParams, KeyPair};
use revocation_desk::domain::certificate::pem;

use crate::outside::clock;
use crate::test_ca::{Holder, TestCa};

pub const REFERENCE: &str = "revocation-desk";
pub const SECRET: &str = "correct horse battery staple";

/// A server that runs until it is dropped.
pub struct Mock {
    pub address: SocketAddr,
    server: Child,
}

impl Mock {
    /// `certificate`: what it knows and hands out.
    pub fn start(home: &Path, certificate: &[u8], arguments: &[String]) -> Self {
        let known = home.join(format!("{}.pem", uuid::Uuid::new_v4()));
        std::fs::write(&known, pem::encode("CERTIFICATE", certificate)).unwrap();
        let mut server = Command::new("openssl")
            .args(["cmp", "-config", "/dev/null", "-port", "0", "-rsp_cert"])
            .arg(known)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
        let port = said.by_ref().find_map(|line| {
            line.unwrap().strip_prefix("ACCEPT ")?.split_whitespace().next()?.rsplit(':').next()?.parse::<u16>().ok()
        });
        // It says something about each request and would wait for a reader.
        std::thread::spawn(move || said.for_each(drop));
        Self { address: SocketAddr::from(([127, 0, 0, 1], port.expect("openssl listens"))), server }
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Protects by the shared secret.
pub fn by_secret(secret: &str) -> Vec<String> {
    ["-srv_ref", REFERENCE, "-srv_secret", &format!("pass:{secret}")].map(str::to_owned).to_vec()
}

/// Protects by this certificate's key and trusts clients of the CA.
pub fn by_key(home: &Path, ca: &TestCa, certificate: &Path, key: &Path) -> Vec<String> {
    let trusted = write(home, "trusted.pem", &ca.certificate_pem());
    let path = |path: &Path| path.display().to_string();
    let arguments = ["-srv_cert", &path(certificate), "-srv_key", &path(key), "-srv_trusted", &path(&trusted)];
    arguments.map(str::to_owned).to_vec()
}

/// Protects by the CA's own key.
pub fn by_ca(home: &Path, ca: &TestCa) -> Vec<String> {
    let certificate = write(home, "ca.pem", &ca.certificate_pem());
    let key = write(home, "ca.key", ca.key_pem());
    by_key(home, ca, &certificate, &key)
}

/// A certificate of the CA with its key, as files.
pub fn certified(home: &Path, ca: &TestCa, name: &str) -> (PathBuf, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::new(Vec::new()).unwrap().serialize_request(&key).unwrap();
    let holder =
        Holder { common_name: name.to_owned(), organization: None, dns_names: vec![format!("{name}.example.jp")] };
    let certificate = ca.sign_request(&holder, csr.der(), clock() + Duration::days(90));
    (
        write(home, &format!("{name}.pem"), &pem::encode("CERTIFICATE", &certificate.der)),
        write(home, &format!("{name}.key"), &key.serialize_pem()),
    )
}

/// One that may speak for the CA, made by OpenSSL. `days`: may be over.
pub fn responder(home: &Path, ca: &TestCa, extensions: &str) -> (PathBuf, PathBuf) {
    let name = uuid::Uuid::new_v4();
    let path = |file: &str| home.join(format!("{name}-{file}")).display().to_string();
    let run = |arguments: &[&str]| {
        let (good, said) = crate::openssl::run(arguments);
        assert!(good, "{said}");
    };
    let (key, csr, certificate, with) = (path("key"), path("csr"), path("pem"), path("ext"));
    std::fs::write(&with, extensions).unwrap();
    let (ca_file, ca_key) = (write(home, "ca.pem", &ca.certificate_pem()), write(home, "ca.key", ca.key_pem()));
    let (ca_file, ca_key) = (ca_file.display().to_string(), ca_key.display().to_string());
    run(&["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=CMP responder", "-keyout", &key, "-out", &csr]);
    let days = if extensions.contains("over") { "-1" } else { "30" };
    let sign = ["x509", "-req", "-in", &csr, "-CA", &ca_file, "-CAkey", &ca_key, "-days", days, "-extfile", &with];
    run(&[&sign[..], &["-set_serial", "0x7001", "-out", &certificate]].concat());
    (certificate.into(), key.into())
}

pub fn write(home: &Path, name: &str, text: &str) -> PathBuf {
    let path = home.join(name);
    std::fs::write(&path, text).unwrap();
    path
}
