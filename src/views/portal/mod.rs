//! Pages of the customers' portal.

pub mod account;
pub mod chrome;
pub mod qr;
