//! CRLs of outside CAs over HTTP: what is fetched, how often, and which part of a partitioned CRL counts for whom.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Duration, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CrlIssuingDistributionPoint, CrlScope as Only, DnType, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams,
};
use revocation_desk::{
    domain::{
        application::CrlReason,
        certificate::{self, CertificateFacts, SerialNumber, pem},
        evidence::{CrlView, Fault, ProofKind, Verdict, judge},
    },
    proof::{DistributionPoints, FetchedCrl, OutsideProofs, ProofError, ProofPlaces, ProofSource, Sought},
};

use crate::authority::now;

/// A CA whose CRLs are whatever a test wants them to be.
struct Outside {
    issuer: Issuer<'static, KeyPair>,
    facts: CertificateFacts,
}

/// What a CRL is to say.
struct List<'a> {
    revoked: &'a [&'a str],
    at: DateTime<Utc>,
    point: Option<CrlIssuingDistributionPoint>,
}

impl Outside {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, "Outside CA");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::CrlSign, KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let facts = certificate::parse_der(parameters.self_signed(&key).unwrap().der()).unwrap();
        Self { issuer: Issuer::new(parameters, key), facts }
    }

    fn crl(&self, list: List<'_>) -> Vec<u8> {
        let at = time::OffsetDateTime::from_unix_timestamp(list.at.timestamp()).unwrap();
        let revoked = |serial: &&str| RevokedCertParams {
            serial_number: rcgen::SerialNumber::from_slice(self::serial(serial).octets()),
            revocation_time: at,
            reason_code: Some(RevocationReason::Superseded),
            invalidity_date: None,
        };
        let parameters = CertificateRevocationListParams {
            this_update: at,
            next_update: at + time::Duration::days(7),
            crl_number: 1_u64.into(),
            issuing_distribution_point: list.point,
            revoked_certs: list.revoked.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        parameters.signed_by(&self.issuer).unwrap().der().to_vec()
    }

    /// A certificate that says its CRL is at these addresses.
    fn certificate(&self, serial: &str, points: &[&str]) -> Sought {
        let mut parameters = CertificateParams::new(vec!["www.example.jp".to_owned()]).unwrap();
        parameters.serial_number = Some(rcgen::SerialNumber::from_slice(self::serial(serial).octets()));
        let point = |address: &&str| CrlDistributionPoint { uris: vec![(*address).to_owned()] };
        parameters.crl_distribution_points = points.iter().map(point).collect();
        let signed = parameters.signed_by(&KeyPair::generate().unwrap(), &self.issuer).unwrap();
        Sought { serial: self::serial(serial), points: DistributionPoints::of_certificate(signed.der()) }
    }

    fn proofs(&self, crls: &[String]) -> OutsideProofs {
        let places = ProofPlaces { issuer: self.facts.clone(), crls: crls.to_vec(), ocsp: None, allow_private: true };
        OutsideProofs::new(vec![places]).unwrap()
    }

    async fn look(&self, proofs: &OutsideProofs, sought: &Sought) -> Vec<Result<FetchedCrl, ProofError>> {
        proofs.crls(&self.facts.subject.text, std::slice::from_ref(sought)).await
    }

    async fn verdict(&self, proofs: &OutsideProofs, sought: &Sought) -> Verdict {
        let mut views = self.views(proofs, sought).await;
        assert!(views.len() <= 1, "one CRL counts: {views:?}");
        judge(views.pop().as_ref(), None, Some(CrlReason::Superseded), now())
    }

    async fn views(&self, proofs: &OutsideProofs, sought: &Sought) -> Vec<CrlView> {
        let crls = self.look(proofs, sought).await;
        crls.into_iter().filter_map(|crl| crl.unwrap().views.remove(&sought.serial)).collect()
    }
}

fn serial(text: &str) -> SerialNumber {
    text.parse().unwrap()
}

fn whole<'a>(revoked: &'a [&'a str]) -> List<'a> {
    List { revoked, at: now(), point: None }
}

fn part<'a>(revoked: &'a [&'a str], address: &str, scope: Option<Only>) -> List<'a> {
    let distribution_point = CrlDistributionPoint { uris: vec![address.to_owned()] };
    List { point: Some(CrlIssuingDistributionPoint { distribution_point, scope }), ..whole(revoked) }
}

/// What a server gives, and what it was asked.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    files: std::collections::HashMap<String, (StatusCode, Vec<u8>)>,
    asked: Vec<String>,
}

impl Shelf {
    async fn open() -> (Self, String) {
        let shelf = Self::default();
        let app = Router::new().route("/{name}", get(give)).with_state(shelf.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (shelf, address)
    }

    fn put(&self, name: &str, bytes: Vec<u8>) {
        self.put_with(name, StatusCode::OK, bytes);
    }

    fn put_with(&self, name: &str, status: StatusCode, bytes: Vec<u8>) {
        self.0.lock().unwrap().files.insert(name.to_owned(), (status, bytes));
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }
}

async fn give(State(shelf): State<Shelf>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let mut content = shelf.0.lock().unwrap();
    let Some((status, bytes)) = content.files.get(&name).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    let tag = format!("\"{}\"", certificate::Fingerprint::of(&bytes));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    content.asked.push(if known { format!("{name} known") } else { name });
    if known {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    (status, [(header::ETAG, tag), (header::LOCATION, "/elsewhere".to_owned())], bytes).into_response()
}

const PROVEN: fn() -> Verdict = || Verdict::Proven { by: ProofKind::Crl, revoked_at: now() };

#[tokio::test]
async fn a_crl_is_fetched_again_only_when_it_has_changed_and_read_in_both_forms() {
    let (ca, (shelf, address)) = (Outside::new(), Shelf::open().await);
    let proofs = ca.proofs(&[format!("{address}/crl")]);
    let sought = ca.certificate("41aa", &[]);
    let (before, after) = (ca.crl(whole(&[])), ca.crl(whole(&["41aa"])));
    for (bytes, verdict, asked) in [
        (before.clone(), Verdict::NotYetVisible, "crl"),
        (before, Verdict::NotYetVisible, "crl known"),
        (after.clone(), PROVEN(), "crl"),
        (after.clone(), PROVEN(), "crl known"),
        (pem::encode("X509 CRL", &after).into_bytes(), PROVEN(), "crl"),
    ] {
        shelf.put("crl", bytes);

        let seen = ca.verdict(&proofs, &sought).await;

        assert_eq!((seen, shelf.asked()), (verdict, vec![asked.to_owned()]));
    }
    let mut kept = ca.look(&proofs, &sought).await;
    let document = kept.remove(0).unwrap().document;
    assert_eq!((*document.bytes).clone(), after, "what was signed is kept, as DER");
    assert_eq!(document.source, format!("{address}/crl"));
}

#[tokio::test]
async fn what_is_no_crl_is_told_and_the_next_one_counts_again() {
    let (ca, (shelf, address)) = (Outside::new(), Shelf::open().await);
    let proofs = ca.proofs(&[format!("{address}/crl")]);
    let sought = ca.certificate("41aa", &[]);
    let good = ca.crl(whole(&["41aa"]));
    for (what, status, bytes) in [
        ("an error page", StatusCode::INTERNAL_SERVER_ERROR, good.clone()),
        ("another place", StatusCode::FOUND, good.clone()),
        ("nothing new, unasked", StatusCode::NOT_MODIFIED, Vec::new()),
        ("nothing", StatusCode::OK, Vec::new()),
        ("a page", StatusCode::OK, b"<html>maintenance</html>".to_vec()),
        ("half a CRL", StatusCode::OK, good[..good.len() / 2].to_vec()),
        ("two CRLs", StatusCode::OK, pem::encode("X509 CRL", &good).repeat(2).into_bytes()),
    ] {
        shelf.put_with("crl", status, bytes);
        let seen = ca.look(&proofs, &sought).await;
        assert!(matches!(seen.as_slice(), [Err(_)]), "{what}: {seen:?}");
    }
    shelf.put("crl", good);
    assert_eq!(ca.verdict(&proofs, &sought).await, PROVEN());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_a_foreign_issuer_unknown() {
    let ca = Outside::new();
    let proofs = ca.proofs(&["http://127.0.0.1:9/crl".to_owned()]);
    let sought = ca.certificate("41aa", &[]);

    let nobody = ca.look(&proofs, &sought).await;
    let foreign = proofs.crls("CN=Somebody Else", &[sought]).await;

    assert!(matches!(nobody.as_slice(), [Err(ProofError::Unreachable(_))]), "{nobody:?}");
    assert!(matches!(foreign.as_slice(), [Err(ProofError::UnknownIssuer(_))]), "{foreign:?}");
    assert!(!proofs.has_responder(&ca.facts.subject.text));
    for (wrong, allow_private) in [
        ("", true),
        ("crl.example.jp/x.crl", true),
        ("ldap://crl.example.jp", true),
        ("file:///etc/passwd", true),
        ("http://127.0.0.1:9/crl", false),
        ("http://169.254.169.254/", false),
    ] {
        let places = ProofPlaces { issuer: ca.facts.clone(), crls: vec![wrong.to_owned()], ocsp: None, allow_private };
        assert!(OutsideProofs::new(vec![places]).is_err(), "{wrong}");
    }
}

/// A revocation counts where relying parties look for it: in the part that the certificate names.
#[tokio::test]
async fn a_part_of_a_crl_counts_for_certificates_that_name_it() {
    const A: &str = "http://crl.example.jp/a.crl";
    const B: &str = "http://crl.example.jp/b.crl";
    let (ca, (shelf, address)) = (Outside::new(), Shelf::open().await);
    // Fetched from elsewhere, so that only what the CRLs say of themselves can tell.
    let proofs = ca.proofs(&[format!("{address}/one"), format!("{address}/two")]);
    let listed = &["41aa"];
    let unseen = Verdict::Unusable(Fault::NothingSeen);
    let rows: [(&str, List, List, &[&str], Verdict); 8] = [
        ("listed in its part", part(listed, A, None), part(&[], B, None), &[A], PROVEN()),
        ("listed in another part", part(&[], A, None), part(listed, B, None), &[A], Verdict::NotYetVisible),
        ("names its part second", part(listed, A, None), part(&[], B, None), &["http://x.example.jp/", A], PROVEN()),
        ("names a third part", part(listed, A, None), part(listed, B, None), &["http://x.example.jp/"], unseen),
        ("names no part", part(listed, A, None), part(listed, B, None), &[], unseen),
        ("users only", part(listed, A, Some(Only::UserCertsOnly)), part(&[], B, None), &[A], PROVEN()),
        (
            "CAs only",
            part(listed, A, Some(Only::CaCertsOnly)),
            part(&[], B, None),
            &[A],
            Verdict::Unusable(Fault::NotComplete),
        ),
        ("the whole", whole(listed), part(&[], B, None), &[], PROVEN()),
    ];
    for (what, one, two, named, expected) in rows {
        shelf.put("one", ca.crl(one));
        shelf.put("two", ca.crl(two));
        assert_eq!(ca.verdict(&proofs, &ca.certificate("41aa", named)).await, expected, "{what}");
    }
}

#[tokio::test]
async fn only_the_parts_that_are_named_are_fetched() {
    let (ca, (shelf, address)) = (Outside::new(), Shelf::open().await);
    let addresses: Vec<String> = (0..20).map(|number| format!("{address}/part-{number:02}")).collect();
    for (number, address) in addresses.iter().enumerate() {
        shelf.put(&format!("part-{number:02}"), ca.crl(part(&["41aa"], address, None)));
    }
    let proofs = ca.proofs(&addresses);
    let asked = || {
        let mut asked = shelf.asked();
        asked.sort();
        asked
    };

    assert_eq!(ca.verdict(&proofs, &ca.certificate("41aa", &[&addresses[7]])).await, PROVEN());
    assert_eq!(asked(), ["part-07"]);
    let two = [ca.certificate("41aa", &[&addresses[3]]), ca.certificate("41ab", &[&addresses[4]])];
    proofs.crls(&ca.facts.subject.text, &two).await;
    assert_eq!(asked(), ["part-03", "part-04"]);
    ca.look(&proofs, &ca.certificate("41aa", &["http://crl.example.jp/other"])).await;
    assert_eq!(asked().len(), 20);
}

#[tokio::test]
async fn of_two_crls_for_the_same_certificates_the_newest_of_the_issuer_counts() {
    let (ca, other, (shelf, address)) = (Outside::new(), Outside::new(), Shelf::open().await);
    let proofs = ca.proofs(&[format!("{address}/one"), format!("{address}/two")]);
    let sought = ca.certificate("41aa", &[]);
    let yesterday = now() - Duration::days(1);
    let old = |revoked| ca.crl(List { at: yesterday, ..whole(revoked) });
    let foreign = other.crl(List { at: now() + Duration::minutes(1), ..whole(&["41aa"]) });
    for (what, one, two, expected) in [
        ("the old one does not list it yet", old(&[]), ca.crl(whole(&["41aa"])), PROVEN()),
        ("the other way round", ca.crl(whole(&["41aa"])), old(&[]), PROVEN()),
        ("taken back since", old(&["41aa"]), ca.crl(whole(&[])), Verdict::NotYetVisible),
        ("a foreign one is newer", foreign, ca.crl(whole(&[])), Verdict::NotYetVisible),
    ] {
        shelf.put("one", one);
        shelf.put("two", two);
        assert_eq!(ca.verdict(&proofs, &sought).await, expected, "{what}");
    }
}
