//! Pages of the customers' portal.

pub mod chrome;
pub mod requests;
