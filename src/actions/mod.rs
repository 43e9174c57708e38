//! Use cases: one verb, one file, one public function, one transaction shape.
//!
//! Only actions open transactions and join the ports (CA, proof, mail). State, fact row, audit event and outbox row of
//! one act commit together; no transaction stays open while a CA or a mail server is asked. Time and actor are
//! arguments; `desk` is [`crate::services::Services`].

mod account_letters;
mod attempting;
mod checks;
pub mod csr_check;
pub mod customer_change;
mod customer_password;
mod letters;
mod lockout;

pub mod approve_contact_change;
pub mod approve_override;
pub mod change_customer_password;
pub mod change_password;
pub mod check_invariants;
pub mod choose_password;
pub mod claim_case;
pub mod claim_next;
pub mod confirm_log_in;
pub mod create_token;
pub mod create_user;
pub mod decline_contact_change;
pub mod decline_contact_proposal;
pub mod disable_customer;
pub mod enable_customer;
pub mod expire_cases;
pub mod file_application;
pub mod find_revoked;
pub mod follow_up;
pub mod hold_case;
pub mod import_certificates;
pub mod import_holidays;
pub mod invite_customer;
pub mod invite_customer_again;
pub mod issue_at_once;
pub mod issue_pending;
pub mod issue_replacement;
pub mod judge_draft;
pub mod load_demo;
pub mod log_in;
pub mod log_in_customer;
pub mod mark_interrupted;
pub mod prefer_call_band;
pub mod propose_contact;
pub mod prove;
pub mod publish_crls;
pub mod record_call;
pub mod record_run;
pub mod register_certificate;
pub mod register_contact;
pub mod register_replacement;
pub mod register_subscriber;
pub mod release_claim;
pub mod release_code;
pub mod release_hold;
pub mod remind;
pub mod report_key_compromise;
pub mod request_contact_change;
pub mod request_form;
pub mod request_override;
pub mod request_password_reset;
pub mod reschedule;
pub mod rescue_stuck;
pub mod resend_message;
pub mod revoke_case;
pub mod revoke_due;
pub mod run_revocations;
pub mod send_messages;
pub mod supply_csr;
pub mod turn_off_code;
pub mod turn_on_code;
pub mod verify_audit;
pub mod verify_contact_proposal;
pub mod withdraw;
