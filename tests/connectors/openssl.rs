//! OpenSSL as a relying party that knows nothing of this program.

use std::{fs, path::Path, process::Command};

use chrono::{DateTime, Utc};
use revocation_desk::domain::certificate::{CertificateFacts, pem};

use crate::authority::Authority;

/// Runs `openssl`; answers success and everything it said.
pub fn run(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl").args(arguments).output().expect("openssl is installed");
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (output.status.success(), said.concat())
}

/// `openssl verify` of the whole chain with the published CRLs of both CAs, as of an instant.
pub fn verify(authority: &Authority, certificate: &CertificateFacts, at: DateTime<Utc>) -> (bool, String) {
    let ca = &authority.ca;
    let home = authority.home.path();
    write_pem(&home.join("root.pem"), &ca.root().certificate.der);
    write_pem(&home.join("issuing.pem"), &ca.issuing().certificate.der);
    write_pem(&home.join("leaf.pem"), &certificate.der);
    let crls: Vec<String> = [ca.root(), ca.issuing()]
        .map(|issuer| pem::encode("X509 CRL", &fs::read(ca.crl_file(issuer)).expect("a CRL is published")))
        .to_vec();
    fs::write(home.join("crls.pem"), crls.concat()).unwrap();
    let file = |name: &str| home.join(name).display().to_string();
    run(&[
        "verify",
        "-x509_strict",
        "-policy_check",
        "-crl_check_all",
        "-purpose",
        "sslserver",
        "-attime",
        &at.timestamp().to_string(),
        "-CAfile",
        &file("root.pem"),
        "-untrusted",
        &file("issuing.pem"),
        "-CRLfile",
        &file("crls.pem"),
        &file("leaf.pem"),
    ])
}

/// `openssl x509 -text` in UTF-8.
pub fn text(authority: &Authority, certificate_der: &[u8]) -> String {
    let path = authority.home.path().join("text.pem");
    write_pem(&path, certificate_der);
    let (good, said) =
        run(&["x509", "-in", &path.display().to_string(), "-noout", "-text", "-nameopt", "utf8,sep_comma_plus"]);
    assert!(good, "{said}");
    said
}

fn write_pem(path: &Path, der: &[u8]) {
    fs::write(path, pem::encode("CERTIFICATE", der)).unwrap();
}
