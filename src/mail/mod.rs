//! Mails: what they say and how they leave the house.
//!
//! `letter` holds the facts of a case (`account` those of a customer's account), `compose` writes them as the texts want them, `filling` puts them in
//! their places, `envelope` makes the message that travels (signed by `dkim`), `transport` hands it over. What comes back lies in a `maildir` and is read by `report`. Must not read the database or the clock; the outbox is `models/messages.rs`.

mod account;
pub mod alarm;
pub mod compose;
pub mod dkim;
pub mod envelope;
pub mod filling;
pub mod form_request;
pub mod html;
pub mod letter;
pub mod maildir;
pub mod proposal;
pub mod report;
pub mod sample;
pub mod stored;
pub mod transport;
mod width;

pub use account::{AccountLetter, AccountOccasion, compose_account};
pub use compose::compose;
pub use envelope::Envelope;
pub use filling::Words;
pub use letter::{CallInVain, Callee, CaseLetter, CertificateFacts, Failure, Occasion, Performer, ReissueAgain};
pub use transport::{SendError, Transport};
