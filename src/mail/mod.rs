//! Mails: what they say and how they leave the house.
//!
//! `letter` holds the facts, `compose` fills the texts of `views/mail/`, `envelope` makes the message that travels,
//! `transport` hands it over. Must not read the database or the clock; the outbox is `models/messages.rs`.

pub mod compose;
pub mod envelope;
pub mod form_request;
pub mod letter;
pub mod proposal;
pub mod stored;
mod templates;
pub mod transport;
mod width;

pub use compose::compose;
pub use envelope::Envelope;
pub use letter::{CallInVain, Callee, CaseLetter, CertificateFacts, Failure, Occasion, Performer, ReissueAgain};
pub use transport::{SendError, Transport};
