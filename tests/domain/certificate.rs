//! Certificates as they are: what the desk reads from those of any CA, and what it says of input that is none.

use std::{fs, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use revocation_desk::domain::certificate::{
    self, CertificateFacts, Fingerprint, KeyAlgorithm, SerialNumber, ValidationType, parse, parse_bundle, pem,
};

fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/certificates").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str) -> CertificateFacts {
    parse(&fixture(name)).unwrap_or_else(|problem| panic!("{name}: {problem}"))
}

fn code(input: &[u8]) -> &'static str {
    parse(input).map_or_else(|problem| problem.code, |_| "accepted")
}

#[test]
fn an_ev_certificate_tells_all_the_desk_needs() {
    let facts = read("ev-telesec.pem");

    assert_eq!(facts.validation, ValidationType::Ev);
    assert_eq!(facts.serial.as_str(), "22224b81836cd5fccb8e9fadfdd7366e");
    assert_eq!(facts.subject.common_name.as_deref(), Some("apps.endress.com"));
    assert_eq!(facts.subject.organization.as_deref(), Some("Endress and Hauser InfoServe GmbH and Co. KG"));
    assert_eq!(facts.subject.organizational_units, ["IS-OIN"]);
    assert_eq!(facts.subject.registration_number.as_deref(), Some("HRA 411272"));
    assert_eq!(facts.subject.jurisdiction_country.as_deref(), Some("DE"));
    assert!(facts.subject.text.contains("jurisdictionST=Baden-Württemberg"), "{}", facts.subject.text);
    assert_eq!(facts.dns_names, ["apps.endress.com", "www.apps.endress.com"]);
    assert_eq!(facts.not_before.to_rfc3339(), "2018-10-15T12:35:28+00:00");
    assert_eq!(facts.not_after.to_rfc3339(), "2020-10-20T23:59:59+00:00");
    assert_eq!(
        facts.issuer,
        "CN=TeleSec ServerPass Extended Validation Class 3 CA,STREET=Untere Industriestr. 20,L=Netphen,postalCode=57250,\
         ST=Nordrhein Westfalen,OU=T-Systems Trust Center,O=T-Systems International GmbH,C=DE"
    );
}

#[test]
fn validation_is_read_from_the_policy_oids() {
    for (name, expected) in [
        ("ev-lazard.pem", ValidationType::Ev),
        ("ev-quovadis.pem", ValidationType::Ev),
        ("ov-accuweather.pem", ValidationType::Ov),
        ("ov-wertzco.pem", ValidationType::Ov),
        ("utf8-dns-name.pem", ValidationType::Ov),
        ("dv-crates-io.pem", ValidationType::Dv),
        ("old-header.pem", ValidationType::Unknown),
    ] {
        assert_eq!(read(name).validation, expected, "{name}");
    }
}

#[test]
fn ev_counts_more_than_ov_and_ca_oids_count() {
    for (oids, expected) in [
        (&["2.23.140.1.2.2", "2.23.140.1.1"][..], ValidationType::Ev),
        (&["1.2.392.200091.100.721.1"], ValidationType::Ev),
        (&["2.16.840.1.114412.2.1", "2.23.140.1.2.2"], ValidationType::Ev),
        (&["2.23.140.1.2.2"], ValidationType::Ov),
        (&["2.23.140.1.2.1"], ValidationType::Dv),
        (&["2.23.140.1.2.3"], ValidationType::Iv),
        (&["2.23.140.1.2"], ValidationType::Unknown),
        (&["2.23.140.1.1.1"], ValidationType::Unknown),
        (&[], ValidationType::Unknown),
    ] {
        assert_eq!(ValidationType::from_policy_oids(oids), expected, "{oids:?}");
    }
}

#[test]
fn serial_numbers_are_kept_as_encoded() {
    for (name, expected) in [
        ("negative-serial-ec-acc.pem", "-11d4c2142bde21eb579d53fb0c223bff"),
        ("negative-serial.pem", "-04316693ed"),
        ("serial-zero-globaltrust.pem", "00"),
        ("serial-21-octets.pem", "84ce0bf6a0fe824ee5e506caa89d78c61501625771"),
        ("ev-quovadis.pem", "6871681e88cc954dea6ba69d331caf3f19728365"),
        ("dv-crates-io.pem", "0ba1e6f16562526b7cf3e56b10f3442f"),
    ] {
        assert_eq!(read(name).serial.as_str(), expected, "{name}");
    }
}

#[test]
fn no_two_encodings_of_a_serial_number_share_a_text() {
    let mut texts = std::collections::HashMap::new();
    let edges = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xfe, 0xff];
    let mut encodings: Vec<Vec<u8>> = vec![Vec::new()];
    for _ in 0..4 {
        let longer: Vec<Vec<u8>> = encodings
            .iter()
            .flat_map(|start| edges.iter().map(move |octet| [start.as_slice(), &[*octet]].concat()))
            .collect();
        for octets in &longer {
            let serial = SerialNumber::from_octets(octets).unwrap();
            let text = serial.to_string();
            assert_eq!(text.parse::<SerialNumber>().unwrap(), serial, "{octets:02x?} {text}");
            if let Some(other) = texts.insert(text.clone(), octets.clone()) {
                panic!("{octets:02x?} and {other:02x?} are both {text}");
            }
        }
        encodings = longer;
    }
}

#[test]
fn serial_numbers_have_the_texts_that_openssl_prints() {
    for (octets, text) in [
        (&[0x01][..], "01"),
        (&[0x00], "00"),
        (&[0x00, 0x8f, 0x01], "8f01"),
        (&[0x00, 0x01], "0001"),
        (&[0x00, 0x00, 0x8f], "00008f"),
        (&[0xff], "-01"),
        (&[0x80], "-80"),
        (&[0xff, 0x7f], "-81"),
        (&[0xff, 0x01], "-ff"),
        (&[0xff, 0x00], "-0100"),
        (&[0xff, 0x80], "-0080"),
    ] {
        assert_eq!(SerialNumber::from_octets(octets).unwrap().as_str(), text, "{octets:02x?}");
    }
}

#[test]
fn a_serial_number_is_read_as_people_write_it() {
    let serial: SerialNumber = "4A:91:0C 7C:3A".parse().unwrap();

    assert_eq!(serial.as_str(), "4a910c7c3a");
    assert_eq!(serial.colon_separated(), "4a:91:0c:7c:3a");
    assert_eq!(serial.suffix(), "7c3a");
    assert_eq!("8f".parse::<SerialNumber>().unwrap().octets(), [0x00, 0x8f]);
    assert_eq!("07".parse::<SerialNumber>().unwrap().suffix(), "07");
    for bad in ["", "-", "-00", "4a9", "0x4a", "4g"] {
        assert!(bad.parse::<SerialNumber>().is_err(), "{bad}");
    }
    let most = [0x7f; SerialNumber::MAX_OCTETS];
    assert!(SerialNumber::from_octets(&most).is_ok());
    assert!(SerialNumber::from_octets(&[&most[..], &[1]].concat()).is_err());
    assert!(SerialNumber::from_octets(&[]).is_err());
}

#[test]
fn the_fingerprint_is_the_one_that_openssl_prints() {
    let facts = read("ov-accuweather.pem");

    assert_eq!(facts.fingerprint.as_str(), "bbc7bcf2e231308a52a901870594392de24d54f4d594ad20f8584f9bfb0ea31a");
    assert_eq!(facts.fingerprint.as_str().to_uppercase().parse::<Fingerprint>(), Ok(facts.fingerprint.clone()));
    assert!("ab".parse::<Fingerprint>().is_err());
    assert_eq!(facts.identity().fingerprint, facts.fingerprint);
}

#[test]
fn names_in_every_string_type_are_read() {
    for (name, expected) in [
        ("bmpstring-subject.pem", r"CN=WDKTestCert 混沌\,133906716390833193"),
        ("ov-multi-valued-rdn.pem", "L=Paris+O=Le Banque,ST=Paris,C=FR"),
        ("bit-string-subject.pem", "2.5.4.45=#0070b3d51f305f0001,OU=02,CN=ScottishPower"),
        ("ov-wertzco.pem", r"CN=owa.wertzco.com,O=Wertz &amp\; Company,ST=California,C=US"),
    ] {
        assert_eq!(read(name).subject.text, expected, "{name}");
    }
    assert_eq!(read("gost-e-trust-ru.pem").subject.organization.as_deref(), Some("Минкомсвязь России"));
    assert_eq!(read("ov-multi-valued-rdn.pem").subject.organization.as_deref(), Some("Le Banque"));
    assert_eq!(
        read("negative-serial-ec-acc.pem").subject.organizational_units,
        [
            "Serveis Publics de Certificacio",
            "Vegeu https://www.catcert.net/verarrel (c)03",
            "Jerarquia Entitats de Certificacio Catalanes"
        ]
    );
}

#[test]
fn a_latin_1_t61string_is_read() {
    let with_umlaut = replaced(&read("ov-multi-valued-rdn.pem").der, b"\x0c\x09Le Banque", b"\x14\x09M\xfcller &B");

    let facts = certificate::parse_der(&with_umlaut).unwrap();

    assert_eq!(facts.subject.organization.as_deref(), Some("Müller &B"));
}

#[test]
fn names_that_could_deceive_a_reader_are_refused() {
    let der = read("ov-multi-valued-rdn.pem").der;

    for (name, value) in [
        ("line break", &b"\x0c\x09Le\r\nBanqu"[..]),
        ("NUL", b"\x0c\x09Le\0Banque"),
        ("right-to-left override", b"\x0c\x09Le\xe2\x80\xaeBanq"),
        ("not UTF-8", b"\x0c\x09Le\xff\xfeBanqu"),
        ("half a BMP character", b"\x1e\x09Le Banque"),
    ] {
        let problem = certificate::parse_der(&replaced(&der, b"\x0c\x09Le Banque", value)).unwrap_err();
        assert_eq!(problem.code, "certificate_name_unreadable", "{name}");
    }
}

#[test]
fn all_kinds_of_alternative_names_are_kept() {
    let facts = read("san-all-kinds.pem");

    assert_eq!(facts.dns_names, ["cryptography.io"]);
    assert_eq!(
        facts.other_names,
        [
            "email:user@cryptography.io",
            "IP:127.0.0.1",
            "IP:ff::",
            "DirName:O=Cryptographic Authority,CN=dirCN",
            "URI:https://cryptography.io"
        ]
    );
    assert_eq!(read("san-wildcard-idna.pem").dns_names, ["*.xn--80ato2c.cryptography"]);
    assert_eq!(read("ov-accuweather.pem").dns_names, ["*.accuweather.com", "accuweather.com"]);
    assert!(read("utf8-dns-name.pem").dns_names.contains(&"*.biztosítás.hu".to_owned()));
}

#[test]
fn the_key_is_told_by_kind_and_size() {
    for (name, expected) in [
        ("ov-accuweather.pem", KeyAlgorithm::EcP256),
        ("ov-wertzco.pem", KeyAlgorithm::Rsa { bits: 2048, exponent: Some(65_537) }),
        ("version-1.pem", KeyAlgorithm::Rsa { bits: 512, exponent: Some(65_537) }),
        ("ecdsa-p384-root.pem", KeyAlgorithm::EcP384),
        ("ed25519.pem", KeyAlgorithm::Ed25519),
        ("gost-e-trust-ru.pem", KeyAlgorithm::Other("1.2.643.2.2.19".to_owned())),
    ] {
        assert_eq!(read(name).public_key.algorithm, expected, "{name}");
    }
}

#[test]
fn a_name_is_found_where_there_is_no_common_name() {
    assert_eq!(read("ov-multi-valued-rdn.pem").primary_name(), "example.com");
    assert_eq!(read("ov-accuweather.pem").primary_name(), "*.accuweather.com");
}

#[test]
fn pem_is_read_in_the_forms_that_people_send() {
    let plain = String::from_utf8(fixture("ov-accuweather.pem")).unwrap();
    let der = read("ov-accuweather.pem").der;
    for (form, text) in [
        ("CRLF", plain.replace('\n', "\r\n").into_bytes()),
        ("text around it", format!("Subject: CN=*.accuweather.com\n\n{plain}\nこちらです。\n").into_bytes()),
        ("a byte order mark", format!("\u{feff}{plain}").into_bytes()),
        ("indented", plain.replace('\n', "\n  ").into_bytes()),
        ("one long line", pem_of(&STANDARD.encode(&der)).into_bytes()),
        ("no line break at the end", plain.trim_end().as_bytes().to_vec()),
        ("DER", der.clone()),
        ("our own PEM", pem::encode("CERTIFICATE", &der).into_bytes()),
    ] {
        assert_eq!(parse(&text).map(|facts| facts.der), Ok(der.clone()), "{form}");
    }
    assert_eq!(code(&fixture("old-header.pem")), "accepted");
    assert_eq!(pem::encode("CERTIFICATE", &der), plain);
}

#[test]
fn input_that_is_no_certificate_gets_its_own_problem() {
    let plain = String::from_utf8(fixture("ov-accuweather.pem")).unwrap();
    let der = read("ov-accuweather.pem").der;
    let request = include_bytes!("../fixtures/requests/ec_sha256.pem");
    let trailing = [der.as_slice(), b"\0"].concat();
    for (what, input, expected) in [
        ("nothing", Vec::new(), "certificate_malformed"),
        ("prose", "証明書です".as_bytes().to_vec(), "certificate_malformed"),
        ("not UTF-8", vec![0xff, 0xfe, 0x00], "certificate_malformed"),
        ("a request", request.to_vec(), "certificate_is_csr"),
        ("another label", plain.replace("CERTIFICATE", "PKCS7").into_bytes(), "certificate_wrong_label"),
        ("a chain", fixture("chain.pem"), "certificate_several"),
        ("the same twice", [plain.as_bytes(), plain.as_bytes()].concat(), "certificate_several"),
        ("no end", plain.replace("-----END CERTIFICATE-----", "").into_bytes(), "certificate_malformed"),
        ("other end", plain.replace("END CERTIFICATE", "END X509 CRL").into_bytes(), "certificate_malformed"),
        ("bad base64", plain.replacen('M', "!", 1).into_bytes(), "certificate_malformed"),
        ("octets after it", trailing.clone(), "certificate_trailing_data"),
        ("octets after it in PEM", pem_of(&STANDARD.encode(&trailing)).into_bytes(), "certificate_trailing_data"),
        ("half of it", der[..der.len() / 2].to_vec(), "certificate_malformed"),
        ("an extension twice", fixture("extension-twice.pem"), "certificate_malformed"),
        ("a private key among text", fixture("with-private-key.pem"), "certificate_private_key"),
        ("a name that is not UTF-8", fixture("invalid-utf8.pem"), "certificate_name_unreadable"),
        ("too much", vec![b'A'; pem::MAX_INPUT + 1], "certificate_too_large"),
    ] {
        assert_eq!(code(&input), expected, "{what}");
    }
}

#[test]
fn only_what_the_desk_reads_must_be_well_formed() {
    // keyUsage with a wrong tag: nobody here reads it.
    let der = read("ov-wertzco.pem").der;
    let key_usage = b"\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03";
    let damaged = replaced(&der, key_usage, b"\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x05");
    assert!(certificate::parse_der(&damaged).is_ok());

    // certificatePolicies with a wrong tag: OV or EV could not be told.
    let policies = b"\x06\x03\x55\x1d\x20\x04\x43\x30";
    let damaged = replaced(&der, policies, b"\x06\x03\x55\x1d\x20\x04\x43\x31");
    assert_eq!(certificate::parse_der(&damaged).map_err(|problem| problem.code), Err("certificate_malformed"));
}

#[test]
fn a_private_key_beside_the_certificate_is_refused() {
    let plain = String::from_utf8(fixture("ov-accuweather.pem")).unwrap();

    assert_eq!(code(format!("{plain}-----BEGIN PRIVATE KEY-----\nMII\n").as_bytes()), "certificate_private_key");
}

#[test]
fn a_bundle_is_read_one_by_one_with_line_numbers() {
    let good = String::from_utf8(fixture("ov-accuweather.pem")).unwrap();
    let request = include_str!("../fixtures/requests/ec_sha256.pem");
    let bundle = format!("# first\n{good}{}{request}", good.replacen("MII", "!!!", 1));

    let rows: Vec<(usize, Result<String, &str>)> = parse_bundle(&bundle)
        .into_iter()
        .map(|(line, facts)| (line, facts.map(|facts| facts.primary_name().to_owned()).map_err(|problem| problem.code)))
        .collect();

    let length = good.lines().count();
    assert_eq!(
        rows,
        [
            (2, Ok("*.accuweather.com".to_owned())),
            (2 + length, Err("certificate_malformed")),
            (2 + 2 * length, Err("certificate_is_csr"))
        ]
    );
}

/// Every octet of a certificate is changed and every length is cut: whatever comes out, nothing panics, and what is still
/// accepted is a certificate with a fingerprint of its own.
#[test]
fn damaged_certificates_never_panic() {
    let mut refused = 0_u32;
    for name in ["ov-accuweather.pem", "ev-telesec.pem", "san-all-kinds.pem", "bmpstring-subject.pem"] {
        let whole = read(name);
        for at in 0..whole.der.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = whole.der.clone();
                damaged[at] ^= flip;
                match certificate::parse_der(&damaged) {
                    Ok(facts) => assert_ne!(facts.fingerprint, whole.fingerprint),
                    Err(_) => refused += 1,
                }
            }
            assert!(certificate::parse_der(&whole.der[..at]).is_err(), "{name} cut at {at}");
        }
    }
    assert!(refused > 1000, "{refused}");
}

fn replaced(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = der.windows(from.len()).position(|window| window == from).expect("the value is in the certificate");
    let mut changed = der.to_vec();
    changed[at..at + to.len()].copy_from_slice(to);
    changed
}

fn pem_of(base64: &str) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}
