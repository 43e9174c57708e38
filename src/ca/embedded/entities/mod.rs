//! Rows of the embedded CA's books (migrations `embedded_ca` and `crl`).

pub mod ca_certificates;
pub mod ca_crl_segments;
pub mod ca_crls;
pub mod ca_issuers;
pub mod ca_revocations;
