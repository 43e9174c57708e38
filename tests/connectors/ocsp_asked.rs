//! Our OCSP client with OpenSSL as the responder: what it answers, and who may sign it.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration as Pause;

use chrono::{DateTime, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose as Purpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use revocation_desk::{
    domain::{
        application::CrlReason,
        certificate::{self, CertificateFacts, SerialNumber},
        evidence::{Fault, OcspStatus, OcspView, ProofKind, Verdict, judge},
    },
    proof::{OutsideProofs, ProofError, ProofPlaces, ProofSource, ocsp::Question},
};
use tempfile::TempDir;

use crate::authority::now;
use crate::openssl;

/// As the index of OpenSSL writes it, and before any clock of a machine that runs this.
const REVOKED_AT: &str = "250623120005Z";

fn revoked_at() -> DateTime<Utc> {
    "2025-06-23T12:00:05Z".parse().unwrap()
}

/// A CA in the form that `openssl ocsp` knows: an index, certificates, keys.
struct Books {
    home: TempDir,
    issuer: Issuer<'static, KeyPair>,
    facts: CertificateFacts,
}

/// Keys of a responder.
#[derive(Clone, Copy)]
enum Signer {
    Issuer,
    /// For signing OCSP answers, with id-pkix-ocsp-nocheck.
    Delegate,
    /// The certificate says nothing about whether it is to be checked itself.
    ToBeChecked,
    /// A server certificate of the same CA.
    Server,
    /// Everything right but the CA.
    OfAnotherCa,
    Expired,
    NotYetValid,
    /// keyUsage without digitalSignature.
    CannotSign,
}

fn ca_parameters() -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, "Books CA");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    parameters
}

impl Books {
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        let (parameters, key) = (ca_parameters(), KeyPair::generate().unwrap());
        let certificate = parameters.self_signed(&key).unwrap();
        fs::write(home.path().join("ca.pem"), certificate.pem()).unwrap();
        fs::write(home.path().join("ca.key"), key.serialize_pem()).unwrap();
        let index = format!(
            "V\t490101000000Z\t\t41AA\tunknown\t/CN=good\n\
             R\t490101000000Z\t{REVOKED_AT},superseded\t41AB\tunknown\t/CN=revoked\n\
             R\t490101000000Z\t{REVOKED_AT}\t41AC\tunknown\t/CN=without a reason\n"
        );
        fs::write(home.path().join("index.txt"), index).unwrap();
        let facts = certificate::parse_der(certificate.der()).unwrap();
        Self { home, issuer: Issuer::new(parameters, key), facts }
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    /// Files of the certificate and the key that sign.
    fn signer(&self, signer: Signer) -> (String, String) {
        if matches!(signer, Signer::Issuer) {
            return (self.path("ca.pem"), self.path("ca.key"));
        }
        let mut parameters = CertificateParams::new(vec!["ocsp.example.jp".to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, "responder");
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(2045, 1, 1);
        parameters.extended_key_usages = vec![Purpose::OcspSigning];
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let no_check = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 5], vec![0x05, 0x00]);
        parameters.custom_extensions = vec![no_check];
        match signer {
            Signer::Issuer | Signer::Delegate | Signer::OfAnotherCa => {}
            Signer::ToBeChecked => parameters.custom_extensions.clear(),
            Signer::Server => parameters.extended_key_usages = vec![Purpose::ServerAuth],
            Signer::Expired => parameters.not_after = date_time_ymd(2026, 11, 24),
            Signer::NotYetValid => parameters.not_before = date_time_ymd(2026, 11, 25),
            Signer::CannotSign => parameters.key_usages = vec![KeyUsagePurpose::KeyEncipherment],
        }
        let key = KeyPair::generate().unwrap();
        let other = Issuer::new(ca_parameters(), KeyPair::generate().unwrap());
        let issuer = if matches!(signer, Signer::OfAnotherCa) { &other } else { &self.issuer };
        fs::write(self.path("signer.pem"), parameters.signed_by(&key, issuer).unwrap().pem()).unwrap();
        fs::write(self.path("signer.key"), key.serialize_pem()).unwrap();
        (self.path("signer.pem"), self.path("signer.key"))
    }

    /// What OpenSSL answers to a request, without a server between.
    fn answer(&self, request: &[u8], signer: Signer, more: &[&str]) -> Vec<u8> {
        let (request_file, response) = (self.path("request.der"), self.path("response.der"));
        fs::write(&request_file, request).unwrap();
        let arguments = self.arguments(signer);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let files = ["-reqin", &request_file, "-respout", &response];
        let (good, said) = openssl::run(&[&["ocsp"], &arguments[..], &files, more].concat());
        assert!(good, "{said}");
        fs::read(response).unwrap()
    }

    fn arguments(&self, signer: Signer) -> Vec<String> {
        let (certificate, key) = self.signer(signer);
        let (index, ca) = (self.path("index.txt"), self.path("ca.pem"));
        let pairs = [("-index", index), ("-CA", ca), ("-rsigner", certificate), ("-rkey", key)];
        pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }

    /// Asks and reads; the answer was made at a time that only OpenSSL knows.
    fn ask(&self, serial: &str, signer: Signer, more: &[&str]) -> Result<OcspView, ProofError> {
        let serial: SerialNumber = serial.parse().unwrap();
        let question = Question::new(&self.facts, &serial).unwrap();
        question.read(&self.answer(&question.encoded(), signer, more), now())
    }
}

const A_DAY: [&str; 2] = ["-ndays", "1"];

#[test]
fn openssl_answers_what_its_index_says() {
    let books = Books::new();
    let revoked = |reason| OcspStatus::Revoked { at: revoked_at(), reason };
    for (serial, status) in [
        ("41aa", OcspStatus::Good),
        ("41ab", revoked(Some(CrlReason::Superseded.code()))),
        ("41ac", revoked(None)),
        ("41ad", OcspStatus::Unknown),
    ] {
        let view = books.ask(serial, Signer::Issuer, &A_DAY).unwrap();

        assert_eq!(view.status, status, "{serial}");
        assert!(view.signature_valid && view.certificate_matches, "{serial}");
        assert_eq!(view.next_update, Some(view.this_update + chrono::Duration::days(1)));
    }
}

#[test]
fn only_the_issuer_and_a_responder_that_it_authorised_are_believed() {
    let books = Books::new();
    let by_key = ["-ndays", "1", "-resp_key_id"];
    let alone = ["-ndays", "1", "-resp_no_certs"];
    for (what, signer, more, believed) in [
        ("the issuer", Signer::Issuer, &A_DAY[..], true),
        ("the issuer by its key", Signer::Issuer, &by_key, true),
        ("the issuer without its certificate", Signer::Issuer, &alone, true),
        ("a delegate", Signer::Delegate, &A_DAY, true),
        ("a delegate by its key", Signer::Delegate, &by_key, true),
        ("a delegate without its certificate", Signer::Delegate, &alone, false),
        ("one that would have to be checked", Signer::ToBeChecked, &A_DAY, false),
        ("a server of the same CA", Signer::Server, &A_DAY, false),
        ("another CA's, of the same name", Signer::OfAnotherCa, &A_DAY, false),
        ("expired this morning", Signer::Expired, &A_DAY, false),
        ("valid from tomorrow", Signer::NotYetValid, &A_DAY, false),
        ("a key that is not for signing", Signer::CannotSign, &A_DAY, false),
    ] {
        let view = books.ask("41ab", signer, more).unwrap();

        assert_eq!(view.signature_valid, believed, "{what}");
        let verdict = judge(None, Some(&view), Some(CrlReason::Superseded), view.this_update);
        let proven = Verdict::Proven { by: ProofKind::Ocsp, revoked_at: revoked_at() };
        let expected = if believed { proven } else { Verdict::Unusable(Fault::SignatureWrong) };
        assert_eq!(verdict, expected, "{what}");
    }
}

#[test]
fn an_answer_counts_for_the_question_alone() {
    let books = Books::new();
    let (asked, other): (SerialNumber, SerialNumber) = ("41ab".parse().unwrap(), "41aa".parse().unwrap());
    let question = Question::new(&books.facts, &asked).unwrap();
    let answer = books.answer(&question.encoded(), Signer::Issuer, &A_DAY);
    assert!(question.read(&answer, now()).is_ok());

    // The same certificate, asked again: the nonce is another.
    let again = Question::new(&books.facts, &asked).unwrap();
    assert!(matches!(again.read(&answer, now()), Err(ProofError::Unreadable(_))));

    // A responder that knows no nonce answers everybody the same.
    let request = question.encoded();
    let without = books.answer(&without_nonce(&request), Signer::Issuer, &A_DAY);
    let view = again.read(&without, now()).unwrap();
    assert!(view.signature_valid && view.certificate_matches);
    let about_another = Question::new(&books.facts, &other).unwrap().read(&without, now()).unwrap();
    assert!(!about_another.certificate_matches);
    let foreign = Books::new();
    let same_serial = Question::new(&foreign.facts, &asked).unwrap().read(&without, now()).unwrap();
    assert!(!same_serial.certificate_matches && !same_serial.signature_valid);
}

/// Only the list of a request.
fn without_nonce(request: &[u8]) -> Vec<u8> {
    use certificate::der::{element, read};
    let (outer, _) = read(request).unwrap();
    let (content, _) = read(outer.content).unwrap();
    let (list, _) = read(content.content).unwrap();
    element(0x30, &[&element(0x30, &[list.encoded])])
}

/// The same answer about other things: `change` gets responderID, the list of responses and what comes after it, and gives
/// them back. Signed anew with the key of `key_file`.
fn rewritten(books: &Books, answer: &[u8], key_file: &str, change: impl Fn([&[u8]; 3]) -> [Vec<u8>; 3]) -> Vec<u8> {
    use certificate::der::{element, read};
    let inner = |encoded: &[u8]| read(encoded).unwrap().0.content.to_vec();
    let parts = |mut content: &[u8]| {
        let mut parts = Vec::new();
        while !content.is_empty() {
            let (part, rest) = read(content).unwrap();
            parts.push(part.encoded.to_vec());
            content = rest;
        }
        parts
    };
    let outer = parts(&inner(answer));
    let bytes = parts(&inner(&inner(&outer[1])));
    let basic = parts(&inner(&inner(&bytes[1])));
    let [id, produced_at, responses, rest @ ..] = &parts(&inner(&basic[0]))[..] else { unreachable!() };
    let [id, responses, rest] = change([id, responses, &rest.concat()]);
    let data = element(0x30, &[&id, produced_at, &responses, &rest]);
    let key = KeyPair::from_pem(&fs::read_to_string(books.path(key_file)).unwrap()).unwrap();
    let signature = element(0x03, &[&[0], &rcgen::SigningKey::sign(&key, &data).unwrap()]);
    let basic = [&data, &basic[1], &signature].into_iter().chain(&basic[3..]).map(Vec::as_slice).collect::<Vec<_>>();
    let content = element(0x30, &[&bytes[0], &element(0x04, &[&element(0x30, &basic)])]);
    element(0x30, &[&outer[0], &element(0xa0, &[&content])])
}

#[test]
fn an_answer_that_says_more_than_we_understand_or_two_things_is_not_read() {
    use certificate::der::{element, read};
    let books = Books::new();
    let serial: SerialNumber = "41ab".parse().unwrap();
    let question = Question::new(&books.facts, &serial).unwrap();
    let answer = books.answer(&question.encoded(), Signer::Issuer, &A_DAY);
    let extension = |critical: &[u8]| {
        let id = element(0x06, &[&[0x2a, 0x03, 0x04]]);
        element(0x30, &[&element(0x30, &[&id, critical, &element(0x04, &[&[0x05, 0x00]])])])
    };
    let extensions = |critical: bool| {
        let critical: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
        element(0xa1, &[&extension(critical)])
    };
    let single = |responses: &[u8]| read(read(responses).unwrap().0.content).unwrap().0.content.to_vec();
    let told = |response: Vec<u8>| {
        let view = question.read(&response, now());
        view.map(|view| view.signature_valid).map_err(|error| error.to_string())
    };
    let with_single = |more: Vec<u8>| {
        told(rewritten(&books, &answer, "ca.key", |[id, responses, rest]| {
            let one = element(0x30, &[&single(responses), &more]);
            [id.to_vec(), element(0x30, &[&one]), rest.to_vec()]
        }))
    };
    let with_response = |more: Vec<u8>| {
        let change = |[id, responses, _]: [&[u8]; 3]| [id.to_vec(), responses.to_vec(), more.clone()];
        told(rewritten(&books, &answer, "ca.key", change))
    };

    assert_eq!(told(rewritten(&books, &answer, "ca.key", |parts| parts.map(<[u8]>::to_vec))), Ok(true), "as it was");
    assert_eq!(with_single(extensions(false)), Ok(true));
    assert!(with_single(extensions(true)).unwrap_err().contains("critical"));
    assert_eq!(with_response(extensions(false)), Ok(true));
    assert!(with_response(extensions(true)).unwrap_err().contains("critical"));
    let twice = rewritten(&books, &answer, "ca.key", |[id, responses, rest]| {
        let one = element(0x30, &[&single(responses)]);
        [id.to_vec(), element(0x30, &[&one, &one]), rest.to_vec()]
    });
    assert!(told(twice).unwrap_err().contains("two answers"));
}

#[test]
fn a_responder_speaks_in_its_own_name_only() {
    use certificate::der::element;
    let books = Books::new();
    let serial: SerialNumber = "41ab".parse().unwrap();
    let question = Question::new(&books.facts, &serial).unwrap();
    let answer = books.answer(&question.encoded(), Signer::Delegate, &A_DAY);
    let as_somebody = |id: Option<Vec<u8>>| {
        let change = |[own, responses, rest]: [&[u8]; 3]| {
            [id.clone().unwrap_or_else(|| own.to_vec()), responses.to_vec(), rest.to_vec()]
        };
        question.read(&rewritten(&books, &answer, "signer.key", change), now()).unwrap().signature_valid
    };

    assert!(as_somebody(None));
    assert!(!as_somebody(Some(element(0xa2, &[&element(0x04, &[&[7; 20]])]))));
    assert!(!as_somebody(Some(element(0xa1, &[&books.facts.subject_der]))), "in the issuer's");
}

#[test]
fn an_answer_without_an_end_proves_nothing() {
    let view = Books::new().ask("41ab", Signer::Issuer, &[]).unwrap();

    assert_eq!(view.next_update, None);
    let verdict = judge(None, Some(&view), Some(CrlReason::Superseded), view.this_update);
    assert_eq!(verdict, Verdict::Unusable(Fault::NoNextUpdate));
}

#[test]
fn a_responder_that_has_no_answer_says_why() {
    let books = Books::new();
    let serial: SerialNumber = "41aa".parse().unwrap();
    let question = Question::new(&books.facts, &serial).unwrap();
    for (status, name) in
        [(1, "malformedRequest"), (2, "internalError"), (3, "tryLater"), (5, "sigRequired"), (6, "unauthorized")]
    {
        let refused = question.read(&[0x30, 0x03, 0x0a, 0x01, status], now());
        assert!(matches!(refused, Err(ProofError::Refused(said)) if said == name), "{name}: {refused:?}");
    }
    for status in [0, 4, 7] {
        let refused = question.read(&[0x30, 0x03, 0x0a, 0x01, status], now());
        assert!(matches!(refused, Err(ProofError::Unreadable(_))), "{status}: {refused:?}");
    }
}

/// `openssl ocsp` as a server, until the test is over.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn a_running_responder_is_asked_over_http() {
    let books = Books::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("openssl");
    command.arg("ocsp").args(books.arguments(Signer::Delegate)).args(A_DAY).args(["-port", &port.to_string()]);
    let _server = Server(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let places = |ocsp: &str| ProofPlaces {
        issuer: books.facts.clone(),
        crls: Vec::new(),
        ocsp: Some(ocsp.to_owned()),
        allow_private: true,
    };
    let address = format!("http://127.0.0.1:{port}/");
    let proofs = OutsideProofs::new(vec![places(&address)]).unwrap();
    let (issuer, serial): (_, SerialNumber) = (&books.facts.subject.text, "41ab".parse().unwrap());
    let mut answer = proofs.ocsp(issuer, &serial, now()).await;
    for _ in 0..200 {
        if !matches!(answer, Err(ProofError::Unreachable(_))) {
            break;
        }
        tokio::time::sleep(Pause::from_millis(50)).await;
        answer = proofs.ocsp(issuer, &serial, now()).await;
    }

    let answer = answer.unwrap();
    assert_eq!(answer.view.status, OcspStatus::Revoked { at: revoked_at(), reason: Some(4) });
    assert!(answer.view.signature_valid && answer.view.certificate_matches);
    assert_eq!(answer.document.source, address);
    assert_eq!(answer.document.sha256, certificate::Fingerprint::of(&answer.document.bytes).to_string());
    assert!(proofs.has_responder(issuer) && !proofs.needs_certificates(issuer));
    assert!(proofs.crls(issuer, &[serial.into()]).await.is_empty());
}
