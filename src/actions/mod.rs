//! The use cases: one verb, one file, one public function.
//!
//! Owns transactions and the joining of ports (CA, mail, proof). Signature order: `(db, [ports], input, actor, now)`.

pub mod change_password;
pub mod create_token;
pub mod create_user;
pub mod log_in;
