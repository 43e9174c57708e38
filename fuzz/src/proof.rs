//! Of `src/proof` what judges bytes; fetching them takes the network.

#[path = "../../src/proof/crl.rs"]
pub mod crl;
#[path = "../../src/proof/error.rs"]
mod error;
#[path = "../../src/proof/ocsp/mod.rs"]
pub mod ocsp;
#[path = "../../src/proof/points.rs"]
pub mod points;
#[path = "../../src/proof/signature.rs"]
mod signature;
#[path = "../../src/proof/time.rs"]
mod time;

pub use error::ProofError;
