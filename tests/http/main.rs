//! The program as browsers and other programs meet it.

#[path = "../support/mod.rs"]
mod support;

mod database;
mod security;
mod session;
