//! Connectors to certificate authorities, each against the real thing: the embedded CA with OpenSSL as the relying party.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

#[path = "../support/database.rs"]
mod database;
#[path = "../support/doubles/mod.rs"]
mod doubles;
#[path = "../support/test_ca.rs"]
mod test_ca;
#[path = "../support/wire.rs"]
mod wire;

mod acme;
mod authority;
mod certificate_files;
mod cmp;
mod conformance;
mod embedded_conformance;
mod embedded_crl;
mod embedded_histories;
mod embedded_issue;
mod embedded_nodes;
mod embedded_revoke;
mod embedded_store;
mod embedded_token;
mod issuing;
mod lint_samples;
mod openssl;
mod outside;
mod proof;
