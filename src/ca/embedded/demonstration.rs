//! Source certificates for demonstration data and tests: any subject, any dates, signed by the embedded CA.
//!
//! A CA of a real customer base has certificates with OU and with dates in the past; this is the only way to get them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    CaError, EmbeddedCa, Subscription,
    certificates::{PRINTABLE_STRING, UTF8_STRING, rdn},
    der, extensions,
};
use crate::domain::{certificate::ValidationType, csr};

/// What the certificate is to say.
#[derive(Debug, Clone)]
pub struct SourceOrder {
    /// In the order in which they are to stand in the name; an attribute may appear several times.
    pub subject: Vec<(SubjectAttribute, String)>,
    /// ASCII: IDN as A-labels.
    pub dns_names: Vec<String>,
    /// OV or EV.
    pub validation: ValidationType,
    pub csr_der: Vec<u8>,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub request_id: Uuid,
    pub now: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectAttribute {
    JurisdictionCountry,
    BusinessCategory,
    RegistrationNumber,
    Country,
    State,
    Locality,
    Street,
    PostalCode,
    Organization,
    OrganizationalUnit,
    CommonName,
}

impl EmbeddedCa {
    /// Signs a certificate as a CA may have issued it long ago, and enters it in the books.
    pub async fn sign_source_certificate(&self, order: &SourceOrder) -> Result<Vec<u8>, CaError> {
        let request = csr::parse_der(&order.csr_der).map_err(|problem| CaError::Refused(problem.to_string()))?;
        let rdns: Vec<Vec<u8>> = order.subject.iter().map(|(attribute, value)| encoded(*attribute, value)).collect();
        let rdns: Vec<&[u8]> = rdns.iter().map(Vec::as_slice).collect();
        self.sign_and_enter(Subscription {
            request_id: order.request_id,
            not_before: order.not_before,
            not_after: order.not_after,
            subject: &der::sequence(&rdns),
            general_names: &extensions::dns_general_names(&order.dns_names),
            validation: order.validation,
            key: &request.public_key,
            now: order.now,
        })
        .await
    }
}

/// DER of requests with RSA keys of 2048, 3072 and 4096 bits, which nothing in this program can make. Their private keys
/// were thrown away.
pub fn rsa_requests() -> Vec<Vec<u8>> {
    use crate::domain::certificate::pem;
    pem::blocks(include_str!("demonstration_rsa.pem")).into_iter().filter_map(|block| block.der).collect()
}

fn encoded(attribute: SubjectAttribute, value: &str) -> Vec<u8> {
    use SubjectAttribute as A;
    let (oid, string): (&[u32], u8) = match attribute {
        A::JurisdictionCountry => (&[1, 3, 6, 1, 4, 1, 311, 60, 2, 1, 3], PRINTABLE_STRING),
        A::BusinessCategory => (&[2, 5, 4, 15], UTF8_STRING),
        A::RegistrationNumber => (&[2, 5, 4, 5], PRINTABLE_STRING),
        A::Country => (&[2, 5, 4, 6], PRINTABLE_STRING),
        A::State => (&[2, 5, 4, 8], UTF8_STRING),
        A::Locality => (&[2, 5, 4, 7], UTF8_STRING),
        A::Street => (&[2, 5, 4, 9], UTF8_STRING),
        A::PostalCode => (&[2, 5, 4, 17], UTF8_STRING),
        A::Organization => (&[2, 5, 4, 10], UTF8_STRING),
        A::OrganizationalUnit => (&[2, 5, 4, 11], UTF8_STRING),
        A::CommonName => (&[2, 5, 4, 3], UTF8_STRING),
    };
    rdn(oid, string, value)
}
