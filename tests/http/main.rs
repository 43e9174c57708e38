//! What browsers and programs get over HTTP: pages, forms, texts.

#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions, not their helpers")]

mod pages;
mod samples;
mod texts;
