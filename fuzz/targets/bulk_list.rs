//! The file of reception numbers of a bulk revocation.
#![no_main]

use desk::domain::bulk;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    match bulk::read_file(input, &["受付番号", "Reception number"]) {
        Ok(lines) => assert!(lines.len() <= bulk::LIMIT),
        Err(problems) => assert!(!problems.is_empty()),
    }
});
