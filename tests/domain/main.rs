//! The rules of the domain, one module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

mod certificate;
mod csr;
mod evidence;
