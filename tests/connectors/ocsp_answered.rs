//! The embedded CA as an OCSP responder, with OpenSSL and our own client as relying parties.

use std::fs;

use chrono::{DateTime, Duration, Utc};
use revocation_desk::{
    ca::embedded::{EmbeddedCa, Issuer, OcspAnswer},
    domain::{
        application::CrlReason,
        certificate::{self, CertificateFacts, SerialNumber, der, pem},
        evidence::{Disagreement, Fault, OcspStatus, ProofKind, Verdict, judge},
    },
    proof::{ProofError, ocsp::Question},
};
use sea_orm::{ConnectionTrait, Statement};

use crate::authority::{Authority, now};
use crate::openssl;

const MALFORMED: [u8; 5] = [0x30, 0x03, 0x0a, 0x01, 0x01];
const UNAUTHORIZED: [u8; 5] = [0x30, 0x03, 0x0a, 0x01, 0x06];

/// Asks as a relying party does, and reads what comes back.
async fn ask(ca: &EmbeddedCa, issuer: &Issuer, serial: &SerialNumber, at: DateTime<Utc>) -> OcspStatus {
    let question = Question::new(&issuer.certificate, serial).unwrap();
    let answer = ca.answer_ocsp(issuer, &question.encoded(), at).await;
    let view = question.read(&answer.der, at).unwrap();
    assert!(view.signature_valid && view.certificate_matches);
    assert_eq!((view.this_update, view.next_update), (at, Some(at + Duration::hours(8))));
    assert_eq!(answer.shared, None, "an answer with a nonce is for one");
    view.status
}

#[tokio::test]
async fn a_certificate_is_good_until_it_is_revoked_and_unknown_when_nobody_issued_it() {
    let authority = Authority::new().await;
    let (ca, issuing) = (&authority.ca, authority.ca.issuing());
    let (source, other) = (authority.source().await, authority.source().await);
    assert_eq!(ask(ca, issuing, &source.serial, now()).await, OcspStatus::Good);

    authority.revoke_at(&source, now()).await;

    // At once: no CRL was published.
    let revoked = OcspStatus::Revoked { at: now(), reason: Some(CrlReason::Superseded.code()) };
    assert_eq!(ask(ca, issuing, &source.serial, now()).await, revoked);
    assert_eq!(ask(&authority.another_node().await, issuing, &source.serial, now()).await, revoked);
    assert_eq!(ask(ca, issuing, &other.serial, now()).await, OcspStatus::Good);
    let never_issued: SerialNumber = "4123456789abcdef".parse().unwrap();
    assert_eq!(ask(ca, issuing, &never_issued, now()).await, OcspStatus::Unknown);
    // The root knows the issuing CA, and nothing of what that issued.
    assert_eq!(ask(ca, ca.root(), &issuing.certificate.serial, now()).await, OcspStatus::Good);
    assert_eq!(ask(ca, ca.root(), &source.serial, now()).await, OcspStatus::Unknown);
}

/// The files that `openssl ocsp` works with.
struct Files<'a>(&'a Authority);

impl Files<'_> {
    fn path(&self, name: &str) -> String {
        self.0.home.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, label: &str, der: &[u8]) -> String {
        fs::write(self.path(name), pem::encode(label, der)).unwrap();
        self.path(name)
    }

    fn issuers(&self) -> (String, String) {
        let ca = &self.0.ca;
        (
            self.write("issuing.pem", "CERTIFICATE", &ca.issuing().certificate.der),
            self.write("root.pem", "CERTIFICATE", &ca.root().certificate.der),
        )
    }

    fn request(&self, certificate: &CertificateFacts, more: &[&str]) -> Vec<u8> {
        let ((issuing, _), request) = (self.issuers(), self.path("request.der"));
        let certificate = self.write("leaf.pem", "CERTIFICATE", &certificate.der);
        let (good, said) = openssl::run(
            &[&["ocsp"], more, &["-issuer", &issuing, "-cert", &certificate, "-reqout", &request]].concat(),
        );
        assert!(good, "{said}");
        fs::read(request).unwrap()
    }

    /// What OpenSSL says to an answer to the last request.
    fn verdict(&self, answer: &OcspAnswer, more: &[&str]) -> String {
        let ((issuing, root), response) = (self.issuers(), self.path("response.der"));
        let (leaf, request) = (self.path("leaf.pem"), self.path("request.der"));
        fs::write(&response, &answer.der).unwrap();
        let time = now().timestamp().to_string();
        let known = ["-issuer", &issuing, "-cert", &leaf, "-CAfile", &root, "-verify_other", &issuing];
        // The clock of this machine is not the test's.
        let times = ["-attime", &time, "-validity_period", "2000000000"];
        let arguments: [&[&str]; 5] =
            [&["ocsp", "-respin", &response, "-reqin", &request], more, &known, &times, &["-resp_text"]];
        openssl::run(&arguments.concat()).1
    }
}

#[tokio::test]
async fn openssl_accepts_the_answers_for_both_hashes_with_and_without_a_nonce() {
    let authority = Authority::new().await;
    let (ca, files) = (&authority.ca, Files(&authority));
    let (source, other) = (authority.source().await, authority.source().await);
    authority.revoke_at(&source, now()).await;
    for more in [&["-sha1"][..], &["-sha256"], &["-sha256", "-no_nonce"]] {
        for (certificate, status) in [(&source, "leaf.pem: revoked"), (&other, "leaf.pem: good")] {
            let request = files.request(certificate, more);

            let answer = ca.answer_ocsp(ca.issuing(), &request, now()).await;

            let said = files.verdict(&answer, more);
            assert!(said.contains("Response verify OK"), "{more:?} {said}");
            assert!(said.contains(status), "{status} {more:?} {said}");
            assert_eq!(said.contains("Reason: superseded"), status.ends_with("revoked"), "{said}");
            assert!(!said.contains("Nonce Verify error") && !said.contains("no nonce in response"), "{said}");
            let shared = Some((now(), now() + Duration::hours(8))).filter(|_| more.contains(&"-no_nonce"));
            assert_eq!(answer.shared, shared);
        }
    }
}

#[tokio::test]
async fn what_is_no_request_or_about_others_is_refused_as_the_standard_has_it() {
    let (authority, foreign) = (Authority::new().await, Authority::new().await);
    let ca = &authority.ca;
    let issuing = &ca.issuing().certificate;
    let source = authority.source().await;
    let question = |issuer: &CertificateFacts| Question::new(issuer, &source.serial).unwrap().encoded();
    let good = question(issuing);
    for (what, request, expected) in [
        ("nothing", Vec::new(), MALFORMED),
        ("something else", b"hello".to_vec(), MALFORMED),
        ("a certificate", source.der.clone(), MALFORMED),
        ("half of it", good[..good.len() / 2].to_vec(), MALFORMED),
        ("more than it", [&good[..], b"\0"].concat(), MALFORMED),
        ("no certificate", der::element(0x30, &[&der::element(0x30, &[&der::element(0x30, &[])])]), MALFORMED),
        ("another CA", question(&foreign.ca.issuing().certificate), UNAUTHORIZED),
        ("the root's", question(&ca.root().certificate), UNAUTHORIZED),
    ] {
        let answer = ca.answer_ocsp(ca.issuing(), &request, now()).await;
        assert_eq!((answer.der.as_slice(), answer.shared), (&expected[..], None), "{what}");
    }
}

/// An OCSPRequest of our own about one certificate, so often, with these extensions.
fn request(certificate: &[u8], times: usize, extensions: &[u8]) -> Vec<u8> {
    let one = der::element(0x30, &[certificate]);
    let list = der::element(0x30, &[&one.repeat(times)]);
    let extensions = match extensions {
        [] => Vec::new(),
        some => der::element(0xa2, &[&der::element(0x30, &[some])]),
    };
    der::element(0x30, &[&der::element(0x30, &[&list, &extensions])])
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
    der::element(0x30, &[&der::element(0x06, &[id]), critical, &der::element(0x04, &[value])])
}

#[tokio::test]
async fn nonces_and_lists_have_limits() {
    use certificate::cert_id::{CertIdHash, encode};
    const NONCE: [u8; 9] = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];
    let authority = Authority::new().await;
    let ca = &authority.ca;
    let source = authority.source().await;
    let id = encode(&ca.issuing().certificate, &source.serial, CertIdHash::Sha256);
    let nonce = |octets: usize| extension(&NONCE, false, &der::element(0x04, &[&vec![0xa5; octets]]));
    for (what, request, expected) in [
        ("no nonce", request(&id, 1, &[]), Ok(0)),
        ("an empty nonce", request(&id, 1, &nonce(0)), Err(MALFORMED)),
        ("one octet", request(&id, 1, &nonce(1)), Ok(1)),
        ("32 octets", request(&id, 1, &nonce(32)), Ok(32)),
        ("33 octets", request(&id, 1, &nonce(33)), Ok(0)),
        ("128 octets", request(&id, 1, &nonce(128)), Ok(0)),
        ("129 octets", request(&id, 1, &nonce(129)), Err(MALFORMED)),
        ("an extension that may be passed over", request(&id, 1, &extension(&[0x2a, 0x03], false, &[])), Ok(0)),
        ("one that must be understood", request(&id, 1, &extension(&[0x2a, 0x03], true, &[])), Err(MALFORMED)),
        ("16 certificates", request(&id, 16, &[]), Ok(0)),
        ("17 certificates", request(&id, 17, &[]), Err(MALFORMED)),
    ] {
        let answer = ca.answer_ocsp(ca.issuing(), &request, now()).await.der;
        match expected {
            Ok(echoed) => {
                assert_eq!(answer[4..7], [0x0a, 0x01, 0x00], "{what}: {answer:02x?}");
                let found = answer.windows(11).filter(|part| part.starts_with(&[&[0x06, 0x09][..], &NONCE].concat()));
                assert_eq!(found.count(), usize::from(echoed > 0), "{what}");
                let octets = vec![0xa5; echoed.max(1)];
                let whole = der::element(0x04, &[&der::element(0x04, &[&octets])]);
                assert_eq!(answer.windows(whole.len()).any(|part| part == whole), echoed > 0, "{what}");
            }
            Err(refused) => assert_eq!(answer, refused, "{what}"),
        }
    }
}

/// Whatever single octet of a request changes, there is an answer.
#[tokio::test]
async fn a_damaged_request_is_answered_and_never_panics() {
    let authority = Authority::new().await;
    let ca = &authority.ca;
    let source = authority.source().await;
    let request = Question::new(&ca.issuing().certificate, &source.serial).unwrap().encoded();
    for at in 0..request.len() {
        let mut damaged = request.clone();
        damaged[at] ^= 0x41;
        assert!(ca.answer_ocsp(ca.issuing(), &damaged, now()).await.der.len() >= 5, "octet {at}");
        assert_eq!(ca.answer_ocsp(ca.issuing(), &request[..at], now()).await.der, MALFORMED, "cut at {at}");
    }
}

/// Whatever single octet of an answer changes, it proves nothing any more.
#[tokio::test]
async fn a_damaged_answer_never_panics_and_never_proves() {
    let authority = Authority::new().await;
    let (ca, issuing) = (&authority.ca, authority.ca.issuing());
    let source = authority.source().await;
    authority.revoke_at(&source, now()).await;
    let question = Question::new(&issuing.certificate, &source.serial).unwrap();
    let answer = ca.answer_ocsp(issuing, &question.encoded(), now()).await.der;
    let verdict = |bytes: &[u8], at: DateTime<Utc>| -> Result<Verdict, ProofError> {
        Ok(judge(None, Some(&question.read(bytes, at)?), Some(CrlReason::Superseded), at))
    };
    assert_eq!(verdict(&answer, now()).unwrap(), Verdict::Proven { by: ProofKind::Ocsp, revoked_at: now() });
    for at in 0..answer.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = answer.clone();
            damaged[at] ^= flip;
            if let Ok(verdict) = verdict(&damaged, now()) {
                assert!(matches!(verdict, Verdict::Unusable(_)), "octet {at}: {verdict:?}");
            }
        }
        assert!(verdict(&answer[..at], now()).is_err(), "cut at {at}");
    }
    assert!(verdict(&[&answer[..], b"\0"].concat(), now()).is_err(), "trailing octet");
    let nine_hours = now() + Duration::hours(9);
    assert_eq!(verdict(&answer, nine_hours).unwrap(), Verdict::Unusable(Fault::Stale));
    let question_with_another_nonce = Question::new(&issuing.certificate, &source.serial).unwrap();
    assert!(question_with_another_nonce.read(&answer, now()).is_err());
    let reason = judge(None, Some(&question.read(&answer, now()).unwrap()), Some(CrlReason::KeyCompromise), now());
    assert_eq!(reason, Verdict::Disagrees(Disagreement::WrongReason));
}

/// The answer comes with the certificate of a key that signs nothing else, made anew in time and entered in the books.
#[tokio::test]
async fn the_signing_key_is_renewed_before_its_certificate_ends() {
    let authority = Authority::new().await;
    let (ca, issuing) = (&authority.ca, authority.ca.issuing());
    let source = authority.source().await;
    let mut seen = Vec::new();
    for (days, node) in [(0, ca), (1, ca), (4, ca), (6, ca), (0, &authority.another_node().await)] {
        let at = now() + Duration::days(days);
        ask(node, issuing, &source.serial, at).await;
        seen.push(responders(&authority).await.len());
    }
    assert_eq!(seen, [1, 1, 1, 2, 3], "kept for 5 days, and each node has its own");
    for responder in responders(&authority).await {
        let text = openssl::text(&authority, &responder.der);
        for expected in ["OCSP Signing", "OCSP No Check", "Digital Signature", "Revocation Desk OCSP responder of CA"] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert!(!text.contains("CRL Distribution Points") && !text.contains("TLS Web Server"), "{text}");
        assert_eq!(responder.not_after - responder.not_before, Duration::days(7) + Duration::hours(1));
    }
}

pub async fn responders(authority: &Authority) -> Vec<CertificateFacts> {
    let sql =
        Statement::from_string(authority.db.get_database_backend(), "SELECT der FROM ca_certificates ORDER BY id");
    let rows = authority.db.query_all_raw(sql).await.unwrap();
    let all = rows.iter().map(|row| certificate::parse_der(&row.try_get_by_index::<Vec<u8>>(0).unwrap()).unwrap());
    all.filter(|facts| facts.subject.text.contains("OCSP responder")).collect()
}
