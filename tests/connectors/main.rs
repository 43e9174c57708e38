//! Connectors to certificate authorities, each against the real thing or, where that is not to be had, a contract double; the
//! embedded CA with OpenSSL as the relying party.

#![allow(clippy::needless_pass_by_value, reason = "settings are written where they are handed over")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

#[path = "../support/app.rs"]
mod app;
#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/doubles/mod.rs"]
mod doubles;
#[path = "../support/fake_ca.rs"]
mod fake_ca;
#[path = "../support/test_ca.rs"]
mod test_ca;
#[path = "../support/tls_sites.rs"]
mod tls_sites;
#[path = "../support/wire.rs"]
mod wire;

mod acme;
mod authority;
mod certificate_files;
mod cfssl;
mod cmp;
mod conformance;
mod ejbca;
mod embedded_conformance;
mod embedded_crl;
mod embedded_histories;
mod embedded_issue;
mod embedded_nodes;
mod embedded_revoke;
mod embedded_store;
mod embedded_token;
mod guard;
mod hosts;
mod issuing;
mod journeys;
mod lint_samples;
mod ocsp_answered;
mod ocsp_asked;
mod openssl;
mod outside;
mod outside_proof;
mod proof;
mod routing;
mod step_ca;
mod vault;
