//! The rules of the domain, one module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

mod account;
mod application;
mod bounce;
mod bulk;
mod calendar;
mod call;
mod call_band;
mod call_rules;
mod case;
mod certificate;
mod certificate_file;
mod certificate_sentences;
mod confirmation_code;
mod contact;
mod csr;
mod days;
mod diagnosis;
mod evidence;
mod installation;
mod internet;
mod overdue;
mod password;
mod reception_number;
mod retry;
mod ring_times;
mod search;
mod sentences;
mod sign_in;
mod staff;
mod text;
mod validity;
mod webhook;
