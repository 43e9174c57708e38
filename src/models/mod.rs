//! Persistence: row types, finders and guarded writes.
//!
//! Functions take `&impl ConnectionTrait` and `now`. Must not open transactions, call the CA, send mail or decide a
//! rule. ([`transaction`] holds the one way in which actions begin theirs.)

pub mod _entities;
pub mod alarming;
pub mod api_tokens;
pub mod attempts;
pub mod audit_events;
pub mod authorizations;
pub mod batch_runs;
pub mod call_day;
pub mod callers;
pub mod calls;
pub mod case_chunks;
pub mod case_file;
pub mod case_queue;
pub mod case_search;
pub mod certificate_list;
pub mod certificates;
pub mod columns;
pub mod connection;
pub mod contact_changes;
pub mod contact_proposals;
pub mod contacts;
pub mod counting;
pub mod customer_links;
pub mod customers;
pub mod evidence;
pub mod form_requests;
pub mod halts;
pub mod handovers;
pub mod holidays;
pub mod idempotency_keys;
pub mod instant;
pub mod invariants;
pub mod keyset;
pub mod login_failures;
pub mod messages;
pub mod numbers;
pub mod outage;
pub mod outbox;
pub mod overdue;
pub mod passwords;
pub mod recovery_codes;
pub mod reissue_applications;
pub mod reissue_drafts;
pub mod revocation_cases;
pub mod rows;
pub mod same_key;
pub mod schema;
pub mod sessions;
pub mod standing;
pub mod subscribers;
pub mod transaction;
pub mod users;
