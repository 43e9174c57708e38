//! Persistence: row types, finders and guarded writes.
//!
//! Functions take `&impl ConnectionTrait` and `now`. Must not open transactions, call the CA, send mail or decide a
//! rule.

pub mod _entities;
pub mod audit_events;
pub mod columns;
pub mod connection;
pub mod messages;
pub mod revocation_cases;
pub mod transaction;
