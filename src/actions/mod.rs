//! (under construction)

pub mod send_messages;
