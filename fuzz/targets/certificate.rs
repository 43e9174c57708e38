//! A certificate as people upload it, and a bundle of them.
#![no_main]

use desk::domain::certificate;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(facts) = certificate::parse(input) {
        // What was read can be read again, and says the same.
        let again = certificate::parse_der(&facts.der).unwrap();
        assert_eq!(again, facts);
        assert!(!facts.serial.to_string().is_empty());
        let _ = (facts.signature_algorithm(), facts.primary_name().len(), facts.identity());
        let pem = certificate::pem::encode("CERTIFICATE", &facts.der);
        assert_eq!(certificate::parse(pem.as_bytes()).unwrap(), facts);
    }
    if let Ok(text) = std::str::from_utf8(input) {
        let _ = certificate::parse_bundle(text);
    }
});
