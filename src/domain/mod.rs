//! The rules, pure: values in, values or typed errors out.
//!
//! Owns what `domain.md` decides. Must not do I/O, must not be async, must not know the framework, the
//! database or the clock: time is an argument.

pub mod account;
pub mod actor;
pub mod alarm;
pub mod application;
pub mod audit;
pub mod authorization;
pub mod bounce;
pub mod bulk;
pub mod calendar;
pub mod call;
pub mod call_band;
pub mod call_rules;
pub mod case;
pub mod certificate;
pub mod confirmation_code;
pub mod contact;
pub mod csr;
pub mod diagnosis;
pub mod evidence;
pub mod halt;
pub mod import;
pub mod installation;
pub mod internet;
pub mod language;
pub mod mail;
pub(crate) mod named;
pub mod overdue;
pub mod password;
pub mod problem;
pub mod reception_number;
pub mod report;
pub mod retry;
pub mod ring_times;
pub mod role;
pub mod search;
pub mod setting;
pub mod sign_in;
pub mod staff;
pub mod text;
pub mod text_file;
pub mod validity;
pub mod webhook;
