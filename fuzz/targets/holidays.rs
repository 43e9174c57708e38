//! The Cabinet Office's list of holidays, in Shift_JIS.
#![no_main]

use desk::domain::calendar;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(text) = calendar::decode_cabinet_office_csv(input) {
        let _ = calendar::parse_cabinet_office_csv(&text);
    }
});
