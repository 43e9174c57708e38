//! What `doctor` finds: how grave it is, and the limits from which on something is weak or wrong.
//!
//! The sentences are `problem.<code>`. Must not look at anything: what was seen is handed in.

use chrono::TimeDelta;

use super::problem::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
    Warning,
    Error,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Ok, Self::Warning, Self::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub level: Level,
    /// What was seen and what to do about it. Never a secret.
    pub what: Problem,
}

impl Finding {
    pub fn ok(what: Problem) -> Self {
        Self { level: Level::Ok, what }
    }

    pub fn warning(what: Problem) -> Self {
        Self { level: Level::Warning, what }
    }

    pub fn error(what: Problem) -> Self {
        Self { level: Level::Error, what }
    }

    /// What nobody may run in production with, and what is usual before.
    pub fn for_production(is_production: bool, what: Problem) -> Self {
        if is_production { Self::error(what) } else { Self::warning(what) }
    }
}

const MEBIBYTE: u64 = 1024 * 1024;
/// Below, a CRL or the database may not be written any more within hours.
pub const DISK_FULL: u64 = 256 * MEBIBYTE;
/// Below, somebody has days.
pub const DISK_NARROW: u64 = 2048 * MEBIBYTE;
/// One-time codes count for 30 s, and signed answers of CAs for minutes.
pub const CLOCK_WRONG: TimeDelta = TimeDelta::seconds(30);
pub const CLOCK_OFF: TimeDelta = TimeDelta::seconds(5);
/// A master key is replaced once a year (docs/OPERATIONS.md).
pub const MASTER_KEY_OLD: TimeDelta = TimeDelta::days(366);
/// Ends of the audit log are written each hour.
pub const HEADS_OLD: TimeDelta = TimeDelta::hours(3);

/// A file with a secret. `mode`: the permission bits of Unix.
pub fn secret_file(mode: u32) -> Level {
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    const OPEN_TO_ALL: u32 = 0o007;
    const OPEN_TO_GROUP: u32 = 0o070;
    if mode & (WRITABLE_BY_OTHERS | OPEN_TO_ALL) != 0 {
        Level::Error
    } else if mode & OPEN_TO_GROUP != 0 {
        Level::Warning
    } else {
        Level::Ok
    }
}

/// Bytes that are left where the program writes.
pub fn disk(free: u64) -> Level {
    match free {
        0..DISK_FULL => Level::Error,
        DISK_FULL..DISK_NARROW => Level::Warning,
        _ => Level::Ok,
    }
}

/// How far our clock is from the database's.
pub fn clock(off: TimeDelta) -> Level {
    let off = off.abs();
    if off >= CLOCK_WRONG {
        Level::Error
    } else if off >= CLOCK_OFF {
        Level::Warning
    } else {
        Level::Ok
    }
}
