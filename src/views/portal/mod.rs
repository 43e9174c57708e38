//! Pages of the customers' portal.

pub mod account;
pub mod business_months;
pub mod certificate;
pub mod certificate_status;
pub mod certificates;
pub mod chrome;
pub mod qr;
pub mod reissue;
pub mod reissue_picture;
pub mod requests;
