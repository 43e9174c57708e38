//! The staff's pages, walked as an agent, a supervisor, an administrator and an auditor walk them.

mod batches;
mod bulk;
mod calls;
mod case_list;
mod claims;
mod conflicts;
mod contacts;
mod events;
mod halt;
mod lists;
mod mails;
mod main_job;
pub mod office;
mod queries;
mod reissues;
mod roles;
mod run_events;
