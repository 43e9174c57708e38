//! Mails: what they say and how they leave the house.
//!
//! `letter` holds the facts, `compose` fills the texts of `views/mail/`, `envelope` makes the message that travels,
//! `transport` hands it over. Must not read the database or the clock; the outbox is `models/messages.rs`.

pub mod compose;
pub mod envelope;
pub mod letter;
pub mod stored;
pub mod transport;
mod templates;
mod width;

pub use compose::{ComposedMail, compose};
pub use envelope::{Envelope, message_id};
pub use letter::{CallInVain, Callee, CaseLetter, CertificateFacts, Failure, Occasion, Performer, ReissueAgain};
pub use transport::{SendError, Transport};
