//! Persistence: row types, finders and guarded writes.
//!
//! Functions take `&impl ConnectionTrait` and `now`. Must not open transactions, call the CA, send mail or decide a
//! rule.

pub mod _entities;
pub mod attempts;
pub mod audit_events;
pub mod authorizations;
pub mod batch_runs;
pub mod calls;
pub mod certificates;
pub mod columns;
pub mod connection;
pub mod contacts;
pub mod evidence;
pub mod holidays;
pub mod reissue_applications;
pub mod revocation_cases;
pub mod subscribers;
pub mod transaction;
