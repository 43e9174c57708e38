//! A text of a mail or a call script as an administrator types it.
#![no_main]

use desk::domain::text::{Draft, TextKey, read};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (subject, body) = text.split_once('\n').unwrap_or((text, text));
    for key in TextKey::all() {
        let _ = read(key, &Draft::typed(subject, body));
    }
});
