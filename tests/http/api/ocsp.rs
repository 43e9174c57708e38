//! The OCSP responder over HTTP: both ways to ask, what caches may keep, and what is too much.

use axum::body::Body;
use axum::http::{Method, Request, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use revocation_desk::ca::embedded::EmbeddedCa;
use revocation_desk::domain::certificate::{
    SerialNumber,
    cert_id::{CertIdHash, encode},
    der::element,
};
use revocation_desk::proof::ocsp::Question;

use super::desk::Desk;

const MALFORMED: &str = "\u{30}\u{3}\u{a}\u{1}\u{1}";
const UNAUTHORIZED: &str = "\u{30}\u{3}\u{a}\u{1}\u{6}";

fn embedded(desk: &Desk) -> EmbeddedCa {
    let app = &desk.app;
    EmbeddedCa::open(app.ctx.db.clone(), &app.data_dir().join("ca"), "http://desk.test", app.now()).unwrap()
}

/// Without a nonce: for caches.
fn plain(ca: &EmbeddedCa, serial: &str) -> Vec<u8> {
    let serial: SerialNumber = serial.parse().unwrap();
    let id = encode(&ca.issuing().certificate, &serial, CertIdHash::Sha1);
    let list = element(0x30, &[&element(0x30, &[&id])]);
    element(0x30, &[&element(0x30, &[&list])])
}

#[tokio::test]
async fn an_ocsp_answer_in_the_address_is_for_caches() {
    let desk = Desk::open().await;
    let ca = embedded(&desk);
    let id = &ca.issuing().id;
    let mut nobody = desk.app.visitor();
    // A serial number whose request has a slash in base64, however it is written.
    let spread = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24;
    let with_slash = (0..65_536).map(|number| plain(&ca, &format!("41{:010x}", spread(number)))).find(|request| {
        let text = STANDARD.encode(request);
        text.contains('/') && text.contains('+') && text.ends_with('=')
    });
    let request = STANDARD.encode(with_slash.unwrap());
    let escaped = request.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    for written in [request.clone(), escaped, request.trim_end_matches('=').to_owned()] {
        let answer = nobody.get(&format!("/ocsp/{id}/{written}")).await;

        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), "application/ocsp-response");
        assert_eq!(answer.header("cache-control"), "max-age=60, public, no-transform, must-revalidate");
        assert!(answer.header("expires") > answer.header("last-modified") || answer.header("expires").ends_with("GMT"));
        assert!(answer.header("etag").len() > 60 && answer.body.len() > 400, "{:?}", answer.body);
    }
    let serial: SerialNumber = "41aa".parse().unwrap();
    let with_nonce = STANDARD_NO_PAD.encode(Question::new(&ca.issuing().certificate, &serial).unwrap().encoded());
    let answer = nobody.get(&format!("/ocsp/{id}/{}", with_nonce.replace('/', "%2F"))).await;
    assert_eq!(answer.assert_status(200).header("cache-control"), "no-store", "a nonce is for one");

    for (wrong, body) in [("%21%21", MALFORMED), ("AAAA", MALFORMED)] {
        let answer = nobody.get(&format!("/ocsp/{id}/{wrong}")).await;
        assert_eq!((answer.assert_status(200).body.as_str(), answer.header("cache-control")), (body, "no-store"));
    }
    let unknown = nobody.get("/ocsp/0000000000000000/AAAA").await;
    assert_eq!(unknown.assert_status(404).header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn an_ocsp_request_is_posted_by_anybody_within_limits() {
    let desk = Desk::open().await;
    let ca = embedded(&desk);
    let good = plain(&ca, "41aa");
    let mut nobody = desk.app.visitor();
    let mut post = async |issuer: &str, body: Vec<u8>| {
        let request = Request::builder().method(Method::POST).uri(format!("/ocsp/{issuer}"));
        let request = request.header(header::CONTENT_TYPE, "application/ocsp-request");
        nobody.send(request.body(Body::from(body)).unwrap()).await
    };
    let (issuing, root) = (ca.issuing().id.clone(), ca.root().id.clone());

    let answer = post(&issuing, good.clone()).await;
    assert_eq!(answer.assert_status(200).header("content-type"), "application/ocsp-response");
    assert!(answer.body.len() > 400);
    assert_eq!(answer.header("cache-control"), "no-store");
    for (what, issuer, body, expected) in [
        ("nothing", &issuing, Vec::new(), MALFORMED),
        ("too long", &issuing, vec![0x30; (16 << 10) + 1], MALFORMED),
        ("much too long", &issuing, vec![0x30; 1 << 20], MALFORMED),
        ("of the other issuer", &root, good.clone(), UNAUTHORIZED),
    ] {
        let answer = post(issuer, body).await;
        assert_eq!(answer.assert_status(200).body, expected, "{what}");
    }
    post("other", good).await.assert_status(404);
}
