//! The parts of the program that read what others wrote, as they are.

#[path = "../../src/domain/mod.rs"]
pub mod domain;

#[path = "../../src/proof/crl.rs"]
pub mod crl;
