//! revocation-desk: the support desk and revocation scheduler of a certificate authority.
//!
//! Calls point one way: `controllers | tasks | scheduler → actions → models → domain`.

pub mod actions;
pub mod app;
pub mod audit_heads;
pub mod ca;
pub mod clock;
pub mod controllers;
pub mod domain;
pub mod errors;
pub mod failpoints;
pub mod hosts;
pub mod http_client;
pub mod mail;
pub mod messages;
pub mod metrics;
pub mod models;
pub mod passkeys;
pub mod proof;
pub mod scheduler;
pub mod services;
pub mod settings;
pub mod sso;
pub mod tasks;
pub mod vault;
pub mod views;
pub mod watchdog;
pub mod webhooks;
pub mod witness;
