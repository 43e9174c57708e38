//! An embedded CA in a temporary directory, and certificates of it.

use std::path::PathBuf;

use chrono::{DateTime, Duration, TimeZone, Utc};
use rcgen::{CertificateParams, KeyPair};
use revocation_desk::{
    ca::{
        CertificateAuthority, IssueOrder, Receipt, RevocationOrder,
        embedded::{EmbeddedCa, SourceOrder, SubjectAttribute as A},
    },
    domain::{
        application::CrlReason,
        certificate::{self, CertificateFacts, ValidationType},
    },
};
use sea_orm::DatabaseConnection;
use tempfile::TempDir;
use uuid::Uuid;

use crate::database;

pub const PUBLIC_URL: &str = "http://desk.example.jp";

/// Noon JST of a working day.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 3, 0, 0).unwrap()
}

pub struct Authority {
    pub ca: EmbeddedCa,
    pub db: DatabaseConnection,
    pub url: String,
    pub home: TempDir,
}

impl Authority {
    pub async fn new() -> Self {
        let home = TempDir::new().unwrap();
        let url = database::migrated(home.path()).await;
        let db = database::connect(&url).await;
        let ca = EmbeddedCa::open(db.clone(), &home.path().join("ca"), PUBLIC_URL, now()).unwrap();
        Self { ca, db, url, home }
    }

    /// Another node on the same database and folder.
    pub async fn another_node(&self) -> EmbeddedCa {
        let db = database::connect(&self.url).await;
        EmbeddedCa::open_with_books(db, &self.directory(), PUBLIC_URL, now()).await.unwrap()
    }

    pub fn directory(&self) -> PathBuf {
        self.home.path().join("ca")
    }

    /// An OV certificate that has been valid since a year ago and for as long from now.
    pub async fn source(&self) -> CertificateFacts {
        self.source_until(now() + Duration::days(300)).await
    }

    pub async fn source_until(&self, not_after: DateTime<Utc>) -> CertificateFacts {
        let order = SourceOrder { not_after, ..source_order(ec_request()) };
        certificate::parse_der(&self.ca.sign_source_certificate(&order).await.unwrap()).unwrap()
    }

    pub async fn replacement(&self, source: &CertificateFacts) -> CertificateFacts {
        let order = IssueOrder {
            source_der: source.der.clone(),
            csr_der: ec_request(),
            not_before: now() - Duration::hours(1),
            not_after: now() + Duration::days(199),
            request_id: Uuid::new_v4(),
            now: now(),
        };
        certificate::parse_der(&self.ca.issue(&order).await.unwrap().der).unwrap()
    }

    pub async fn revoke_at(&self, certificate: &CertificateFacts, now: DateTime<Utc>) -> Receipt {
        self.ca.revoke(&revocation(certificate, now)).await.unwrap()
    }
}

pub fn revocation(certificate: &CertificateFacts, now: DateTime<Utc>) -> RevocationOrder {
    RevocationOrder {
        certificate: certificate.identity(),
        certificate_der: certificate.der.clone(),
        reason: CrlReason::Superseded,
        request_id: Uuid::new_v4(),
        now,
    }
}

pub fn ec_request() -> Vec<u8> {
    let parameters = CertificateParams::new(["whatever.example.jp".to_owned()]).unwrap();
    parameters.serialize_request(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

pub fn source_order(csr_der: Vec<u8>) -> SourceOrder {
    SourceOrder {
        subject: vec![
            (A::Country, "JP".to_owned()),
            (A::State, "東京都".to_owned()),
            (A::Locality, "港区".to_owned()),
            (A::Organization, "株式会社髙﨑例示".to_owned()),
            (A::OrganizationalUnit, "‐".to_owned()),
            (A::OrganizationalUnit, "情報システム部".to_owned()),
            (A::CommonName, "*.example.jp".to_owned()),
        ],
        dns_names: vec!["*.example.jp".to_owned(), "example.jp".to_owned(), "xn--r8jz45g.example.jp".to_owned()],
        validation: ValidationType::Ov,
        csr_der,
        not_before: now() - Duration::days(365),
        not_after: now() + Duration::days(300),
        request_id: Uuid::new_v4(),
        now: now(),
    }
}

pub fn ev_order(csr_der: Vec<u8>) -> SourceOrder {
    SourceOrder {
        subject: vec![
            (A::JurisdictionCountry, "JP".to_owned()),
            (A::BusinessCategory, "Private Organization".to_owned()),
            (A::RegistrationNumber, "0100-01-000000".to_owned()),
            (A::Country, "JP".to_owned()),
            (A::State, "Tokyo".to_owned()),
            (A::Locality, "Minato-ku".to_owned()),
            (A::Organization, "Reiji Shoji K.K.".to_owned()),
            (A::CommonName, "shop.example.jp".to_owned()),
        ],
        dns_names: vec!["shop.example.jp".to_owned()],
        validation: ValidationType::Ev,
        ..source_order(csr_der)
    }
}
