//! Connectors to certificate authorities, each against the real thing: the embedded CA with OpenSSL as the relying party.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

#[path = "../support/database.rs"]
mod database;
#[path = "../support/tls_sites.rs"]
mod tls_sites;
#[path = "../support/wire.rs"]
mod wire;

mod authority;
mod certificate_files;
mod conformance;
mod embedded_conformance;
mod embedded_crl;
mod embedded_histories;
mod embedded_issue;
mod embedded_nodes;
mod embedded_revoke;
mod embedded_store;
mod hosts;
mod lint_samples;
mod ocsp_answered;
mod ocsp_asked;
mod openssl;
mod outside_proof;
mod proof;
