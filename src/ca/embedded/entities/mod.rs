//! Rows of the embedded CA's books (migration `embedded_ca`).

pub mod ca_certificates;
pub mod ca_crls;
pub mod ca_revocations;
