//! Whether a CRL or an OCSP answer proves a revocation: `judge`.
//!
//! Takes what `proof` read and verified; never says "proven" on anything stale, foreign, unsigned or ambiguous, and
//! never takes silence for an answer (`domain.md` 7, `reliability.md` promise 4).

use chrono::{DateTime, Duration, Utc};

use super::application::CrlReason;
use super::named::named;
use super::problem::Problem;

/// How far the CA's clock may be ahead of ours.
pub const CLOCK_SKEW: Duration = Duration::minutes(5);

/// One CRL, as far as it concerns one serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlView {
    /// Made by the key of the certificate that issued ours.
    pub signature_valid: bool,
    /// Names the issuer of our certificate.
    pub issuer_matches: bool,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub scope: CrlScope,
    /// All entries with our serial number.
    pub entries: Vec<CrlEntry>,
}

/// What a CRL claims to cover (RFC 5280 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrlScope {
    /// All server certificates of its issuer.
    Complete,
    /// deltaCRLIndicator: only changes.
    Delta,
    /// An issuing distribution point that leaves out some certificates or reasons, or includes other issuers.
    Partial,
    /// A critical extension that we do not know may change the meaning of everything else.
    UnknownCriticalExtension,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrlEntry {
    pub revoked_at: DateTime<Utc>,
    /// Value of the reasonCode extension; absent means unspecified.
    pub reason: Option<u8>,
}

/// One OCSP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspView {
    /// Made by the issuer, or by a responder that the issuer authorised.
    pub signature_valid: bool,
    /// Answers for our issuer and serial number.
    pub certificate_matches: bool,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub status: OcspStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OcspStatus {
    Good,
    Revoked { at: DateTime<Utc>, reason: Option<u8> },
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofKind {
    Crl,
    Ocsp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Proven {
        by: ProofKind,
        revoked_at: DateTime<Utc>,
    },
    /// Good, or not listed, so far. Look again later.
    NotYetVisible,
    /// The CA says something else than was ordered; a person must look.
    Disagrees(Disagreement),
    /// Says nothing either way.
    Unusable(Fault),
}

named! {
    /// Key of the sentence: `evidence_disagreement.<name>`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Disagreement {
        ListedTwice = "listed_twice",
        WrongReason = "wrong_reason",
        /// certificateHold: could be taken back.
        OnHold = "on_hold",
        /// removeFromCRL: was taken back.
        Removed = "removed",
        RevokedInTheFuture = "revoked_in_the_future",
    } else |text| Problem::on("disagreement", "value_unknown").with("value", text)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    NothingSeen,
    SignatureWrong,
    WrongIssuer,
    WrongCertificate,
    NotComplete,
    UnknownCriticalExtension,
    FromTheFuture,
    NoNextUpdate,
    Stale,
    UnknownToResponder,
}

impl Fault {
    pub const ALL: [Self; 10] = [
        Self::NothingSeen,
        Self::SignatureWrong,
        Self::WrongIssuer,
        Self::WrongCertificate,
        Self::NotComplete,
        Self::UnknownCriticalExtension,
        Self::FromTheFuture,
        Self::NoNextUpdate,
        Self::Stale,
        Self::UnknownToResponder,
    ];

    /// Key of the sentence: `evidence_fault.<code>`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingSeen => "nothing_seen",
            Self::SignatureWrong => "signature_wrong",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongCertificate => "wrong_certificate",
            Self::NotComplete => "not_complete",
            Self::UnknownCriticalExtension => "unknown_critical_extension",
            Self::FromTheFuture => "from_the_future",
            Self::NoNextUpdate => "no_next_update",
            Self::Stale => "stale",
            Self::UnknownToResponder => "unknown_to_responder",
        }
    }
}

/// Judges both kinds of evidence together. `reason` is the stored one; `None` for a revocation that was found and not
/// ordered by us: then any final reason will do.
///
/// A disagreement counts more than a proof: two answers that contradict each other are for a person.
pub fn judge(crl: Option<&CrlView>, ocsp: Option<&OcspView>, reason: Option<CrlReason>, now: DateTime<Utc>) -> Verdict {
    let by_crl = crl.map(|crl| judge_crl(crl, reason, now));
    let by_ocsp = ocsp.map(|ocsp| judge_ocsp(ocsp, reason, now));
    let verdicts = [by_ocsp, by_crl].into_iter().flatten();
    verdicts.max_by_key(|verdict| weight(*verdict)).unwrap_or(Verdict::Unusable(Fault::NothingSeen))
}

fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Unusable(_) => 0,
        Verdict::NotYetVisible => 1,
        Verdict::Proven { .. } => 2,
        Verdict::Disagrees(_) => 3,
    }
}

fn judge_crl(crl: &CrlView, reason: Option<CrlReason>, now: DateTime<Utc>) -> Verdict {
    if let Err(fault) = usable_crl(crl, now) {
        return Verdict::Unusable(fault);
    }
    match crl.entries.as_slice() {
        [] => Verdict::NotYetVisible,
        [entry] => revoked(ProofKind::Crl, entry.revoked_at, entry.reason, reason, now),
        [_, _, ..] => Verdict::Disagrees(Disagreement::ListedTwice),
    }
}

fn usable_crl(crl: &CrlView, now: DateTime<Utc>) -> Result<(), Fault> {
    if !crl.signature_valid {
        return Err(Fault::SignatureWrong);
    }
    if !crl.issuer_matches {
        return Err(Fault::WrongIssuer);
    }
    match crl.scope {
        CrlScope::Complete => {}
        CrlScope::Delta | CrlScope::Partial => return Err(Fault::NotComplete),
        CrlScope::UnknownCriticalExtension => return Err(Fault::UnknownCriticalExtension),
    }
    in_force(crl.this_update, crl.next_update, now)
}

fn judge_ocsp(ocsp: &OcspView, reason: Option<CrlReason>, now: DateTime<Utc>) -> Verdict {
    if !ocsp.signature_valid {
        return Verdict::Unusable(Fault::SignatureWrong);
    }
    if !ocsp.certificate_matches {
        return Verdict::Unusable(Fault::WrongCertificate);
    }
    if let Err(fault) = in_force(ocsp.this_update, ocsp.next_update, now) {
        return Verdict::Unusable(fault);
    }
    match ocsp.status {
        OcspStatus::Good => Verdict::NotYetVisible,
        OcspStatus::Unknown => Verdict::Unusable(Fault::UnknownToResponder),
        OcspStatus::Revoked { at, reason: found } => revoked(ProofKind::Ocsp, at, found, reason, now),
    }
}

/// BR 4.9.7 and 4.9.10 require nextUpdate in both.
fn in_force(this_update: DateTime<Utc>, next_update: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Fault> {
    let next_update = next_update.ok_or(Fault::NoNextUpdate)?;
    if this_update > now + CLOCK_SKEW {
        Err(Fault::FromTheFuture)
    } else if next_update < now {
        Err(Fault::Stale)
    } else {
        Ok(())
    }
}

fn revoked(
    by: ProofKind,
    revoked_at: DateTime<Utc>,
    found: Option<u8>,
    ordered: Option<CrlReason>,
    now: DateTime<Utc>,
) -> Verdict {
    // RFC 5280 5.3.1.
    const CERTIFICATE_HOLD: u8 = 6;
    const REMOVE_FROM_CRL: u8 = 8;
    let disagreement = match found {
        Some(REMOVE_FROM_CRL) => Some(Disagreement::Removed),
        Some(CERTIFICATE_HOLD) => Some(Disagreement::OnHold),
        found => ordered.filter(|ordered| found != Some(ordered.code())).map(|_| Disagreement::WrongReason),
    };
    let in_the_future = (revoked_at > now + CLOCK_SKEW).then_some(Disagreement::RevokedInTheFuture);
    disagreement.or(in_the_future).map_or(Verdict::Proven { by, revoked_at }, Verdict::Disagrees)
}
