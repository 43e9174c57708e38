//! Files of many certificates, each of its own organisation, for imports.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::io::Write;

use rcgen::{CertificateParams, DnType, Issuer, KeyPair, SerialNumber};

pub const HEADING: &str = "subscriber,pem\n";

/// A CA and the one key of all its certificates: what costs time is left out.
pub struct Press {
    issuer: Issuer<'static, KeyPair>,
    key: KeyPair,
}

impl Press {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Import Test CA");
        Self { issuer: Issuer::new(params, KeyPair::generate().unwrap()), key: KeyPair::generate().unwrap() }
    }

    /// A certificate whose serial is `number`.
    pub fn pem(&self, number: u64) -> String {
        let mut params = CertificateParams::new(vec![format!("www{number}.example.jp")]).unwrap();
        params.serial_number = Some(SerialNumber::from(number + 1_000_000));
        params.distinguished_name.push(DnType::CommonName, format!("www{number}.example.jp"));
        params.distinguished_name.push(DnType::OrganizationName, format!("Reiji {number} K.K."));
        params.signed_by(&self.key, &self.issuer).unwrap().pem()
    }

    /// A line of a CSV with [`HEADING`], one of 4 organisations for each certificate.
    pub fn line(&self, number: u64) -> String {
        format!("例示{}番商事,\"{}\"\n", number % 4, self.pem(number).trim().replace('\n', "\\n"))
    }

    pub fn file(&self, rows: u64) -> Vec<u8> {
        let mut file = Vec::new();
        self.write(rows, &mut file);
        file
    }

    pub fn write(&self, rows: u64, file: &mut impl Write) {
        file.write_all(HEADING.as_bytes()).unwrap();
        for number in 0..rows {
            file.write_all(self.line(number).as_bytes()).unwrap();
        }
    }
}
