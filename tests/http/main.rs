//! The program as browsers and other programs meet it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

#[path = "../support/mod.rs"]
mod support;

mod api;
mod database;
mod pages;
mod samples;
mod security;
mod session;
mod texts;
