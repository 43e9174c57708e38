//! From which mode, room and distance on `doctor` warns, and where an error begins.

use chrono::TimeDelta;
use revocation_desk::domain::diagnosis::{DISK_FULL, DISK_NARROW, Level, clock, disk, secret_file};

#[test]
fn a_file_with_a_secret_is_for_its_owner_alone() {
    for (mode, level) in [
        (0o600, Level::Ok),
        (0o400, Level::Ok),
        (0o700, Level::Ok),
        (0o640, Level::Warning),
        (0o440, Level::Warning),
        (0o660, Level::Error),
        (0o620, Level::Error),
        (0o604, Level::Error),
        (0o602, Level::Error),
        (0o644, Level::Error),
    ] {
        assert_eq!(secret_file(mode), level, "{mode:o}");
    }
}

#[test]
fn a_disk_is_narrow_before_it_is_full() {
    for (free, level) in [
        (0, Level::Error),
        (DISK_FULL - 1, Level::Error),
        (DISK_FULL, Level::Warning),
        (DISK_NARROW - 1, Level::Warning),
        (DISK_NARROW, Level::Ok),
    ] {
        assert_eq!(disk(free), level, "{free}");
    }
}

#[test]
fn a_clock_may_be_a_little_off_to_either_side() {
    for (milliseconds, level) in
        [(0, Level::Ok), (4_999, Level::Ok), (5_000, Level::Warning), (29_999, Level::Warning), (30_000, Level::Error)]
    {
        for sign in [1, -1] {
            assert_eq!(clock(TimeDelta::milliseconds(sign * milliseconds)), level, "{milliseconds} {sign}");
        }
    }
}
