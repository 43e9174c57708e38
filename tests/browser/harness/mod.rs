//! Opens the program and browsers on it; see the heading of `main.rs` for how a test uses them.
//!
//! Owns everything that speaks to chromedriver. Must not know a page of the program.

#![allow(dead_code, reason = "the journeys use what they need")]

mod driver;
mod keyboard;
mod payloads;
mod site;
mod soundness;
mod window;
mod wire;

pub use keyboard::Key;
pub use site::Site;
pub use window::{Screen, Window};
