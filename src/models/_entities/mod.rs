//! One row type per table, nothing else: finders and guarded writes live beside, in `models/`.

pub mod api_tokens;
pub mod attempts;
pub mod audit_events;
pub mod audit_head;
pub mod authorizations;
pub mod batch_runs;
pub mod blocked_keys;
pub mod calls;
pub mod certificates;
pub mod consents;
pub mod contact_changes;
pub mod contacts;
pub mod evidence;
pub mod evidence_documents;
pub mod holidays;
pub mod idempotency_keys;
pub mod login_failures;
pub mod messages;
pub mod override_requests;
pub mod reception_counters;
pub mod reissue_applications;
pub mod revocation_cases;
pub mod sessions;
pub mod subscribers;
pub mod users;
