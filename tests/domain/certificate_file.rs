//! The files in which a certificate is handed out: names and contents.

use revocation_desk::domain::certificate::{self, CertificateFile, SerialNumber, pem};

fn serial(hex: &str) -> SerialNumber {
    hex.parse().unwrap()
}

#[test]
fn a_file_is_named_after_the_domain_and_the_end_of_the_serial_number() {
    let long = "4a910ce75d22b87c3a";
    for (common_name, serial_number, file, expected) in [
        ("shop.example.jp", long, CertificateFile::Pem, "shop.example.jp-22b87c3a.pem"),
        ("shop.example.jp", long, CertificateFile::Chain, "shop.example.jp-22b87c3a-chain.pem"),
        ("shop.example.jp", long, CertificateFile::Pkcs7, "shop.example.jp-22b87c3a.p7b"),
        ("shop.example.jp", long, CertificateFile::Der, "shop.example.jp-22b87c3a.cer"),
        ("*.example.jp", long, CertificateFile::Pem, "wildcard.example.jp-22b87c3a.pem"),
        ("shop.example.jp", "7f01", CertificateFile::Pem, "shop.example.jp-7f01.pem"),
        ("../../etc/passwd", long, CertificateFile::Pem, "_.._etc_passwd-22b87c3a.pem"),
        ("a\"; x=\r\nb", long, CertificateFile::Pem, "a___x___b-22b87c3a.pem"),
        ("例え.example", long, CertificateFile::Pem, "__.example-22b87c3a.pem"),
    ] {
        assert_eq!(file.file_name(common_name, &serial(serial_number)), expected, "{common_name}");
    }
}

#[test]
fn an_address_names_one_file() {
    for file in CertificateFile::ALL {
        assert_eq!(file.as_str().parse::<CertificateFile>().unwrap(), file);
    }
    assert!("certificate.key".parse::<CertificateFile>().is_err());
}

#[test]
fn the_certificate_comes_first_and_every_octet_as_it_was() {
    let chain = include_str!("../fixtures/certificates/chain.pem");
    let ders: Vec<Vec<u8>> = pem::blocks(chain).into_iter().map(|block| block.der.unwrap()).collect();
    let (leaf, issuers) = ders.split_first().unwrap();
    assert_eq!(CertificateFile::Der.content(leaf, issuers), *leaf);
    assert_eq!(read(&CertificateFile::Pem.content(leaf, issuers)), std::slice::from_ref(leaf));
    assert_eq!(read(&CertificateFile::Chain.content(leaf, issuers)), ders);
    let packed = String::from_utf8(CertificateFile::Pkcs7.content(leaf, issuers)).unwrap();
    assert!(packed.starts_with("-----BEGIN PKCS7-----\n"), "{packed}");
    let der = pem::blocks(&packed).remove(0).der.unwrap();
    let holds = |one: &[u8]| der.windows(one.len()).any(|part| part == one);
    assert!(ders.iter().all(|one| holds(one)));
}

fn read(file: &[u8]) -> Vec<Vec<u8>> {
    let text = std::str::from_utf8(file).unwrap();
    pem::blocks(text).into_iter().map(|block| block.der.unwrap()).collect()
}

#[test]
fn the_signature_is_named() {
    let ov = certificate::parse(include_bytes!("../fixtures/certificates/ov-lewisginter.pem")).unwrap();
    assert_eq!(ov.signature_algorithm(), "SHA-256 with RSA");
    let ec = certificate::parse(include_bytes!("../fixtures/certificates/ecdsa-p384-root.pem")).unwrap();
    assert_eq!(ec.signature_algorithm(), "SHA-384 with ECDSA");
}
