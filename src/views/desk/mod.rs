//! The staff pages under `/desk`: one file per area, one struct per template.

pub mod account;
pub mod audit;
pub mod audit_words;
pub mod batches;
pub mod bulk;
pub mod calendar;
pub mod case;
pub mod case_events;
pub mod cases;
pub mod conflict;
pub mod contacts;
pub mod customers;
pub mod imports;
pub mod incoming;
pub mod kept;
pub mod mails;
pub mod preferences;
pub mod reissues;
pub mod reports;
pub mod revocation;
pub mod settings;
pub mod texts;
pub mod today;
pub mod validity_picture;
