//! Every refusal of a certificate or a request, and every verdict on evidence, has its sentence with all blanks filled.

use std::{collections::BTreeSet, fs};

use revocation_desk::domain::{
    application::{CrlReason, ReissueReason},
    certificate::{self, Fingerprint, SerialNumber, ValidationType, pem},
    csr,
    evidence::{Disagreement, Fault},
    problem::Problem,
};

fn sentences() -> toml::Table {
    include_str!("../../views/messages/ja/certificate.toml").parse().unwrap()
}

#[test]
fn each_problem_has_one_sentence_whose_blanks_are_all_filled() {
    let sentences = sentences();
    let sentences = sentences["problem"].as_table().unwrap();
    let problems = every_problem();

    for problem in &problems {
        let sentence = sentences.get(problem.code).unwrap_or_else(|| panic!("no sentence for {}", problem.code));
        let filled = problem.params.iter().fold(sentence.as_str().unwrap().to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        });
        assert!(!filled.contains('{') && filled.ends_with('。'), "{}: {filled}", problem.code);
    }
    let codes: BTreeSet<&str> = problems.iter().map(|problem| problem.code).collect();
    let written: BTreeSet<&str> = sentences.keys().map(String::as_str).collect();
    assert_eq!(written, codes, "sentences nobody needs, or problems that this test does not provoke");
}

#[test]
fn each_verdict_has_a_sentence() {
    let sentences = sentences();
    for (table, codes) in [
        ("evidence_fault", Fault::ALL.map(Fault::as_str).to_vec()),
        ("evidence_disagreement", Disagreement::ALL.map(Disagreement::as_str).to_vec()),
    ] {
        let written: BTreeSet<&str> = sentences[table].as_table().unwrap().keys().map(String::as_str).collect();
        assert_eq!(written, BTreeSet::from_iter(codes), "{table}");
    }
}

fn every_problem() -> Vec<Problem> {
    [values(), certificates(), requests(), keys()].concat()
}

fn values() -> Vec<Problem> {
    vec![
        SerialNumber::from_octets(&[]).unwrap_err(),
        "x".parse::<SerialNumber>().unwrap_err(),
        "x".parse::<Fingerprint>().unwrap_err(),
        "x".parse::<ValidationType>().unwrap_err(),
    ]
}

fn certificates() -> Vec<Problem> {
    let plain = fixture("certificates/ov-accuweather.pem");
    let der = certificate::parse(plain.as_bytes()).unwrap().der;
    let inputs = [
        Vec::new(),
        plain.repeat(2).into_bytes(),
        fixture("requests/made-p256.pem").into_bytes(),
        plain.replace("CERTIFICATE", "PKCS7").into_bytes(),
        fixture("certificates/with-private-key.pem").into_bytes(),
        vec![b'A'; pem::MAX_INPUT + 1],
        [der.as_slice(), b"\0"].concat(),
        fixture("certificates/invalid-utf8.pem").into_bytes(),
        with_long_serial(&der),
    ];
    inputs.iter().map(|input| certificate::parse(input).unwrap_err()).collect()
}

/// The serial number made 65 octets long, and the lengths around it with it.
fn with_long_serial(der: &[u8]) -> Vec<u8> {
    let [0x30, 0x82, outer_high, outer_low, 0x30, 0x82, inner_high, inner_low, rest @ ..] = der else { panic!() };
    // [0] version, then the INTEGER of 16 octets.
    let (version, rest) = rest.split_at(5);
    let after_serial = &rest[2 + 16..];
    let longer = |high: &u8, low: &u8| (u16::from_be_bytes([*high, *low]) + 49).to_be_bytes();
    [
        &[0x30, 0x82][..],
        &longer(outer_high, outer_low),
        &[0x30, 0x82],
        &longer(inner_high, inner_low),
        version,
        &[0x02, 65],
        &[0x11; 65],
        after_serial,
    ]
    .concat()
}

fn requests() -> Vec<Problem> {
    let plain = fixture("requests/made-p256.pem");
    let der = csr::parse(plain.as_bytes()).unwrap().der;
    let mut inputs = vec![
        Vec::new(),
        b"x".to_vec(),
        plain.repeat(2).into_bytes(),
        fixture("certificates/ov-accuweather.pem").into_bytes(),
        vec![b'A'; pem::MAX_INPUT + 1],
        [der.as_slice(), b"\0"].concat(),
        b"-----BEGIN PRIVATE KEY-----".to_vec(),
        [&der[..der.len() - 1], &[der[der.len() - 1] ^ 1]].concat(),
    ];
    let named = [
        "made-rsa-1024.pem",
        "made-rsa-4104.pem",
        "made-rsa-exponent-3.pem",
        "made-p521.pem",
        "made-p256-sha1.pem",
        "made-p256-sha512.pem",
        "made-name-with-line-break.pem",
    ];
    inputs.extend(named.iter().map(|name| fixture(&format!("requests/{name}")).into_bytes()));
    inputs.iter().map(|input| csr::parse(input).unwrap_err()).collect()
}

fn keys() -> Vec<Problem> {
    let request = csr::parse(fixture("requests/made-p256.pem").as_bytes()).unwrap();
    let check = |blocked| {
        let key = &request.public_key.spki_sha256;
        csr::check_key(&request, key, ReissueReason::KeyCompromise, CrlReason::KeyCompromise, blocked).unwrap_err()
    };
    vec![check(true), check(false)]
}

fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
