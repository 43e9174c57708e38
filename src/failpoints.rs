//! Named places in the program at which the tests kill it (feature `failpoints`; nothing is left of them without it).
//!
//! `KILL_AT=revoke::intent_committed:3` ends the process at once when it comes to that place for the third time, as
//! `kill -9` would: nothing is flushed, no destructor runs.

/// Arms the place that `KILL_AT` names. A misspelt place never fires: tests assert that the process was killed.
#[cfg(feature = "failpoints")]
pub fn arm() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let Ok(wanted) = std::env::var("KILL_AT") else { return };
    let Some((place, count)) = wanted.rsplit_once(':') else { return };
    let Ok(count) = count.parse::<usize>() else { return };
    let passed = AtomicUsize::new(0);
    let kill = move || {
        if passed.fetch_add(1, Ordering::SeqCst) + 1 == count {
            std::process::abort();
        }
    };
    if let Err(error) = fail::cfg_callback(place, kill) {
        tracing::error!(%error, "KILL_AT was not understood");
    }
}

#[cfg(not(feature = "failpoints"))]
pub fn arm() {}
