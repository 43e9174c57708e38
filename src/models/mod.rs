//! Persistence: row types, finders and guarded writes.
//!
//! Functions take `&impl ConnectionTrait` and `now`. Must not open transactions, call the CA, send mail or decide a
//! rule. ([`transaction`] holds the one way in which actions begin theirs.)

pub mod _entities;
pub mod api_tokens;
pub mod columns;
pub mod connection;
pub mod login_failures;
pub mod sessions;
pub mod transaction;
pub mod users;
