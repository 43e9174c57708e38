//! What the world can see about an issuer's cases: first its CRLs, then, for what they do not show, its OCSP responder.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{StreamExt, stream};
use sea_orm::prelude::DateTimeUtc;

use super::exhibits::Exhibit;
use crate::domain::certificate::SerialNumber;
use crate::domain::evidence::{CrlView, OcspStatus, OcspView, ProofKind, Verdict, judge};
use crate::errors::Result;
use crate::models::case_chunks::{self, Unproven};
use crate::models::columns::EvidenceKind;
use crate::proof::{DistributionPoints, FetchedAnswer, FetchedCrl, Sought};
use crate::services::Services;

/// Certificates about which a responder is asked in one look: what is left comes in the next ones, unless a CRL was
/// faster.
const ASKED: usize = 1_000;

/// Questions to a responder at the same time. When as many in a row find no answer, no more are asked in this look.
const ASKED_AT_ONCE: usize = 8;

/// Certificates read from the database at a time.
const CERTIFICATES: usize = 1_000;

/// What was seen, and what shows it.
#[derive(Default)]
pub struct Sights {
    pub exhibits: Vec<Exhibit>,
    seen: HashMap<SerialNumber, Sight>,
}

/// What was seen of one certificate; with each view the number of its exhibit.
#[derive(Default)]
pub struct Sight {
    crl: Option<(CrlView, usize)>,
    ocsp: Option<(OcspView, usize)>,
}

/// Looks with no transaction open. What cannot be had is logged; the rest counts.
pub async fn look(desk: &Services, issuer: &str, cases: &[Unproven], now: DateTimeUtc) -> Result<Sights> {
    let mut sights = Sights::default();
    for crl in desk.proof.crls(issuer, &sought(desk, issuer, cases).await?).await {
        match crl {
            Ok(crl) => sights.add_crl(crl),
            Err(error) => tracing::error!(certificate.issuer = %issuer, cause = %error, "no CRL to be had"),
        }
    }
    if desk.proof.has_responder(issuer) {
        let doubtful = cases.iter().map(|case| &case.serial).filter(|serial| !sights.shows(serial, now)).collect();
        for (serial, answer) in ask(desk, issuer, some_of(doubtful, now), now).await {
            sights.add_answer(serial.clone(), answer);
        }
    }
    Ok(sights)
}

/// With what certificates say about where they are listed, where that matters.
async fn sought(desk: &Services, issuer: &str, cases: &[Unproven]) -> Result<Vec<Sought>> {
    if !desk.proof.needs_certificates(issuer) {
        return Ok(cases.iter().map(|case| case.serial.clone().into()).collect());
    }
    let mut sought = Vec::with_capacity(cases.len());
    for some in cases.chunks(CERTIFICATES) {
        let serials: HashMap<i64, &SerialNumber> = some.iter().map(|case| (case.id, &case.serial)).collect();
        for (id, der) in case_chunks::sources(&desk.db, serials.keys().copied().collect()).await? {
            if let Some(serial) = serials.get(&id) {
                let points = DistributionPoints::of_certificate(&der);
                sought.push(Sought { serial: (*serial).clone(), points });
            }
        }
    }
    Ok(sought)
}

/// As many as one look may ask about, beginning at another place each minute, however regularly looks come.
fn some_of<T>(mut all: Vec<T>, now: DateTimeUtc) -> Vec<T> {
    /// 2^64 divided by the golden ratio: multiples spread evenly.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    if all.len() > ASKED {
        let minute = now.timestamp().unsigned_abs() / 60;
        let place = usize::try_from(minute.wrapping_mul(SPREAD) >> 33).unwrap_or(0);
        let first = place % all.len();
        all.rotate_left(first);
        all.truncate(ASKED);
    }
    all
}

async fn ask<'a>(
    desk: &Services,
    issuer: &str,
    serials: Vec<&'a SerialNumber>,
    now: DateTimeUtc,
) -> Vec<(&'a SerialNumber, FetchedAnswer)> {
    let unanswered = AtomicUsize::new(0);
    let questions: Vec<_> = serials.into_iter().map(|one| ask_about(desk, issuer, one, now, &unanswered)).collect();
    let answers: Vec<_> = stream::iter(questions).buffer_unordered(ASKED_AT_ONCE).collect().await;
    answers.into_iter().flatten().collect()
}

async fn ask_about<'a>(
    desk: &Services,
    issuer: &str,
    serial: &'a SerialNumber,
    now: DateTimeUtc,
    unanswered: &AtomicUsize,
) -> Option<(&'a SerialNumber, FetchedAnswer)> {
    if unanswered.load(Ordering::Relaxed) >= ASKED_AT_ONCE {
        return None;
    }
    match desk.proof.ocsp(issuer, serial, now).await {
        Ok(answer) => {
            unanswered.store(0, Ordering::Relaxed);
            Some((serial, answer))
        }
        Err(error) => {
            unanswered.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(certificate.issuer = %issuer, certificate.serial = %serial, cause = %error,
                "no OCSP answer to be had");
            None
        }
    }
}

impl Sights {
    /// Whether nothing was to be had at all.
    pub fn is_empty(&self) -> bool {
        self.exhibits.is_empty()
    }

    pub fn of(&self, serial: &SerialNumber) -> Option<&Sight> {
        self.seen.get(serial)
    }

    fn add_crl(&mut self, crl: FetchedCrl) {
        let exhibit = self.exhibits.len();
        for (serial, view) in crl.views {
            self.seen.entry(serial).or_default().crl = Some((view, exhibit));
        }
        self.exhibits.push(Exhibit::new(EvidenceKind::Crl, crl.document));
    }

    fn add_answer(&mut self, serial: SerialNumber, answer: FetchedAnswer) {
        self.seen.entry(serial).or_default().ocsp = Some((answer.view, self.exhibits.len()));
        self.exhibits.push(Exhibit::new(EvidenceKind::Ocsp, answer.document));
    }

    /// Whether a CRL says that the certificate is revoked, in whatever way.
    fn shows(&self, serial: &SerialNumber, now: DateTimeUtc) -> bool {
        let view = self.of(serial).and_then(Sight::crl);
        matches!(judge(view, None, None, now), Verdict::Proven { .. } | Verdict::Disagrees(_))
    }
}

impl Sight {
    pub fn crl(&self) -> Option<&CrlView> {
        self.crl.as_ref().map(|(view, _)| view)
    }

    pub fn ocsp(&self) -> Option<&OcspView> {
        self.ocsp.as_ref().map(|(view, _)| view)
    }

    /// The exhibit that shows what the view of this kind says.
    pub fn exhibit(&self, kind: ProofKind) -> Option<usize> {
        match kind {
            ProofKind::Crl => self.crl.as_ref().map(|(_, exhibit)| *exhibit),
            ProofKind::Ocsp => self.ocsp.as_ref().map(|(_, exhibit)| *exhibit),
        }
    }

    /// The reason as listed.
    pub fn reason(&self, kind: ProofKind) -> Option<u8> {
        match kind {
            ProofKind::Crl => self.crl()?.entries.first()?.reason,
            ProofKind::Ocsp => match self.ocsp()?.status {
                OcspStatus::Revoked { reason, .. } => reason,
                OcspStatus::Good | OcspStatus::Unknown => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{Duration, TimeZone, Utc};

    use super::{ASKED, some_of};

    #[test]
    fn one_look_asks_about_so_many_and_a_day_of_looks_about_all() {
        let now = Utc.with_ymd_and_hms(2026, 11, 24, 3, 0, 0).unwrap();
        for cases in [0, 1, ASKED] {
            assert_eq!(some_of((0..cases).collect(), now), (0..cases).collect::<Vec<_>>());
        }
        for cases in [ASKED + 1, 2 * ASKED, 20 * ASKED] {
            let looks = (0..144).map(|look| some_of((0..cases).collect(), now + Duration::minutes(10 * look)));
            let asked: HashSet<usize> = looks.inspect(|some| assert_eq!(some.len(), ASKED)).flatten().collect();
            assert_eq!(asked.len(), cases);
        }
    }
}
