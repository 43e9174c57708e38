//! The parts of the program that read what others wrote, as they are.

#[path = "../../src/domain/mod.rs"]
pub mod domain;

#[path = "../../src/ca/embedded/ocsp/request.rs"]
pub mod ocsp_request;

pub mod proof;

#[path = "../../src/views/api/casework.rs"]
pub mod casework;
#[path = "../../src/controllers/api/json.rs"]
pub mod json;
#[path = "../../src/views/api/registrations.rs"]
pub mod registrations;
mod words;
