//! Signing requests: what passes, what is refused and why, and which keys may be used again.

use std::{fs, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, KeyPair};
use revocation_desk::domain::{
    application::{CrlReason, ReissueReason},
    certificate::{self, Fingerprint, KeyAlgorithm, pem},
    csr::{self, DifferingField, check_key, holds_private_key, parse},
};

fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/requests").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn code(input: &[u8]) -> &'static str {
    parse(input).map_or_else(|problem| problem.code, |_| "accepted")
}

#[test]
fn a_good_request_tells_its_key_and_names() {
    let facts = parse(&fixture("made-rsa-2048.pem")).unwrap();

    assert_eq!(facts.public_key.algorithm, KeyAlgorithm::Rsa { bits: 2048, exponent: Some(65_537) });
    assert_eq!(facts.signature_algorithm, "SHA-256 with RSA");
    assert_eq!(facts.subject.organization.as_deref(), Some("例示商事株式会社"));
    assert_eq!(facts.dns_names, ["shop.example.jp", "Other.example.jp"]);
    assert_eq!(facts.pem(), String::from_utf8(fixture("made-rsa-2048.pem")).unwrap());
}

#[test]
fn keys_and_signatures_within_the_rules_pass_and_others_have_their_own_problem() {
    for (name, expected) in [
        ("made-rsa-2048.pem", "accepted"),
        ("made-rsa-4096.pem", "accepted"),
        ("made-rsa-pss.pem", "accepted"),
        ("made-p256.pem", "accepted"),
        ("made-p384.pem", "accepted"),
        ("ec_sha256.pem", "accepted"),
        ("rsa_sha256.pem", "accepted"),
        ("zero-element-attribute.pem", "csr_malformed"),
        ("long-form-attribute.pem", "csr_malformed"),
        ("bad-version.pem", "csr_signature_wrong"),
        ("invalid_signature.pem", "csr_key_too_short"),
        ("made-rsa-1024.pem", "csr_key_too_short"),
        ("made-rsa-2047.pem", "csr_key_too_short"),
        ("made-rsa-4104.pem", "csr_key_too_long"),
        ("made-rsa-exponent-3.pem", "csr_rsa_exponent"),
        ("made-p521.pem", "csr_key_unsupported"),
        ("made-secp256k1.pem", "csr_key_unsupported"),
        ("made-p256-explicit.pem", "csr_key_unsupported"),
        ("made-p256-compressed.pem", "csr_malformed"),
        ("made-ed25519.pem", "csr_key_unsupported"),
        ("dsa_sha1.pem", "csr_key_unsupported"),
        ("made-p256-sha1.pem", "csr_signature_weak"),
        ("rsa_sha1.pem", "csr_signature_weak"),
        ("san_rsa_sha1.pem", "csr_signature_weak"),
        ("made-rsa-md5.pem", "csr_signature_weak"),
        ("rsa_md4.pem", "csr_signature_weak"),
        ("made-rsa-pss-sha1.pem", "csr_signature_wrong"),
        ("made-p256-sha512.pem", "csr_signature_unsupported"),
    ] {
        assert_eq!(code(&fixture(name)), expected, "{name}");
    }
}

#[test]
fn the_problem_of_a_short_key_names_its_bits() {
    let problem = parse(&fixture("made-rsa-1024.pem")).unwrap_err();

    assert_eq!(problem.params, [("bits", "1024".to_owned())]);
    assert_eq!(problem.field, Some("csr"));
}

#[test]
fn a_request_signed_by_another_key_is_refused() {
    let mut der = parse(&fixture("made-p256.pem")).unwrap().der;
    let last = der.len() - 1;
    der[last] ^= 1;

    assert_eq!(code(&der), "csr_signature_wrong");
}

#[test]
fn a_request_is_read_in_the_forms_that_people_send() {
    let plain = String::from_utf8(fixture("made-p256.pem")).unwrap();
    for (form, text) in [
        ("CRLF", plain.replace('\n', "\r\n")),
        ("blanks around it", format!("\n\n  {plain}  \n")),
        ("text around it", format!("お送りします。\n{plain}\n以上")),
        ("the old label", plain.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")),
    ] {
        assert_eq!(code(text.as_bytes()), "accepted", "{form}");
    }
}

#[test]
fn input_that_is_no_request_gets_its_own_problem() {
    let plain = String::from_utf8(fixture("made-p256.pem")).unwrap();
    let der = parse(plain.as_bytes()).unwrap().der;
    let certificate = include_str!("../fixtures/certificates/dv-crates-io.pem");
    for (what, input, expected) in [
        ("nothing", String::new(), "csr_missing"),
        ("blanks", " \r\n\t".to_owned(), "csr_missing"),
        ("prose", "CSRです".to_owned(), "csr_malformed"),
        ("a certificate", certificate.to_owned(), "csr_is_certificate"),
        ("two of them", plain.repeat(2), "csr_several"),
        ("no first line", plain.replace("-----BEGIN CERTIFICATE REQUEST-----\n", ""), "csr_malformed"),
        ("no last line", plain.replace("-----END CERTIFICATE REQUEST-----", ""), "csr_malformed"),
        ("octets after it", pem_of(&[&der[..], b"\0"].concat()), "csr_trailing_data"),
        ("half of it", pem_of(&der[..der.len() / 2]), "csr_malformed"),
        ("too much", "A".repeat(pem::MAX_INPUT + 1), "csr_too_large"),
    ] {
        assert_eq!(code(input.as_bytes()), expected, "{what}");
    }
}

#[test]
fn a_private_key_is_found_before_anything_else_and_never_repeated() {
    let key = KeyPair::generate().unwrap();
    let (pkcs8, der) = (key.serialize_pem(), key.serialize_der());
    let body: String = pkcs8.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n");
    let request = String::from_utf8(fixture("made-p256.pem")).unwrap();
    for (form, input) in [
        ("PKCS#8", pkcs8.clone().into_bytes()),
        ("CRLF", pkcs8.replace('\n', "\r\n").into_bytes()),
        ("RSA label", pkcs8.replace("PRIVATE", "RSA PRIVATE").into_bytes()),
        ("encrypted", pkcs8.replace("PRIVATE", "ENCRYPTED PRIVATE").into_bytes()),
        ("lower case", pkcs8.to_lowercase().into_bytes()),
        ("after a request", format!("{request}{pkcs8}").into_bytes()),
        ("before a request", format!("{pkcs8}{request}").into_bytes()),
        ("a lie in the label", pkcs8.replace("PRIVATE KEY", "CERTIFICATE REQUEST").into_bytes()),
        ("no first line", format!("{body}\n-----END PRIVATE KEY-----").into_bytes()),
        ("bare base64", body.clone().into_bytes()),
        ("the first half of bare base64", body.as_bytes()[..body.len() / 2].to_vec()),
        ("too much of it", format!("{pkcs8}{}", "A".repeat(pem::MAX_INPUT)).into_bytes()),
        ("DER", der.clone()),
        ("half the DER", der[..der.len() / 2].to_vec()),
        ("PuTTY", b"PuTTY-User-Key-File-3: ssh-rsa\r\n".to_vec()),
        ("OpenSSH", b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n".to_vec()),
        ("encrypted PKCS#8 in DER", ENCRYPTED_PKCS8.to_vec()),
        ("PKCS#1 in DER", vec![0x30, 0x82, 0x04, 0xa4, 0x02, 0x01, 0x00, 0x02, 0x82, 0x01, 0x01, 0x00]),
        ("SEC 1 in DER", vec![0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20]),
        ("PKCS#12", vec![0x30, 0x82, 0x09, 0x00, 0x02, 0x01, 0x03, 0x30, 0x82]),
    ] {
        let problem = parse(&input).unwrap_err();
        assert_eq!(problem.code, "csr_private_key", "{form}");
        assert!(problem.params.is_empty(), "{form}: {:?}", problem.params);
        assert!(holds_private_key(&input), "{form}");
    }
    let about = format!("My private key stays here, BEGIN reading:\n{request}");
    for (what, input) in [("a request", request.as_bytes()), ("talk of a private key", about.as_bytes())] {
        assert!(!holds_private_key(input), "{what}");
    }
}

/// Start of what `openssl pkcs8 -topk8 -outform DER` writes: PBES2, then the ciphertext.
const ENCRYPTED_PKCS8: [u8; 17] =
    [0x30, 0x0f, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d, 0x04, 0x00];

#[test]
fn a_key_is_used_again_only_where_the_reason_allows_it() {
    use {CrlReason as C, ReissueReason as R};
    let request = parse(&fixture("made-p256.pem")).unwrap();
    let same = request.public_key.spki_sha256.clone();
    let other = Fingerprint::of(b"another key");
    for (source, reason, crl_reason, blocked, expected) in [
        (&same, R::ServerReplacement, C::Superseded, false, None),
        (&same, R::Other, C::Superseded, false, None),
        (&same, R::KeyLostOrDamaged, C::Superseded, false, Some("csr_key_reused")),
        (&same, R::KeyCompromise, C::KeyCompromise, false, Some("csr_key_reused")),
        // Lost, and somebody else may have it: the stored reason is compromise.
        (&same, R::Other, C::KeyCompromise, false, Some("csr_key_reused")),
        (&same, R::ServerReplacement, C::KeyCompromise, false, Some("csr_key_reused")),
        (&other, R::KeyLostOrDamaged, C::Superseded, false, None),
        (&other, R::KeyCompromise, C::KeyCompromise, false, None),
        (&other, R::ServerReplacement, C::Superseded, true, Some("csr_key_blocked")),
        (&same, R::KeyCompromise, C::KeyCompromise, true, Some("csr_key_blocked")),
    ] {
        let refused = check_key(&request, source, reason, crl_reason, blocked).err().map(|problem| problem.code);
        assert_eq!(refused, expected, "{reason:?} {crl_reason:?} same={} blocked={blocked}", source == &same);
    }
}

#[test]
fn what_the_request_asks_for_beyond_the_source_is_shown() {
    let source = certificate::parse(include_bytes!("../fixtures/certificates/ov-accuweather.pem")).unwrap();
    let asked = parse(&fixture("made-rsa-2048.pem")).unwrap();

    let fields: Vec<_> = csr::differences(&asked, &source).into_iter().map(|difference| difference.field).collect();
    assert_eq!(fields, [DifferingField::CommonName, DifferingField::Organization, DifferingField::DnsNames]);

    let mut same = CertificateParams::new(["AccuWeather.com".to_owned(), "*.accuweather.com".to_owned()]).unwrap();
    same.distinguished_name = rcgen::DistinguishedName::new();
    let same = same.serialize_request(&KeyPair::generate().unwrap()).unwrap();
    assert_eq!(csr::differences(&parse(same.der()).unwrap(), &source), []);
}

#[test]
fn damaged_requests_never_panic_and_never_pass_with_something_else() {
    for name in ["made-p256.pem", "made-rsa-2048.pem"] {
        let whole = parse(&fixture(name)).unwrap();
        let mut refused = 0;
        for at in 0..whole.der.len() {
            let mut damaged = whole.der.clone();
            damaged[at] ^= 0x55;
            match csr::parse_der(&damaged) {
                Ok(facts) => assert_eq!(
                    (facts.public_key, facts.subject, facts.dns_names),
                    (whole.public_key.clone(), whole.subject.clone(), whole.dns_names.clone()),
                    "{name} changed at {at}"
                ),
                Err(_) => refused += 1,
            }
            assert!(csr::parse_der(&whole.der[..at]).is_err(), "{name} cut at {at}");
        }
        assert!(refused + 5 > whole.der.len(), "{name}: {refused} of {} refused", whole.der.len());
    }
}

fn pem_of(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n", STANDARD.encode(der))
}
