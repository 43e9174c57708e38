//! The certificate of an outside CA that signs, with its chain: whose certificates the CA's are, and whether what it issued
//! is what was ordered.

use x509_parser::prelude::{FromDer, X509Certificate};

use super::{CaError, IssueOrder, Issued, RevocationOrder};
use crate::domain::certificate::{self, CertificateFacts, CertificateIdentity, Fingerprint, SubjectFacts, pem};
use crate::domain::csr;

/// Cheap to clone it is not: keep it in an `Arc`.
#[derive(Debug, Clone)]
pub struct IssuerChain {
    pub certificate: CertificateFacts,
    /// Above `certificate`, nearest first, without a root.
    above: Vec<Vec<u8>>,
}

impl IssuerChain {
    /// PEM: the certificate that signs, then its chain in any order.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let mut read = Vec::new();
        for (line, facts) in certificate::parse_bundle(text) {
            read.push(facts.map_err(|problem| format!("line {line}: {problem}"))?);
        }
        if read.is_empty() {
            return Err("holds no certificate".to_owned());
        }
        let certificate = read.remove(0);
        let mut above: Vec<Vec<u8>> = Vec::new();
        let mut nearest = certificate.clone();
        while let Some(at) = read.iter().position(|next| has_signed(&next.der, &nearest.der)) {
            nearest = read.swap_remove(at);
            if nearest.issuer_der != nearest.subject_der {
                above.push(nearest.der.clone());
            }
        }
        Ok(Self { certificate, above })
    }

    /// Above `certificate`, nearest first, without a root.
    pub fn above(&self) -> &[Vec<u8>] {
        &self.above
    }

    /// As certificates name their issuer.
    pub fn name(&self) -> &str {
        &self.certificate.subject.text
    }

    /// Refuses an order that is not about a certificate of this issuer, or whose parts do not agree. Nothing is sent then.
    pub fn accept(&self, order: &RevocationOrder) -> Result<(), CaError> {
        let wanted = &order.certificate;
        if !self.knows(wanted) {
            return Err(CaError::Unsupported(format!("{} is not the issuer {}", self.name(), wanted.issuer)));
        }
        let serial = certificate::parse_der(&order.certificate_der).map(|facts| facts.serial);
        let agree =
            Fingerprint::of(&order.certificate_der) == wanted.fingerprint && serial.as_ref() == Ok(&wanted.serial);
        if !agree {
            return Err(CaError::Refused(format!(
                "the certificate is not the one with serial number {}",
                wanted.serial
            )));
        }
        if !has_signed(&self.certificate.der, &order.certificate_der) {
            return Err(CaError::Refused(format!("{} has not signed {}", self.name(), wanted.serial)));
        }
        Ok(())
    }

    pub fn knows(&self, certificate: &CertificateIdentity) -> bool {
        certificate.issuer == self.name()
    }

    /// What servers show beside a certificate of this issuer; nothing for others'.
    pub fn issuers(&self, certificate_der: &[u8]) -> Vec<Vec<u8>> {
        if has_signed(&self.certificate.der, certificate_der) { self.chain() } else { Vec::new() }
    }

    fn chain(&self) -> Vec<Vec<u8>> {
        let own = (self.certificate.issuer_der != self.certificate.subject_der).then(|| self.certificate.der.clone());
        own.into_iter().chain(self.above.iter().cloned()).collect()
    }

    /// Takes over what a CA issued if it is what was ordered. Otherwise a certificate exists that nobody ordered: the
    /// refusal names it, for a person to have it revoked.
    pub fn issued(&self, order: &IssueOrder, der: Vec<u8>) -> Result<Issued, CaError> {
        let facts = certificate::parse_der(&der)
            .map_err(|problem| CaError::Unavailable(format!("what was issued cannot be read: {}", problem.code)))?;
        let wrong = self.differences(order, &facts)?;
        if wrong.is_empty() {
            Ok(Issued { der, chain: self.chain() })
        } else {
            let serial = &facts.serial;
            Err(CaError::Refused(format!("the CA issued {serial} with another {} than ordered", wrong.join(", "))))
        }
    }

    fn differences(&self, order: &IssueOrder, issued: &CertificateFacts) -> Result<Vec<&'static str>, CaError> {
        let unreadable = |problem| CaError::Refused(format!("{problem}"));
        let source = certificate::parse_der(&order.source_der).map_err(unreadable)?;
        let request = csr::parse_der(&order.csr_der).map_err(unreadable)?;
        let names = |facts: &CertificateFacts| {
            let mut names: Vec<String> = facts.dns_names.iter().chain(&facts.other_names).cloned().collect();
            names.sort_unstable();
            names
        };
        let checks = [
            ("issuer", has_signed(&self.certificate.der, &issued.der)),
            ("key", issued.public_key.spki_der == request.public_key.spki_der),
            ("name in the SAN", names(issued) == names(&source)),
            ("subject", without_units(&issued.subject) == without_units(&source.subject)),
            ("validation", issued.validation == source.validation),
            ("end", issued.not_after <= order.not_after),
        ];
        Ok(checks.into_iter().filter(|(_, holds)| !holds).map(|(what, _)| what).collect())
    }
}

/// OU values are left out of what is issued anew (`domain.md` 3.8).
fn without_units(subject: &SubjectFacts) -> SubjectFacts {
    SubjectFacts { text: String::new(), organizational_units: Vec::new(), ..subject.clone() }
}

/// The certificates of a PEM text, as CAs answer them; the first is the one that was asked for.
pub fn first_certificate(text: &str) -> Option<Vec<u8>> {
    pem::blocks(text).into_iter().find(|block| block.label == "CERTIFICATE").and_then(|block| block.der)
}

fn has_signed(issuer_der: &[u8], certificate_der: &[u8]) -> bool {
    let (Ok((_, signed)), Ok((_, own))) =
        (X509Certificate::from_der(certificate_der), X509Certificate::from_der(issuer_der))
    else {
        return false;
    };
    signed.issuer().as_raw() == own.subject().as_raw() && signed.verify_signature(Some(own.public_key())).is_ok()
}
