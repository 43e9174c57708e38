//! Proof by OCSP beside the CRL, and what a CA publishes that is not what was ordered.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::raise_alarms::find_alarms;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::alarm::AlarmKind;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::certificate::{Fingerprint, SerialNumber};
use revocation_desk::domain::evidence::{Disagreement, OcspStatus, OcspView};
use revocation_desk::models::batch_runs::Counts;
use revocation_desk::models::columns::EvidenceKind;
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::models::{disagreements, evidence};
use revocation_desk::proof::{Document, FetchedAnswer, FetchedCrl, ProofError, ProofSource, Sought};

use crate::builders::World;

/// A responder beside the world's CRL.
struct Responder {
    crl: Arc<dyn ProofSource>,
    /// What it says; about other certificates: good.
    says: Mutex<HashMap<SerialNumber, OcspStatus>>,
    silent: bool,
    asked: AtomicUsize,
}

#[async_trait]
impl ProofSource for Responder {
    async fn crls(&self, issuer: &str, sought: &[Sought]) -> Vec<Result<FetchedCrl, ProofError>> {
        self.crl.crls(issuer, sought).await
    }

    fn has_responder(&self, _: &str) -> bool {
        true
    }

    async fn ocsp(&self, _: &str, serial: &SerialNumber, now: DateTime<Utc>) -> Result<FetchedAnswer, ProofError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.silent {
            return Err(ProofError::Unreachable("nobody is there".to_owned()));
        }
        let status = self.says.lock().unwrap().get(serial).copied().unwrap_or(OcspStatus::Good);
        let (this_update, next_update) = (now, Some(now + Duration::hours(8)));
        let view = OcspView { signature_valid: true, certificate_matches: true, this_update, next_update, status };
        let bytes = format!("answer about {serial}: {status:?}").into_bytes();
        let sha256 = Fingerprint::of(&bytes).to_string();
        let source = "http://ocsp.test/".to_owned();
        let document = Document { source, bytes: bytes.into(), sha256, this_update, next_update };
        Ok(FetchedAnswer { document, view })
    }
}

/// The CRL is of yesterday: it lists nothing yet.
async fn a_world_with_a_responder(silent: bool) -> (World, Arc<Responder>) {
    let mut world = World::new().await;
    world.crl.publish(world.now - Duration::days(1));
    let (says, asked) = (Mutex::default(), AtomicUsize::new(0));
    let responder = Arc::new(Responder { crl: world.desk.proof.clone(), says, silent, asked });
    world.desk.proof = responder.clone();
    (world, responder)
}

async fn revoked(world: &World) -> (Case, SerialNumber) {
    let case = world.a_case().in_state(CaseState::Revoked).open().await;
    let serial = world.source(&case).await.serial;
    (case, serial)
}

impl Responder {
    fn will_say(&self, serial: &SerialNumber, reason: Option<u8>, at: DateTime<Utc>) {
        self.says.lock().unwrap().insert(serial.clone(), OcspStatus::Revoked { at, reason });
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }
}

async fn look(world: &World) -> Counts {
    prove(&world.desk, &Actor::batch(), world.now).await.unwrap()
}

async fn is_an_alarm(world: &World) -> bool {
    let alarms = find_alarms(&world.desk, world.now).await.unwrap();
    alarms.iter().any(|alarm| alarm.kind == AlarmKind::ProofDisagrees)
}

#[tokio::test]
async fn what_only_the_responder_shows_is_proven_by_its_answer() {
    let (world, responder) = a_world_with_a_responder(false).await;
    let ((shown, serial), (other, _)) = (revoked(&world).await, revoked(&world).await);
    let at = world.now - Duration::minutes(5);
    responder.will_say(&serial, Some(4), at);

    let counts = look(&world).await;

    assert_eq!((counts.target, counts.done, counts.skipped, counts.failed), (2, 1, 1, 0));
    assert_eq!(world.reload(&shown).await.state, CaseState::Completed);
    assert_eq!(world.reload(&other).await.state, CaseState::Revoked);
    let (proof, document) = evidence::described(&world.desk.db, shown.id).await.unwrap().remove(0);
    assert_eq!((document.kind, document.source.as_str()), (EvidenceKind::Ocsp, "http://ocsp.test/"));
    assert_eq!((proof.revocation_reason, proof.revoked_at, &proof.serial), (Some(4), at, &serial));
    let kept = evidence::document(&world.desk.db, document.id).await.unwrap().unwrap();
    assert_eq!(Fingerprint::of(&kept.bytes).to_string(), document.sha256);
    assert_eq!(world.mail_kinds(&shown).await.last().map(String::as_str), Some("revocation_completed"));
}

#[tokio::test]
async fn the_responder_is_not_asked_about_what_the_crl_shows() {
    let (world, responder) = a_world_with_a_responder(false).await;
    let (case, _) = revoked(&world).await;
    world.crl.publish(world.now);

    assert_eq!(look(&world).await.done, 1);

    assert_eq!(responder.asked(), 0);
    let (_, document) = evidence::described(&world.desk.db, case.id).await.unwrap().remove(0);
    assert_eq!(document.kind, EvidenceKind::Crl);
}

#[tokio::test]
async fn a_responder_that_is_not_there_is_not_asked_on_and_on() {
    let (world, responder) = a_world_with_a_responder(true).await;
    for _ in 0..30 {
        revoked(&world).await;
    }

    let counts = look(&world).await;

    assert_eq!((counts.done, counts.skipped, counts.failed), (0, 30, 0), "the CRL was read");
    let asked = responder.asked();
    assert!((8..16).contains(&asked), "{asked}");
}

#[tokio::test]
async fn a_disagreement_is_noted_once_an_alarm_and_over_when_the_proof_is_right() {
    let (world, responder) = a_world_with_a_responder(false).await;
    let (case, serial) = revoked(&world).await;
    assert!(!is_an_alarm(&world).await);
    responder.will_say(&serial, Some(1), world.now);
    for _ in 0..2 {
        let counts = look(&world).await;
        assert_eq!((counts.done, counts.failed), (0, 1));
    }

    let noted = disagreements::of_case(&world.desk.db, case.id).await.unwrap();
    assert_eq!(noted.iter().map(|found| found.disagreement).collect::<Vec<_>>(), [Disagreement::WrongReason]);
    let shown = evidence::document(&world.desk.db, noted[0].document_id).await.unwrap().unwrap();
    assert_eq!(shown.kind, EvidenceKind::Ocsp);
    assert_eq!(world.reload(&case).await.state, CaseState::Revoked);
    let events = format!("audit_events WHERE action = 'proof_disagreed' AND case_id = {}", case.id);
    assert_eq!(world.count(&events).await, 1);
    assert!(is_an_alarm(&world).await);

    responder.will_say(&serial, Some(4), world.now);
    assert_eq!(look(&world).await.done, 1);
    assert_eq!(world.reload(&case).await.state, CaseState::Completed);
    assert!(!is_an_alarm(&world).await);
    assert_eq!(disagreements::of_case(&world.desk.db, case.id).await.unwrap().len(), 1, "the record stays");
}

#[tokio::test]
async fn a_crl_that_disagrees_is_kept_with_what_it_says_and_the_others_are_proven_by_it() {
    let (world, _) = a_world_with_a_responder(false).await;
    let ((wrong, serial), (right, _)) = (revoked(&world).await, revoked(&world).await);
    world.tamper(&format!("UPDATE ca_revocations SET reason = 1 WHERE serial = '{serial}'")).await;
    world.crl.publish(world.now);

    let counts = look(&world).await;

    assert_eq!((counts.done, counts.failed), (1, 1));
    assert_eq!(world.reload(&wrong).await.state, CaseState::Revoked);
    let noted = disagreements::of_case(&world.desk.db, wrong.id).await.unwrap().remove(0);
    let (proof, document) = evidence::described(&world.desk.db, right.id).await.unwrap().remove(0);
    assert_eq!((noted.document_id, document.kind), (proof.document_id, EvidenceKind::Crl), "one CRL, kept once");
}
