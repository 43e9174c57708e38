//! An answer of an outside OCSP responder: never called signed when it is not.
#![no_main]

use std::sync::LazyLock;

use desk::domain::certificate::{self, CertificateFacts};
use desk::proof::ocsp::Question;

static ISSUER: LazyLock<CertificateFacts> =
    LazyLock::new(|| certificate::parse(include_bytes!("../../tests/fixtures/crls/valid_signature_cert.pem")).unwrap());

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let question = Question::new(&ISSUER, &ISSUER.serial).unwrap();
    let now = "2026-11-24T01:00:00Z".parse().unwrap();
    if let Ok(view) = question.read(input, now) {
        assert!(!view.signature_valid);
    }
});
