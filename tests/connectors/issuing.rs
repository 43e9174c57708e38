//! Orders for replacements, and what has to be true of what comes.

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound, Utc};
use rcgen::{CertificateParams, DnType, KeyPair};
use revocation_desk::ca::{IssueOrder, Issued};
use revocation_desk::domain::certificate::{self, CertificateFacts};
use revocation_desk::domain::csr;
use uuid::Uuid;

use crate::authority::ec_request;
use crate::outside::clock;
use crate::test_ca::Holder;

/// With a CSR that has other names: only its key counts.
pub fn order_for(source: &CertificateFacts, not_after: DateTime<Utc>) -> IssueOrder {
    order_with(source, ec_request(), not_after)
}

pub fn order_with(source: &CertificateFacts, csr_der: Vec<u8>, not_after: DateTime<Utc>) -> IssueOrder {
    IssueOrder {
        source_der: source.der.clone(),
        csr_der,
        not_before: clock(),
        not_after: not_after.trunc_subsecs(0),
        request_id: Uuid::new_v4(),
        now: clock(),
    }
}

/// A CSR with these names.
pub fn request(holder: &Holder) -> Vec<u8> {
    let mut parameters = CertificateParams::new(holder.dns_names.clone()).unwrap();
    parameters.distinguished_name.push(DnType::CountryName, "JP");
    if let Some(organization) = &holder.organization {
        parameters.distinguished_name.push(DnType::OrganizationName, organization);
    }
    parameters.distinguished_name.push(DnType::CommonName, &holder.common_name);
    parameters.serialize_request(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

/// CFSSL writes them in an order of its own.
fn attributes(subject: &str) -> BTreeSet<&str> {
    subject.split(',').collect()
}

pub fn assert_issued(order: &IssueOrder, issued: &Issued) {
    let source = certificate::parse_der(&order.source_der).unwrap();
    let facts = certificate::parse_der(&issued.der).unwrap();
    assert_eq!(facts.public_key.spki_der, csr::parse_der(&order.csr_der).unwrap().public_key.spki_der);
    assert_eq!(
        (facts.dns_names, attributes(&facts.subject.text)),
        (source.dns_names, attributes(&source.subject.text))
    );
    assert_eq!((facts.issuer, facts.validation), (source.issuer, source.validation));
    assert!(facts.not_after <= order.not_after);
    assert_ne!(facts.serial, source.serial);
}
