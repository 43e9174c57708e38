//! A question to our OCSP responder, from anybody.
#![no_main]

use std::sync::LazyLock;

use desk::domain::certificate::{self, CertificateFacts};
use desk::ocsp_request::Request;

static ISSUER: LazyLock<CertificateFacts> =
    LazyLock::new(|| certificate::parse(include_bytes!("../../tests/fixtures/crls/valid_signature_cert.pem")).unwrap());

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(read) = Request::read(input, &ISSUER) {
        assert!(!read.certificates.is_empty());
    }
});
