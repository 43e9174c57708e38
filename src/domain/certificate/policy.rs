//! How a certificate's subject was validated, read from its policy OIDs and never asked (`domain.md` 6).

use std::fmt;

use crate::domain::named::named;
use crate::domain::problem::Problem;

named! {
    /// What the CA validated before it issued the certificate.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum ValidationType {
        Ev = "ev",
        Ov = "ov",
        /// A natural person instead of an organisation.
        Iv = "iv",
        Dv = "dv",
        /// No policy OID that we know.
        Unknown = "unknown",
    }
    else |text| Problem::on("validation", "validation_unknown").with("value", text)
}

impl ValidationType {
    /// EV wins over OV when a certificate carries both: it asks for the stricter confirmation.
    pub fn from_policy_oids(oids: &[impl AsRef<str>]) -> Self {
        let has = |wanted: &dyn Fn(&str) -> bool| oids.iter().map(AsRef::as_ref).any(wanted);
        if has(&|oid| oid == EV || EV_OF_CAS.contains(&oid)) {
            Self::Ev
        } else if has(&|oid| oid == OV) {
            Self::Ov
        } else if has(&|oid| oid == IV) {
            Self::Iv
        } else if has(&|oid| oid == DV) {
            Self::Dv
        } else {
            Self::Unknown
        }
    }
}

impl fmt::Display for ValidationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reserved policy OIDs: BR 7.1.6.1.
pub const EV: &str = "2.23.140.1.1";
pub const DV: &str = "2.23.140.1.2.1";
pub const OV: &str = "2.23.140.1.2.2";
pub const IV: &str = "2.23.140.1.2.3";

/// EV policies that CAs named before the reserved OID was required (2020-09-30), as root programs list them for their EV treatment
/// (Mozilla's `ExtendedValidation.cpp`, Chromium's `ev_root_ca_metadata.cc`).
const EV_OF_CAS: [&str; 39] = [
    "0.4.0.2042.1.4",                // ETSI EN 319 411-1 EVCP
    "1.2.156.112559.1.1.6.1",        // GDCA
    "1.2.392.200091.100.721.1",      // SECOM Trust Systems
    "1.2.616.1.113527.2.5.1.1",      // Certum
    "1.3.159.1.17.1",                // Actalis
    "1.3.171.1.1.10.5.2",            // LuxTrust
    "1.3.6.1.4.1.13177.10.1.3.10",   // Firmaprofesional
    "1.3.6.1.4.1.14370.1.6",         // GeoTrust
    "1.3.6.1.4.1.14777.6.1.1",       // Izenpe
    "1.3.6.1.4.1.14777.6.1.2",       // Izenpe (government)
    "1.3.6.1.4.1.17326.10.14.2.1.2", // Camerfirma
    "1.3.6.1.4.1.17326.10.8.12.1.2", // Camerfirma (Chambersign)
    "1.3.6.1.4.1.22234.2.5.2.3.1",   // OpenTrust (Keynectis)
    "1.3.6.1.4.1.34697.2.1",         // AffirmTrust Commercial
    "1.3.6.1.4.1.34697.2.2",         // AffirmTrust Networking
    "1.3.6.1.4.1.34697.2.3",         // AffirmTrust Premium
    "1.3.6.1.4.1.34697.2.4",         // AffirmTrust Premium ECC
    "1.3.6.1.4.1.40869.1.1.22.3",    // TWCA
    "1.3.6.1.4.1.4146.1.1",          // GlobalSign
    "1.3.6.1.4.1.4788.2.202.1",      // D-TRUST
    "1.3.6.1.4.1.6334.1.100.1",      // Cybertrust (Verizon)
    "1.3.6.1.4.1.6449.1.2.1.5.1",    // Sectigo (Comodo)
    "1.3.6.1.4.1.782.1.2.1.8.1",     // Network Solutions
    "1.3.6.1.4.1.7879.13.24.1",      // T-TeleSec
    "1.3.6.1.4.1.8024.0.2.100.1.2",  // QuoVadis
    "2.16.528.1.1003.1.2.7",         // PKIoverheid
    "2.16.578.1.26.1.3.3",           // Buypass
    "2.16.756.1.83.21.0",            // Swisscom
    "2.16.756.1.89.1.2.1.1",         // SwissSign
    "2.16.792.3.0.4.1.1.4",          // E-Tugra
    "2.16.840.1.113733.1.7.23.6",    // Symantec (VeriSign)
    "2.16.840.1.113733.1.7.48.1",    // Thawte
    "2.16.840.1.114028.10.1.2",      // Entrust
    "2.16.840.1.114171.500.9",       // Wells Fargo
    "2.16.840.1.114404.1.1.2.4.1",   // SecureTrust (Trustwave)
    "2.16.840.1.114412.2.1",         // DigiCert
    "2.16.840.1.114413.1.7.23.3",    // Go Daddy
    "2.16.840.1.114414.1.7.23.3",    // Starfield
    "2.16.840.1.114414.1.7.24.3",    // Starfield Services
];
