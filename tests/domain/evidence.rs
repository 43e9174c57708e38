//! What counts as proof of a revocation, and what never does.

use chrono::{DateTime, Duration, TimeZone, Utc};
use revocation_desk::domain::{
    application::CrlReason,
    evidence::{
        CLOCK_SKEW, CrlEntry, CrlScope, CrlView, Disagreement as D, Fault as F, OcspStatus, OcspView, ProofKind,
        Verdict, judge,
    },
};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 1, 30, 0).unwrap()
}

fn revoked_at() -> DateTime<Utc> {
    now() - Duration::minutes(10)
}

fn listed(reason: Option<u8>) -> CrlEntry {
    CrlEntry { revoked_at: revoked_at(), reason }
}

/// A CRL that proves the revocation of a certificate as superseded.
fn crl() -> CrlView {
    CrlView {
        signature_valid: true,
        issuer_matches: true,
        this_update: now() - Duration::minutes(5),
        next_update: Some(now() + Duration::days(7)),
        scope: CrlScope::Complete,
        entries: vec![listed(Some(4))],
    }
}

fn ocsp() -> OcspView {
    OcspView {
        signature_valid: true,
        certificate_matches: true,
        this_update: now() - Duration::minutes(5),
        next_update: Some(now() + Duration::hours(8)),
        status: OcspStatus::Revoked { at: revoked_at(), reason: Some(4) },
    }
}

/// What is changed, how, and what it means.
type Row<'a, View> = (&'a str, &'a dyn Fn(&mut View), Verdict);

const PROVEN_BY_CRL: fn() -> Verdict = || Verdict::Proven { by: ProofKind::Crl, revoked_at: revoked_at() };
const PROVEN_BY_OCSP: fn() -> Verdict = || Verdict::Proven { by: ProofKind::Ocsp, revoked_at: revoked_at() };

#[test]
fn a_crl_proves_only_when_everything_about_it_is_right() {
    let second = Duration::seconds(1);
    let changed = |change: &dyn Fn(&mut CrlView)| {
        let mut crl = crl();
        change(&mut crl);
        judge(Some(&crl), None, Some(CrlReason::Superseded), now())
    };
    let table: [Row<CrlView>; 22] = [
        ("as it should be", &|_| {}, PROVEN_BY_CRL()),
        ("bad signature", &|crl| crl.signature_valid = false, Verdict::Unusable(F::SignatureWrong)),
        ("other issuer", &|crl| crl.issuer_matches = false, Verdict::Unusable(F::WrongIssuer)),
        ("delta CRL", &|crl| crl.scope = CrlScope::Delta, Verdict::Unusable(F::NotComplete)),
        ("partial CRL", &|crl| crl.scope = CrlScope::Partial, Verdict::Unusable(F::NotComplete)),
        (
            "unknown critical extension",
            &|crl| crl.scope = CrlScope::UnknownCriticalExtension,
            Verdict::Unusable(F::UnknownCriticalExtension),
        ),
        ("no nextUpdate", &|crl| crl.next_update = None, Verdict::Unusable(F::NoNextUpdate)),
        ("nextUpdate now", &|crl| crl.next_update = Some(now()), PROVEN_BY_CRL()),
        ("stale by a second", &|crl| crl.next_update = Some(now() - second), Verdict::Unusable(F::Stale)),
        ("thisUpdate within the skew", &|crl| crl.this_update = now() + CLOCK_SKEW, PROVEN_BY_CRL()),
        (
            "thisUpdate past the skew",
            &|crl| crl.this_update = now() + CLOCK_SKEW + second,
            Verdict::Unusable(F::FromTheFuture),
        ),
        ("not listed", &|crl| crl.entries.clear(), Verdict::NotYetVisible),
        ("listed twice", &|crl| crl.entries.push(listed(Some(4))), Verdict::Disagrees(D::ListedTwice)),
        ("listed three times", &|crl| crl.entries.extend([listed(Some(4)); 2]), Verdict::Disagrees(D::ListedTwice)),
        ("other reason", &|crl| crl.entries = vec![listed(Some(1))], Verdict::Disagrees(D::WrongReason)),
        ("no reason", &|crl| crl.entries = vec![listed(None)], Verdict::Disagrees(D::WrongReason)),
        ("unspecified", &|crl| crl.entries = vec![listed(Some(0))], Verdict::Disagrees(D::WrongReason)),
        ("on hold", &|crl| crl.entries = vec![listed(Some(6))], Verdict::Disagrees(D::OnHold)),
        ("removeFromCRL", &|crl| crl.entries = vec![listed(Some(8))], Verdict::Disagrees(D::Removed)),
        ("revoked within the skew", &|crl| crl.entries[0].revoked_at = now() + CLOCK_SKEW, {
            Verdict::Proven { by: ProofKind::Crl, revoked_at: now() + CLOCK_SKEW }
        }),
        (
            "revoked in the future",
            &|crl| crl.entries[0].revoked_at = now() + CLOCK_SKEW + second,
            Verdict::Disagrees(D::RevokedInTheFuture),
        ),
        // A CRL that nobody can trust says nothing, whatever it lists.
        (
            "bad signature and the wrong reason",
            &|crl| (crl.signature_valid, crl.entries) = (false, vec![listed(Some(1))]),
            Verdict::Unusable(F::SignatureWrong),
        ),
    ];
    for (what, change, expected) in table {
        assert_eq!(changed(change), expected, "{what}");
    }
}

#[test]
fn an_ocsp_answer_proves_only_when_everything_about_it_is_right() {
    let second = Duration::seconds(1);
    let changed = |change: &dyn Fn(&mut OcspView)| {
        let mut ocsp = ocsp();
        change(&mut ocsp);
        judge(None, Some(&ocsp), Some(CrlReason::Superseded), now())
    };
    let revoked = |reason| OcspStatus::Revoked { at: revoked_at(), reason };
    let table: [Row<OcspView>; 10] = [
        ("as it should be", &|_| {}, PROVEN_BY_OCSP()),
        ("bad signature", &|ocsp| ocsp.signature_valid = false, Verdict::Unusable(F::SignatureWrong)),
        ("other certificate", &|ocsp| ocsp.certificate_matches = false, Verdict::Unusable(F::WrongCertificate)),
        ("good", &|ocsp| ocsp.status = OcspStatus::Good, Verdict::NotYetVisible),
        ("unknown", &|ocsp| ocsp.status = OcspStatus::Unknown, Verdict::Unusable(F::UnknownToResponder)),
        ("other reason", &|ocsp| ocsp.status = revoked(Some(1)), Verdict::Disagrees(D::WrongReason)),
        ("on hold", &|ocsp| ocsp.status = revoked(Some(6)), Verdict::Disagrees(D::OnHold)),
        ("no nextUpdate", &|ocsp| ocsp.next_update = None, Verdict::Unusable(F::NoNextUpdate)),
        ("stale", &|ocsp| ocsp.next_update = Some(now() - second), Verdict::Unusable(F::Stale)),
        (
            "from the future",
            &|ocsp| ocsp.this_update = now() + CLOCK_SKEW + second,
            Verdict::Unusable(F::FromTheFuture),
        ),
    ];
    for (what, change, expected) in table {
        assert_eq!(changed(change), expected, "{what}");
    }
}

#[test]
fn one_proof_is_enough_and_one_contradiction_is_too_much() {
    let reason = Some(CrlReason::Superseded);
    let not_listed = CrlView { entries: Vec::new(), ..crl() };
    let unsigned = CrlView { signature_valid: false, ..crl() };
    let other_reason = CrlView { entries: vec![listed(Some(1))], ..crl() };
    let good = OcspView { status: OcspStatus::Good, ..ocsp() };
    let unknown = OcspView { status: OcspStatus::Unknown, ..ocsp() };
    for (what, crl, ocsp, expected) in [
        ("nothing", None, None, Verdict::Unusable(F::NothingSeen)),
        ("both", Some(&crl()), Some(&ocsp()), PROVEN_BY_CRL()),
        ("CRL while OCSP is behind", Some(&crl()), Some(&good), PROVEN_BY_CRL()),
        ("OCSP while the CRL is behind", Some(&not_listed), Some(&ocsp()), PROVEN_BY_OCSP()),
        ("OCSP while the CRL is broken", Some(&unsigned), Some(&ocsp()), PROVEN_BY_OCSP()),
        ("CRL says another reason than OCSP", Some(&other_reason), Some(&ocsp()), Verdict::Disagrees(D::WrongReason)),
        ("neither yet", Some(&not_listed), Some(&good), Verdict::NotYetVisible),
        ("not listed, responder does not know", Some(&not_listed), Some(&unknown), Verdict::NotYetVisible),
        ("neither usable", Some(&unsigned), Some(&unknown), Verdict::Unusable(F::SignatureWrong)),
    ] {
        assert_eq!(judge(crl, ocsp, reason, now()), expected, "{what}");
    }
}

#[test]
fn a_revocation_that_was_found_may_have_any_final_reason() {
    for (found, expected) in [
        (None, PROVEN_BY_CRL()),
        (Some(5), PROVEN_BY_CRL()),
        (Some(1), PROVEN_BY_CRL()),
        (Some(6), Verdict::Disagrees(D::OnHold)),
        (Some(8), Verdict::Disagrees(D::Removed)),
    ] {
        let crl = CrlView { entries: vec![listed(found)], ..crl() };
        assert_eq!(judge(Some(&crl), None, None, now()), expected, "{found:?}");
    }
}

#[test]
fn a_compromised_key_must_be_listed_as_compromised() {
    for (found, expected) in [(1, PROVEN_BY_CRL()), (4, Verdict::Disagrees(D::WrongReason))] {
        let crl = CrlView { entries: vec![listed(Some(found))], ..crl() };
        assert_eq!(judge(Some(&crl), None, Some(CrlReason::KeyCompromise), now()), expected, "{found}");
    }
}
