//! (under construction)

pub mod assets;
