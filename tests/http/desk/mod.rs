//! The staff's pages, walked as an agent, a supervisor, an administrator and an auditor walk them.

mod audit;
mod audit_export;
mod batches;
mod calendar;
mod calls;
mod claims;
mod conflicts;
mod contacts;
mod english;
mod events;
mod halt;
mod incoming;
mod kept;
mod lists;
mod mails;
mod main_job;
mod news;
pub mod office;
mod preferences;
mod queries;
mod reissues;
mod reports;
mod roles;
mod run_events;
mod settings;
mod texts;
