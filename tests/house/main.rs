//! The house shows itself: reads the source and names what stands in the wrong room.
//!
//! Each rule is a function from sources to complaints and has two tests: the repository has none, and a planted
//! violation is seen. Rules that clippy can hold (clock calls by type, `unwrap`, long functions) are in `clippy.toml` and
//! `[lints]`; those repeated here are the ones an `#[allow]` must not switch off.

#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions, not their helpers")]

mod audit;
mod direction;
mod security;
mod source;
mod style;
mod templates;
