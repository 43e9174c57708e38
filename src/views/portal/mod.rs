//! Pages of the customers' portal.

pub mod business_months;
pub mod chrome;
pub mod reissue_picture;
pub mod requests;
