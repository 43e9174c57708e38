//! お電話の時間帯: its hours.

use revocation_desk::domain::call_band::CallBand;

use crate::days::japan;

#[test]
fn a_band_is_open_from_its_first_minute_up_to_its_last() {
    for (time, open) in [
        ("08:59:59", None),
        ("09:00:00", Some(CallBand::Morning)),
        ("11:59:59", Some(CallBand::Morning)),
        ("12:00:00", None),
        ("12:59:59", None),
        ("13:00:00", Some(CallBand::EarlyAfternoon)),
        ("14:59:59", Some(CallBand::EarlyAfternoon)),
        ("15:00:00", Some(CallBand::LateAfternoon)),
        ("17:59:59", Some(CallBand::LateAfternoon)),
        ("18:00:00", None),
    ] {
        let now = japan(&format!("2026-12-08 {time}"));
        let found: Vec<CallBand> = CallBand::ALL.into_iter().filter(|band| band.is_open(now)).collect();
        assert_eq!(found, open.into_iter().collect::<Vec<_>>(), "{time}");
    }
}

#[test]
fn a_band_is_read_as_it_is_written() {
    for band in CallBand::ALL {
        assert_eq!(band.as_str().parse(), Ok(band));
    }
    assert_eq!("night".parse::<CallBand>().unwrap_err().code, "call_band_unknown");
}
