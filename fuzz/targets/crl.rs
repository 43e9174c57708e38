//! A CRL as it comes from an address of a CA: never called proven without a signature.
#![no_main]

use std::sync::LazyLock;

use desk::domain::certificate::{self, CertificateFacts};
use desk::proof::crl;

static ISSUER: LazyLock<CertificateFacts> =
    LazyLock::new(|| certificate::parse(include_bytes!("../../tests/fixtures/crls/valid_signature_cert.pem")).unwrap());

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(read) = crl::read(input, &ISSUER, [&ISSUER.serial]) {
        assert_eq!(read.views.len(), 1);
    }
});
