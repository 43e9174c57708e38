//! How passwords are kept and compared: argon2id, 19 MiB, two passes, one lane.
//!
//! Must not know accounts. The cost is deliberate, so only a few computations run at a time, off the async threads.

use std::sync::{Arc, LazyLock};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::{SaltString, rand_core::OsRng},
};
use rand::Rng;
use tokio::sync::Semaphore;

pub use crate::domain::password::MAX_BYTES;

/// Computations at a time: 2 × 19 MiB, and the rest of the program keeps its processors.
const SLOTS: usize = 2;
/// Without the letters and digits that look alike on paper.
pub(super) const LEGIBLE: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("argon2: {0}")]
    Argon2(String),
    #[error("a password computation was cancelled")]
    Cancelled,
}

/// The hasher; clones share the slots.
#[derive(Debug, Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { slots: Arc::new(Semaphore::new(SLOTS)) }
    }
}

impl Passwords {
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.run(move || hash(&password)).await?
    }

    /// Whether `password` belongs to `stored`. An account that does not exist (`None`) costs the same time.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, PasswordError> {
        self.run(move || verify(&password, stored.as_deref())).await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
        let _slot = self.slots.acquire().await.map_err(|_| PasswordError::Cancelled)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| PasswordError::Cancelled)
    }
}

/// A password to be handed over once: 20 characters of 31, 99 bits, in groups of five.
pub fn generate_one_time() -> String {
    let mut rng = rand::rng();
    let group = |_| (0..5).map(|_| char::from(LEGIBLE[rng.random_range(0..LEGIBLE.len())])).collect::<String>();
    (0..4).map(group).collect::<Vec<_>>().join("-")
}

fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(broken)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, PasswordError> {
    let salt = SaltString::generate(&mut OsRng);
    argon2()?.hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string()).map_err(broken)
}

fn verify(password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
    static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody").ok());
    let Some(compared) = stored.or(NOBODY.as_deref()) else {
        return Err(PasswordError::Argon2("no hash to compare with".to_owned()));
    };
    let compared = PasswordHash::new(compared).map_err(broken)?;
    let matches = argon2()?.verify_password(password.as_bytes(), &compared).is_ok();
    Ok(matches && stored.is_some())
}

fn broken(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Argon2(error.to_string())
}
