//! Waiting for what has to come.

use std::time::Duration;

/// Far beyond what anything here takes, so that a slow machine fails no test.
const LOOKS: u32 = 6_000;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Looks again and again until `happened` says yes.
pub async fn until(what: &str, mut happened: impl AsyncFnMut() -> bool) {
    for _ in 0..LOOKS {
        if happened().await {
            return;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    panic!("it never came to this: {what}");
}
