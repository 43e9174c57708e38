//! What the pages show: one struct per template, one struct per form.
//!
//! Owns turning facts into labels, icons and addresses. Must not decide who may do what, read the clock or the
//! database; page structs are filled by controllers. Templates only ask `if`, `for` and `match`.

pub mod api;
pub mod assets;
pub mod charts;
pub mod chrome;
pub mod desk;
pub mod development_mail;
pub mod errors;
pub mod form;
pub mod installation;
pub mod keys;
pub mod metrics;
pub mod parts;
pub mod password;
pub mod portal;
pub mod session;
pub mod sheet;
pub mod sign_in;
pub mod status;
pub mod styleguide;

pub use assets::asset;
