//! A small CA with its key in the test's hands, and books that a server of ours keeps for it.

#![allow(clippy::disallowed_methods, reason = "servers of their own live today")]
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Duration, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData, RevocationReason, RevokedCertParams, SerialNumber,
    SubjectPublicKeyInfo,
};
use revocation_desk::domain::certificate::{self, CertificateFacts, pem};
use revocation_desk::domain::csr;
use uuid::Uuid;

/// Who a certificate is for.
#[derive(Debug, Clone)]
pub struct Holder {
    pub common_name: String,
    pub organization: Option<String>,
    pub dns_names: Vec<String>,
}

impl Holder {
    pub fn example() -> Self {
        Self {
            common_name: "www.example.jp".to_owned(),
            organization: Some("株式会社例示".to_owned()),
            dns_names: vec!["www.example.jp".to_owned(), "example.jp".to_owned()],
        }
    }
}

/// A certificate in the books.
#[derive(Debug, Clone)]
pub struct Listed {
    pub der: Vec<u8>,
    pub revoked: Option<(DateTime<Utc>, Option<u8>)>,
}

pub struct TestCa {
    pub facts: CertificateFacts,
    issuer: Issuer<'static, KeyPair>,
    key_pem: String,
    /// By serial number in hex.
    books: Mutex<BTreeMap<String, Listed>>,
}

impl TestCa {
    pub fn new(common_name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(DnType::CountryName, "JP");
        parameters.distinguished_name.push(DnType::OrganizationName, "Example CA K.K.");
        parameters.distinguished_name.push(DnType::CommonName, common_name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        parameters.not_before = moment(Utc::now() - Duration::days(2000));
        parameters.not_after = moment(Utc::now() + Duration::days(2000));
        let key = KeyPair::generate().unwrap();
        let key_pem = key.serialize_pem();
        let facts = certificate::parse_der(parameters.self_signed(&key).unwrap().der()).unwrap();
        Self { facts, issuer: Issuer::new(parameters, key), key_pem, books: Mutex::default() }
    }

    pub fn certificate_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.facts.der)
    }

    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// A certificate with a key of its own, valid for 397 days until its end.
    pub fn sign(&self, holder: &Holder, not_after: DateTime<Utc>) -> CertificateFacts {
        self.sign_key(holder, &KeyPair::generate().unwrap(), not_after - Duration::days(397), not_after)
    }

    /// For the key of a CSR, from now on.
    pub fn sign_request(&self, holder: &Holder, csr_der: &[u8], not_after: DateTime<Utc>) -> CertificateFacts {
        let key = csr::parse_der(csr_der).unwrap().public_key.spki_der;
        let key = SubjectPublicKeyInfo::from_der(&key).unwrap();
        self.sign_key(holder, &key, Utc::now() - Duration::minutes(5), not_after)
    }

    fn sign_key(
        &self,
        holder: &Holder,
        key: &impl PublicKeyData,
        not_before: DateTime<Utc>,
        not_after: DateTime<Utc>,
    ) -> CertificateFacts {
        let mut parameters = CertificateParams::new(holder.dns_names.clone()).unwrap();
        parameters.distinguished_name.push(DnType::CountryName, "JP");
        if let Some(organization) = &holder.organization {
            parameters.distinguished_name.push(DnType::OrganizationName, organization);
        }
        parameters.distinguished_name.push(DnType::CommonName, &holder.common_name);
        parameters.serial_number = Some(SerialNumber::from_slice(&Uuid::new_v4().as_bytes()[..]));
        parameters.not_before = moment(not_before);
        parameters.not_after = moment(not_after);
        parameters.use_authority_key_identifier_extension = true;
        // organization-validated (2.23.140.1.2.2)
        let policy = vec![0x30, 0x0a, 0x30, 0x08, 0x06, 0x06, 0x67, 0x81, 0x0c, 0x01, 0x02, 0x02];
        parameters.custom_extensions.push(CustomExtension::from_oid_content(&[2, 5, 29, 32], policy));
        certificate::parse_der(parameters.signed_by(key, &self.issuer).unwrap().der()).unwrap()
    }

    pub fn books(&self) -> MutexGuard<'_, BTreeMap<String, Listed>> {
        self.books.lock().unwrap()
    }

    /// Signs one and enters it.
    pub fn issue(&self, not_after: DateTime<Utc>) -> CertificateFacts {
        let facts = self.sign(&Holder::example(), not_after);
        self.enter(&facts);
        facts
    }

    pub fn enter(&self, facts: &CertificateFacts) {
        self.books().insert(facts.serial.to_string(), Listed { der: facts.der.clone(), revoked: None });
    }

    /// Everything that is revoked by the books, as a CRL.
    pub fn crl(&self) -> Vec<u8> {
        let books = self.books();
        let revoked = books.values().filter_map(|listed| {
            let (at, reason) = listed.revoked?;
            Some((certificate::parse_der(&listed.der).unwrap().serial.octets().to_vec(), at, reason))
        });
        self.crl_of(&revoked.collect::<Vec<_>>())
    }

    pub fn crl_of(&self, revoked: &[(Vec<u8>, DateTime<Utc>, Option<u8>)]) -> Vec<u8> {
        revocation_list(revoked).signed_by(&self.issuer).unwrap().der().to_vec()
    }

    /// Writes the CRL where the desk reads it, in one step.
    pub fn publish(&self, path: &Path) {
        put(path, &self.crl());
    }
}

/// Of serial numbers, when, and why; unsigned.
pub fn revocation_list(revoked: &[(Vec<u8>, DateTime<Utc>, Option<u8>)]) -> CertificateRevocationListParams {
    let entry = |(serial, at, reason): &(Vec<u8>, DateTime<Utc>, Option<u8>)| RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial),
        revocation_time: moment(*at),
        reason_code: reason.and_then(|code| match code {
            1 => Some(RevocationReason::KeyCompromise),
            4 => Some(RevocationReason::Superseded),
            _ => None,
        }),
        invalidity_date: None,
    };
    CertificateRevocationListParams {
        this_update: moment(Utc::now()),
        next_update: moment(Utc::now() + Duration::days(30)),
        crl_number: 1_u64.into(),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

pub fn put(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes).unwrap();
    std::fs::rename(&beside, path).unwrap();
}

fn moment(at: DateTime<Utc>) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.timestamp()).unwrap()
}
