//! The files that customers download, as OpenSSL reads them.

use std::fs;

use chrono::Duration;
use revocation_desk::ca::CertificateAuthority;
use revocation_desk::domain::certificate::{CertificateFile, pem};

use crate::authority::{Authority, now};
use crate::openssl;

#[tokio::test]
async fn openssl_prints_the_certificates_of_the_pkcs7_file_in_order() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    let issuers = authority.ca.issuers(&source.der).await.unwrap();
    let path = authority.home.path().join("shop.p7b");
    fs::write(&path, CertificateFile::Pkcs7.content(&source.der, &issuers)).unwrap();

    let (good, printed) = openssl::run(&["pkcs7", "-in", &path.display().to_string(), "-print_certs"]);

    assert!(good, "{printed}");
    let read: Vec<Vec<u8>> = pem::blocks(&printed).into_iter().map(|block| block.der.unwrap()).collect();
    assert_eq!(read, [source.der, authority.ca.issuing().certificate.der.clone()]);
    let (good, said) = openssl::run(&["asn1parse", "-in", &path.display().to_string()]);
    assert!(good, "{said}");
}

#[tokio::test]
async fn openssl_verifies_the_chain_file_against_the_root_alone() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    let issuers = authority.ca.issuers(&source.der).await.unwrap();
    let (chain, root) = (authority.home.path().join("chain.pem"), authority.home.path().join("root.pem"));
    fs::write(&chain, CertificateFile::Chain.content(&source.der, &issuers)).unwrap();
    fs::write(&root, pem::encode("CERTIFICATE", &authority.ca.root().certificate.der)).unwrap();
    let (chain, root) = (chain.display().to_string(), root.display().to_string());
    let at = (now() + Duration::hours(1)).timestamp().to_string();

    let (good, said) = openssl::run(&["verify", "-attime", &at, "-CAfile", &root, "-untrusted", &chain, &chain]);

    assert!(good, "{said}");
}

#[tokio::test]
async fn a_certificate_of_another_ca_has_no_issuers_here() {
    let authority = Authority::new().await;
    let stranger = pem::blocks(include_str!("../fixtures/certificates/ov-lewisginter.pem")).remove(0).der.unwrap();
    assert_eq!(authority.ca.issuers(&stranger).await.unwrap(), Vec::<Vec<u8>>::new());
    // A name alone proves nothing: another CA of the same name did not sign with our key.
    let of_the_same_name = Authority::new().await.source().await;
    assert_eq!(authority.ca.issuers(&of_the_same_name.der).await.unwrap(), Vec::<Vec<u8>>::new());
}
