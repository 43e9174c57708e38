//! The guard before every outside CA: it never lets one that is slow, down or crowded hold up the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use revocation_desk::ca::guard::{BreakerState, Guarded, Limits};
use revocation_desk::ca::{
    Abilities, CaError, CaStatus, CertificateAuthority, IssueOrder, Issued, Receipt, RevocationOrder,
};
use revocation_desk::domain::certificate::{CertificateIdentity, Fingerprint};
use tokio::sync::Semaphore;

/// Answers one call for each permit.
struct Slow {
    permits: Semaphore,
    asked: AtomicUsize,
    most_at_once: AtomicUsize,
    at_once: AtomicUsize,
    down: AtomicBool,
}

impl Slow {
    fn new(permits: usize) -> Arc<Self> {
        let (asked, most_at_once, at_once) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { permits: Semaphore::new(permits), asked, most_at_once, at_once, down: AtomicBool::new(false) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl CertificateAuthority for Slow {
    async fn revoke(&self, _: &RevocationOrder) -> Result<Receipt, CaError> {
        Err(CaError::Unsupported("not asked for here".to_owned()))
    }

    async fn status(&self, _: &CertificateIdentity) -> Result<CaStatus, CaError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        self.permits.acquire().await.unwrap().forget();
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) { Err(CaError::Unavailable("down".to_owned())) } else { Ok(CaStatus::Good) }
    }

    async fn issue(&self, _: &IssueOrder) -> Result<Issued, CaError> {
        Err(CaError::Refused("never".to_owned()))
    }

    async fn issuers(&self, _: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
        Ok(Vec::new())
    }

    async fn check(&self) -> Result<Abilities, CaError> {
        self.status(&anybody()).await?;
        Ok(Abilities { revoke: true, status: true, issue: true, says: String::new() })
    }
}

const LIMITS: Limits = Limits {
    timeout: Duration::from_mins(1),
    per_second: 1000,
    connections: 4,
    failures: 2,
    rest: Duration::from_hours(1),
};

fn anybody() -> CertificateIdentity {
    CertificateIdentity {
        issuer: "CN=Anybody".to_owned(),
        serial: "01".parse().unwrap(),
        fingerprint: Fingerprint::of(b"anybody"),
    }
}

fn guarded(ca: &Arc<Slow>, limits: Limits) -> Arc<Guarded> {
    Arc::new(Guarded::new(ca.clone(), limits))
}

async fn until(holds: impl Fn() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came to that");
}

fn is_unavailable(answer: &Result<CaStatus, CaError>, words: &str) {
    assert!(matches!(answer, Err(CaError::Unavailable(why)) if why.contains(words)), "{answer:?}");
}

#[tokio::test]
async fn a_ca_that_never_answers_is_unavailable_after_its_time() {
    let ca = Slow::new(0);
    let guard = guarded(&ca, Limits { timeout: Duration::from_millis(20), ..LIMITS });
    is_unavailable(&guard.status(&anybody()).await, "no answer within");
    assert_eq!(guard.condition().breaker, BreakerState::Closed { failed: 1 });
    assert_eq!(guard.condition().under_way, 0);
}

#[tokio::test]
async fn a_ca_that_is_down_is_left_alone_until_a_check_reaches_it() {
    let ca = Slow::new(100);
    let guard = guarded(&ca, LIMITS);
    ca.down.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        is_unavailable(&guard.status(&anybody()).await, "down");
    }
    is_unavailable(&guard.status(&anybody()).await, "not asked");
    assert_eq!(ca.asked(), 2, "the third call stayed here");
    assert!(matches!(guard.condition().breaker, BreakerState::Open { .. }));

    assert!(guard.check().await.is_err(), "a check asks all the same");
    assert_eq!(ca.asked(), 3);
    ca.down.store(false, Ordering::SeqCst);
    guard.check().await.unwrap();
    assert_eq!(guard.status(&anybody()).await, Ok(CaStatus::Good));
    assert_eq!(guard.condition().breaker, BreakerState::Closed { failed: 0 });
}

#[tokio::test]
async fn a_refusal_is_an_answer() {
    let guard = guarded(&Slow::new(0), LIMITS);
    let order = IssueOrder {
        source_der: Vec::new(),
        csr_der: Vec::new(),
        not_before: crate::authority::now(),
        not_after: crate::authority::now(),
        request_id: uuid::Uuid::new_v4(),
        now: crate::authority::now(),
    };
    for _ in 0..5 {
        assert!(matches!(guard.issue(&order).await, Err(CaError::Refused(_))));
    }
    assert_eq!(guard.condition().breaker, BreakerState::Closed { failed: 0 });
}

#[tokio::test]
async fn one_call_tries_and_a_call_that_is_given_up_frees_the_way() {
    let ca = Slow::new(2);
    let guard = guarded(&ca, Limits { rest: Duration::ZERO, ..LIMITS });
    ca.down.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        is_unavailable(&guard.status(&anybody()).await, "down");
    }
    let trying = tokio::spawn({
        let guard = guard.clone();
        async move { guard.status(&anybody()).await }
    });
    until(|| ca.asked() == 3).await;
    assert_eq!(guard.condition().breaker, BreakerState::HalfOpen);
    is_unavailable(&guard.status(&anybody()).await, "not asked");

    trying.abort();
    assert!(trying.await.unwrap_err().is_cancelled());
    ca.down.store(false, Ordering::SeqCst);
    ca.permits.add_permits(1);
    assert_eq!(guard.status(&anybody()).await, Ok(CaStatus::Good));
}

#[tokio::test]
async fn no_more_calls_are_under_way_than_allowed() {
    let ca = Slow::new(0);
    let guard = guarded(&ca, Limits { connections: 2, ..LIMITS });
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let guard = guard.clone();
            tokio::spawn(async move { guard.status(&anybody()).await })
        })
        .collect();
    until(|| ca.asked() == 2).await;
    assert_eq!(guard.condition().under_way, 2);
    ca.permits.add_permits(6);
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(CaStatus::Good));
    }
    assert_eq!((ca.asked(), ca.most_at_once.load(Ordering::SeqCst)), (6, 2));
}

#[tokio::test]
async fn the_rate_is_changed_and_taken_back() {
    let guard = guarded(&Slow::new(0), LIMITS);
    guard.set_rate(Some(3));
    assert_eq!(guard.condition().per_second, 3);
    guard.set_rate(None);
    assert_eq!(guard.condition().per_second, LIMITS.per_second);
}
