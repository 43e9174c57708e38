//! Pages of the customers' portal.

pub mod chrome;
