//! Stands before every outside CA: a time-out, so many calls at once and a second, and a breaker for one that is down.
//!
//! Answers `Unavailable` for what was not asked or not answered; changes nothing else.

mod breaker;
mod pace;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout};

pub use breaker::BreakerState;

use super::{Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder};
use crate::domain::certificate::CertificateIdentity;
use breaker::Breaker;
use pace::Pace;

/// How long a call waits for its turn. With the longest time-out (60 s) less than the two minutes after which somebody else
/// takes a case over.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one answer.
    pub timeout: Duration,
    pub per_second: u32,
    pub connections: usize,
    /// In a row, until the breaker opens.
    pub failures: u32,
    pub rest: Duration,
}

/// How it goes just now, as this process sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    pub breaker: BreakerState,
    pub per_second: u32,
    pub under_way: usize,
}

pub struct Guarded {
    ca: Arc<dyn CertificateAuthority>,
    limits: Limits,
    turns: Semaphore,
    breaker: Mutex<Breaker>,
    pace: Mutex<Pace>,
}

impl Guarded {
    pub fn new(ca: Arc<dyn CertificateAuthority>, limits: Limits) -> Self {
        Self {
            ca,
            turns: Semaphore::new(limits.connections),
            breaker: Mutex::new(Breaker::new(limits.failures, limits.rest)),
            pace: Mutex::new(Pace::new(limits.per_second)),
            limits,
        }
    }

    pub fn condition(&self) -> Condition {
        Condition {
            breaker: lock(&self.breaker).state(Instant::now()),
            per_second: lock(&self.pace).per_second(),
            under_way: self.limits.connections.saturating_sub(self.turns.available_permits()),
        }
    }

    /// Calls a second from now on; `None`: as configured.
    pub fn set_rate(&self, per_second: Option<u32>) {
        lock(&self.pace).change(per_second.unwrap_or(self.limits.per_second));
    }

    async fn call<T>(&self, ask: impl Future<Output = Result<T, CaError>>) -> Result<T, CaError> {
        let _turn = self.turn().await?;
        let mut trial = Trial::begin(&self.breaker)?;
        let answer = self.within_time(ask).await;
        trial.end(&answer);
        answer
    }

    /// Waits for one of the connections and for a place in the line.
    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, CaError> {
        let begun = Instant::now();
        let turn = timeout(PATIENCE, self.turns.acquire()).await;
        let turn = turn.ok().and_then(Result::ok);
        let turn = turn.ok_or_else(|| CaError::Unavailable("not asked: too many calls are waiting".to_owned()))?;
        let patience = PATIENCE.saturating_sub(begun.elapsed());
        let place = lock(&self.pace)
            .take(Instant::now(), patience)
            .map_err(|far| CaError::Unavailable(format!("not asked: its turn would be in {} s", far.as_secs())))?;
        sleep_until(place).await;
        Ok(turn)
    }

    async fn within_time<T>(&self, ask: impl Future<Output = Result<T, CaError>>) -> Result<T, CaError> {
        let limit = self.limits.timeout;
        let late = |_| Err(CaError::Unavailable(format!("no answer within {} s", limit.as_secs())));
        timeout(limit, ask).await.unwrap_or_else(late)
    }
}

/// One call that the breaker let through. When it is dropped before its end, nobody knows: that counts as a failure, or a
/// breaker that waits for this call would wait for ever.
struct Trial<'a> {
    breaker: &'a Mutex<Breaker>,
    ended: bool,
}

impl<'a> Trial<'a> {
    fn begin(breaker: &'a Mutex<Breaker>) -> Result<Self, CaError> {
        lock(breaker).admit(Instant::now()).map_err(|left| {
            CaError::Unavailable(format!("not asked: it did not answer lately; next try in {} s", left.as_secs()))
        })?;
        Ok(Self { breaker, ended: false })
    }

    fn end<T>(&mut self, answer: &Result<T, CaError>) {
        self.ended = true;
        note(self.breaker, answer);
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if !self.ended {
            lock(self.breaker).failed(Instant::now());
        }
    }
}

/// An answer is a success, also a refusal.
fn note<T>(breaker: &Mutex<Breaker>, answer: &Result<T, CaError>) {
    let mut breaker = lock(breaker);
    match answer {
        Err(CaError::Unavailable(_)) => breaker.failed(Instant::now()),
        Ok(_) | Err(CaError::AlreadyRevoked { .. } | CaError::Refused(_) | CaError::Unsupported(_)) => {
            breaker.succeeded();
        }
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl CertificateAuthority for Guarded {
    async fn revoke(&self, order: &RevocationOrder) -> Result<Receipt, CaError> {
        self.call(self.ca.revoke(order)).await
    }

    async fn status(&self, certificate: &CertificateIdentity) -> Result<CaStatus, CaError> {
        self.call(self.ca.status(certificate)).await
    }

    async fn issue(&self, order: &IssueOrder) -> Result<Issued, CaError> {
        self.call(self.ca.issue(order)).await
    }

    async fn issuers(&self, certificate_der: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        self.ca.issuers(certificate_der).await
    }

    /// Asks also through an open breaker: a person wants to know now, and an answer closes it.
    async fn check(&self) -> Result<Abilities, CaError> {
        let _turn = self.turn().await?;
        let answer = self.within_time(self.ca.check()).await;
        note(&self.breaker, &answer);
        answer
    }
}
