//! Mails: what they say and how they leave the house.
//!
//! `letter` holds the facts of a case (`account` those of a customer's account), `compose` fills the texts of `views/mail/`, `envelope` makes the message that travels,
//! `transport` hands it over. Must not read the database or the clock; the outbox is `models/messages.rs`.

mod account;
pub mod alarm;
pub mod compose;
pub mod envelope;
pub mod form_request;
pub mod letter;
pub mod proposal;
pub mod stored;
mod templates;
pub mod transport;
mod width;

pub use account::{AccountLetter, AccountOccasion, compose_account};
pub use compose::compose;
pub use envelope::Envelope;
pub use letter::{CallInVain, Callee, CaseLetter, CertificateFacts, Failure, Occasion, Performer, ReissueAgain};
pub use transport::{SendError, Transport};
