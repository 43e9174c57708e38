//! What the tests of several folders share.

pub mod app;
