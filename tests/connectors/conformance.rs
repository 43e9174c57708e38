//! What every connector must do, whatever CA is behind it: one list of scenarios, run against each.
//!
//! A connector joins with a harness and `conformance::suite!(its_harness::start)`. What a CA cannot do is said in its
//! [`Habits`] and becomes its row of the table in `docs/CONNECTORS.md`, which is compared.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use revocation_desk::ca::{CaError, CaStatus, CertificateAuthority, RevocationOrder};
use revocation_desk::domain::application::CrlReason;
use revocation_desk::domain::certificate::{CertificateFacts, CertificateIdentity, Fingerprint, SerialNumber};
use uuid::Uuid;

use crate::wire::{Line, Wire, http};

/// A CA that runs for one test, and the connector that speaks with it.
#[async_trait]
pub trait Harness: Send + Sync {
    fn connector(&self) -> Arc<dyn CertificateAuthority>;

    /// The line between the two; `None` where there is none to break.
    fn wire(&self) -> Option<&Wire>;

    fn habits(&self) -> Habits;

    /// The instant that orders carry: the embedded CA lives in the tests' time, servers live in the machine's.
    fn now(&self) -> DateTime<Utc>;

    /// One more certificate of this CA, in its books and in force.
    async fn certificate(&self) -> CertificateFacts;

    /// One that has expired, where the CA can be made to have such.
    async fn expired(&self) -> Option<CertificateFacts>;

    /// One that the CA's key signed and its books do not have, where there can be such.
    async fn unlisted(&self) -> Option<CertificateFacts> {
        None
    }

    /// Publishes what is revoked, where the status is known by that ([`Tells::Published`]).
    async fn publish(&self) {}

    /// What the CA itself holds of a certificate, asked past the connector.
    async fn books(&self, certificate: &CertificateFacts) -> Entry;
}

/// What the CA's own books say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Good,
    /// With the value of the reason code, where the CA keeps one.
    Revoked(Option<u8>),
}

/// Where CAs differ and the desk has to live with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    pub name: &'static str,
    /// What the suite ran against, as the table says it.
    pub server: &'static str,
    pub repeated: Repeated,
    pub unknown_serial: Unknown,
    pub expired: Expired,
    pub keeps_reason: bool,
    /// Whether the connector looks at the SHA-256 before it orders.
    pub compares_sha256: bool,
    pub status: Tells,
}

/// The second order for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// `AlreadyRevoked` with the instant and, where the CA keeps it, the reason of the first.
    ToldSo,
    /// `AlreadyRevoked` as soon as the CA has published the first; until then the CA only says that it knows.
    ToldSoOncePublished,
    /// Taken once more.
    TakenAgain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    Refused,
    /// The CA enters whatever serial number it is told.
    Taken,
    /// No certificate could be had that the CA does not know.
    NotTried,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expired {
    Refused,
    Taken,
    /// No certificate of this CA could be made to expire.
    NotTried,
}

/// How the connector knows the status of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    /// The CA answers by itself.
    Itself,
    /// From the CRL or the OCSP responder of the issuer, as they are configured.
    Published,
}

impl Habits {
    /// The CA's row in `docs/CONNECTORS.md`.
    pub fn row(&self) -> String {
        let repeated = match self.repeated {
            Repeated::ToldSo => "told so",
            Repeated::ToldSoOncePublished => "told so once published",
            Repeated::TakenAgain => "taken again",
        };
        let unknown = match self.unknown_serial {
            Unknown::Refused => "refused",
            Unknown::Taken => "taken",
            Unknown::NotTried => "not tried",
        };
        let expired = match self.expired {
            Expired::Refused => "refused",
            Expired::Taken => "taken",
            Expired::NotTried => "not tried",
        };
        let status = match self.status {
            Tells::Itself => "asked",
            Tells::Published => "from CRL/OCSP",
        };
        let yes = |holds| if holds { "yes" } else { "no" };
        let (reason, sha256) = (yes(self.keeps_reason), yes(self.compares_sha256));
        format!(
            "| {} | {} | {repeated} | {unknown} | {expired} | {reason} | {sha256} | {status} |",
            self.name, self.server
        )
    }
}

/// Runs the whole list against the CA that `$start` (an `async fn() -> impl Harness`) starts, one test for each scenario.
macro_rules! suite {
    ($start:path) => {
        $crate::conformance::suite! { $start =>
            revokes_once_and_the_books_have_it
            a_second_order_changes_nothing
            an_unknown_serial_number_is_never_called_revoked
            an_expired_certificate
            another_issuer_s_certificate_is_not_even_asked_about
            another_certificate_with_this_serial_number
            the_reason_is_kept
            an_answer_that_is_lost_leaves_no_doubt_about_what_is_known
            a_server_that_is_down_is_unavailable_and_comes_back
            garbage_is_never_taken_for_an_answer
            a_check_says_what_the_ca_can_do
            the_documentation_says_how_it_behaves
        }
    };
    ($start:path => $($scenario:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                $crate::conformance::$scenario(&$start().await).await;
            }
        )*
    };
}
pub(crate) use suite;

pub fn order(certificate: &CertificateFacts, reason: CrlReason, now: DateTime<Utc>) -> RevocationOrder {
    RevocationOrder {
        certificate: certificate.identity(),
        certificate_der: certificate.der.clone(),
        reason,
        request_id: Uuid::new_v4(),
        now,
    }
}

fn superseded(harness: &impl Harness, certificate: &CertificateFacts) -> RevocationOrder {
    order(certificate, CrlReason::Superseded, harness.now())
}

pub async fn revokes_once_and_the_books_have_it(harness: &impl Harness) {
    let (ca, certificate) = (harness.connector(), harness.certificate().await);
    let other = harness.certificate().await;
    assert_ne!(harness.books(&certificate).await, Entry::Revoked(None));
    assert_not_revoked(&ca.status(&certificate.identity()).await);

    let receipt = ca.revoke(&superseded(harness, &certificate)).await.unwrap();

    let apart = (receipt.revoked_at - harness.now()).abs();
    assert!(apart < TimeDelta::hours(1), "revoked at {}", receipt.revoked_at);
    assert_revoked(harness, &certificate).await;
    assert!(matches!(harness.books(&other).await, Entry::Good), "the neighbour stays good");
    if harness.habits().status == Tells::Itself {
        let status = ca.status(&certificate.identity()).await.unwrap();
        assert!(matches!(status, CaStatus::Revoked { at, .. } if at == receipt.revoked_at), "{status:?} {receipt:?}");
        assert_eq!(ca.status(&other.identity()).await, Ok(CaStatus::Good));
    }
    if harness.habits().status == Tells::Published {
        harness.publish().await;
        let status = ca.status(&certificate.identity()).await;
        assert!(matches!(status, Ok(CaStatus::Revoked { .. })), "{status:?}");
        assert_eq!(ca.status(&other.identity()).await, Ok(CaStatus::Good));
    }
}

pub async fn a_second_order_changes_nothing(harness: &impl Harness) {
    let (ca, certificate) = (harness.connector(), harness.certificate().await);
    let receipt = ca.revoke(&superseded(harness, &certificate)).await.unwrap();

    let again = ca.revoke(&superseded(harness, &certificate)).await;

    let habits = harness.habits();
    match (&again, habits.repeated) {
        (Err(CaError::AlreadyRevoked { at, reason }), Repeated::ToldSo) => {
            assert_eq!(*at, receipt.revoked_at);
            assert_eq!(*reason, habits.keeps_reason.then_some(CrlReason::Superseded));
        }
        (Err(CaError::Unavailable(_)), Repeated::ToldSoOncePublished) => {
            harness.publish().await;
            let published = ca.revoke(&superseded(harness, &certificate)).await;
            let reason = habits.keeps_reason.then_some(CrlReason::Superseded);
            assert!(
                matches!(&published, Err(CaError::AlreadyRevoked { reason: told, .. }) if *told == reason),
                "{published:?}"
            );
        }
        (Ok(_), Repeated::TakenAgain) => {}
        (other, expected) => panic!("{expected:?}: {other:?}"),
    }
    assert_revoked(harness, &certificate).await;
}

pub async fn an_unknown_serial_number_is_never_called_revoked(harness: &impl Harness) {
    let (ca, certificate) = (harness.connector(), harness.certificate().await);
    let serial: SerialNumber = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let made_up = CertificateIdentity { serial, fingerprint: Fingerprint::of(b"nobody's"), ..certificate.identity() };
    assert_unknown(harness, &ca.status(&made_up).await);
    let answer = ca.revoke(&RevocationOrder { certificate: made_up, ..superseded(harness, &certificate) }).await;
    assert!(matches!(answer, Err(CaError::Refused(_))), "{answer:?}");
    assert!(matches!(harness.books(&certificate).await, Entry::Good));

    let expected = harness.habits().unknown_serial;
    let Some(unlisted) = harness.unlisted().await else {
        assert_eq!(expected, Unknown::NotTried);
        return;
    };
    assert_unknown(harness, &ca.status(&unlisted.identity()).await);
    let answer = ca.revoke(&superseded(harness, &unlisted)).await;
    match (&answer, expected) {
        (Err(CaError::Refused(_)), Unknown::Refused) | (Ok(_), Unknown::Taken) => {}
        (other, expected) => panic!("{expected:?}: {other:?}"),
    }
}

/// A CRL that does not list a number says nothing about who gave it out.
fn assert_unknown(harness: &impl Harness, status: &Result<CaStatus, CaError>) {
    let by_crl = harness.habits().status == Tells::Published && *status == Ok(CaStatus::Good);
    assert!(by_crl || matches!(status, Ok(CaStatus::Unknown) | Err(CaError::Unsupported(_))), "{status:?}");
}

pub async fn an_expired_certificate(harness: &impl Harness) {
    let expected = harness.habits().expired;
    let Some(expired) = harness.expired().await else {
        assert_eq!(expected, Expired::NotTried);
        return;
    };
    let answer = harness.connector().revoke(&superseded(harness, &expired)).await;
    match (&answer, expected) {
        (Err(CaError::Refused(_)), Expired::Refused) | (Ok(_), Expired::Taken) => {}
        (other, expected) => panic!("{expected:?}: {other:?}"),
    }
}

pub async fn another_issuer_s_certificate_is_not_even_asked_about(harness: &impl Harness) {
    let (ca, certificate) = (harness.connector(), harness.certificate().await);
    let foreign = CertificateIdentity { issuer: "CN=Somebody Else".to_owned(), ..certificate.identity() };
    let sent = harness.wire().map(Wire::sent);

    let answer =
        ca.revoke(&RevocationOrder { certificate: foreign.clone(), ..superseded(harness, &certificate) }).await;
    let status = ca.status(&foreign).await;

    assert!(matches!(answer, Err(CaError::Refused(_) | CaError::Unsupported(_))), "{answer:?}");
    assert!(matches!(status, Ok(CaStatus::Unknown) | Err(CaError::Unsupported(_))), "{status:?}");
    assert_eq!(harness.wire().map(Wire::sent), sent, "nothing is sent");
    assert!(matches!(harness.books(&certificate).await, Entry::Good));
}

pub async fn another_certificate_with_this_serial_number(harness: &impl Harness) {
    let (ca, certificate) = (harness.connector(), harness.certificate().await);
    let other = CertificateIdentity { fingerprint: Fingerprint::of(b"another"), ..certificate.identity() };

    let answer = ca.revoke(&RevocationOrder { certificate: other, ..superseded(harness, &certificate) }).await;

    assert!(matches!(answer, Err(CaError::Refused(_))), "order and octets do not agree: {answer:?}");
    assert!(matches!(harness.books(&certificate).await, Entry::Good));
}

pub async fn the_reason_is_kept(harness: &impl Harness) {
    for reason in CrlReason::ALL {
        let (ca, certificate) = (harness.connector(), harness.certificate().await);
        ca.revoke(&order(&certificate, reason, harness.now())).await.unwrap();

        let expected = harness.habits().keeps_reason.then(|| reason.code());
        assert_eq!(harness.books(&certificate).await, Entry::Revoked(expected));
    }
}

pub async fn an_answer_that_is_lost_leaves_no_doubt_about_what_is_known(harness: &impl Harness) {
    let Some(wire) = harness.wire() else { return };
    let (ca, certificate) = (harness.connector(), harness.certificate().await);
    wire.is(Line::LosesAnswers);

    let lost = ca.revoke(&superseded(harness, &certificate)).await;
    assert!(matches!(lost, Err(CaError::Unavailable(_))), "{lost:?}");
    assert_not_good(harness, &ca.status(&certificate.identity()).await);

    wire.is(Line::Good);
    // Asked again as the desk does: it ends revoked, by the first order or by this one.
    let again = ca.revoke(&superseded(harness, &certificate)).await;
    let done = match harness.habits().repeated {
        Repeated::ToldSo | Repeated::TakenAgain => matches!(again, Ok(_) | Err(CaError::AlreadyRevoked { .. })),
        Repeated::ToldSoOncePublished => {
            matches!(again, Ok(_) | Err(CaError::AlreadyRevoked { .. } | CaError::Unavailable(_)))
        }
    };
    assert!(done, "{again:?}");
    assert_revoked(harness, &certificate).await;
}

pub async fn a_server_that_is_down_is_unavailable_and_comes_back(harness: &impl Harness) {
    let Some(wire) = harness.wire() else { return };
    let (ca, certificate) = (harness.connector(), harness.certificate().await);
    wire.is(Line::Cut);

    let down = ca.revoke(&superseded(harness, &certificate)).await;
    assert!(matches!(down, Err(CaError::Unavailable(_))), "{down:?}");
    assert_not_good(harness, &ca.status(&certificate.identity()).await);
    assert!(matches!(ca.check().await, Err(CaError::Unavailable(_))));
    assert!(matches!(harness.books(&certificate).await, Entry::Good));

    wire.is(Line::Good);
    ca.check().await.unwrap();
    ca.revoke(&superseded(harness, &certificate)).await.unwrap();
    assert_revoked(harness, &certificate).await;
}

pub async fn garbage_is_never_taken_for_an_answer(harness: &impl Harness) {
    let Some(wire) = harness.wire() else { return };
    let (ca, certificate) = (harness.connector(), harness.certificate().await);
    for (what, answer) in garbage() {
        wire.is(Line::Answers(answer));

        let revoked = ca.revoke(&superseded(harness, &certificate)).await;
        assert!(matches!(revoked, Err(CaError::Unavailable(_) | CaError::Refused(_))), "{what}: {revoked:?}");
        let status = ca.status(&certificate.identity()).await;
        assert_not_good(harness, &status);
        assert_not_revoked(&status);
        assert!(ca.check().await.is_err(), "{what}");
    }
    assert!(matches!(harness.books(&certificate).await, Entry::Good));

    wire.is(Line::Good);
    ca.revoke(&superseded(harness, &certificate)).await.unwrap();
}

/// Answers that no CA gives on purpose.
fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    const JSON: &str = "application/json";
    let redirect =
        b"HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    vec![
        ("nothing", Vec::new()),
        ("not HTTP", b"220 mail.example ESMTP\r\n".to_vec()),
        ("octets", vec![0xff; 64]),
        ("an empty answer", http(200, JSON, b"")),
        ("an empty object", http(200, JSON, b"{}")),
        ("null", http(200, JSON, b"null")),
        ("half an object", http(200, JSON, br#"{"success":true,"result":{"#)),
        ("a page", http(200, "text/html", b"<!DOCTYPE html><title>Welcome</title>")),
        ("a page that fails", http(502, "text/html", b"<h1>Bad gateway</h1>")),
        ("no content", b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()),
        ("elsewhere", redirect.to_vec()),
        ("an error without words", http(500, JSON, b"{}")),
        ("too much", http(200, JSON, &vec![b' '; 3 << 20])),
        ("cut off", b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"su".to_vec()),
    ]
}

pub async fn a_check_says_what_the_ca_can_do(harness: &impl Harness) {
    let abilities = harness.connector().check().await.unwrap();
    assert!(abilities.revoke);
    assert_eq!(abilities.status, harness.habits().status == Tells::Itself);
}

pub async fn the_documentation_says_how_it_behaves(harness: &impl Harness) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CONNECTORS.md");
    let documented = std::fs::read_to_string(path).unwrap_or_default();
    let row = harness.habits().row();
    assert!(documented.lines().any(|line| line == row), "docs/CONNECTORS.md lacks\n{row}");
}

/// Looks until the CA's books have it: an order whose answer was lost may still be under way.
async fn assert_revoked(harness: &impl Harness, certificate: &CertificateFacts) {
    for _ in 0..100 {
        if matches!(harness.books(certificate).await, Entry::Revoked(_)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} is not revoked", certificate.serial);
}

/// What was not told is not known. What is published reaches us by another way.
fn assert_not_good(harness: &impl Harness, status: &Result<CaStatus, CaError>) {
    let told = harness.habits().status != Tells::Published;
    assert!(!told || !matches!(status, Ok(CaStatus::Good)), "{status:?}");
}

fn assert_not_revoked(status: &Result<CaStatus, CaError>) {
    assert!(!matches!(status, Ok(CaStatus::Revoked { .. })), "{status:?}");
}

/// A CA that is started: what it needs to be asked until it answers.
pub async fn until_it_answers<F: Future<Output = bool>>(what: &str, asks: impl Fn() -> F) {
    for _ in 0..200 {
        if asks().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} does not answer");
}
