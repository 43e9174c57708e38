//! Use cases against a real database, and what they say in mails.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

#[path = "../support/app.rs"]
mod app;
#[path = "../support/authenticator.rs"]
mod authenticator;
#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/fake_ca.rs"]
mod fake_ca;
#[path = "../support/import_rows.rs"]
mod import_rows;
#[path = "../support/mail_sink.rs"]
mod mail_sink;
#[path = "../support/outbox.rs"]
mod outbox;
#[path = "../support/postfix.rs"]
mod postfix;
#[path = "../support/receiver.rs"]
mod receiver;
#[path = "../support/tls_sites.rs"]
mod tls_sites;

mod alarms;
mod audit;
mod bounces;
mod builders_reach_states;
mod bulk;
mod case_list;
mod case_search;
mod claim;
mod contact_change;
mod contact_proposal;
mod counting;
mod customer_changes;
mod demo;
mod dkim;
mod doctor;
mod doctor_each;
mod expire_remind;
mod file_application;
mod find_revoked;
mod form_request_mails;
mod halt;
mod imports;
mod imports_durable;
mod imports_many;
mod imports_of_kinds;
mod installation;
mod invariants;
mod key_compromise;
mod late_writes;
mod mail_envelopes;
mod mail_servers;
mod mail_texts;
mod outages;
#[path = "override.rs"]
mod override_by_two;
mod passkeys;
mod pause_run;
mod prove_by_ocsp;
mod purge;
mod real_mail_server;
mod record_call;
mod reports;
mod request_form;
mod reschedule_withdraw_hold;
mod resend;
mod retention;
mod retention_each;
mod revoke_case;
mod revoke_due;
mod scheduler;
mod seal_secrets;
mod send_messages;
#[cfg(feature = "failpoints")]
mod senders_killed;
mod senders_side_by_side;
mod settings;
mod staff_accounts;
mod tasks;
mod texts;
mod webhooks;
mod webhooks_sent;
