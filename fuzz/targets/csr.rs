//! A certificate signing request as customers paste it. Nothing with a private key gets through.
#![no_main]

use desk::domain::csr;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(facts) = csr::parse(input) {
        assert!(!csr::holds_private_key(input));
        assert_eq!(csr::parse(facts.pem().as_bytes()).unwrap(), facts);
    }
});
