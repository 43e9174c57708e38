//! The program as browsers and other programs meet it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/fake_ca.rs"]
mod fake_ca;
#[path = "../support/liar.rs"]
mod liar;
#[path = "../support/provider.rs"]
mod provider;
#[path = "../support/receiver.rs"]
mod receiver;
#[path = "../support/tls_sites.rs"]
mod tls_sites;

mod api;
mod desk;
mod language;
mod operations;
mod pages;
mod pool;
mod portal;
mod samples;
mod samples_contacts;
mod samples_imports;
mod samples_installation;
mod samples_lists;
mod samples_live;
mod samples_preferences;
mod samples_reading;
mod samples_reissue;
mod samples_settings;
mod samples_sign_in;
mod samples_texts;
mod samples_webhooks;
mod security;
mod session;
mod sign_in;
mod sso;
mod sso_tokens;
mod step_up;
mod step_up_by_sso;
mod texts;
