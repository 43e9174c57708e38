//! In place of the schemas of words, which nobody asks for here.

use utoipa::openapi::schema::{Array, Object};

pub fn call_outcome() -> Object {
    Object::new()
}

pub fn reissue_reason() -> Object {
    Object::new()
}

pub fn import_kind() -> Object {
    Object::new()
}

pub fn webhook_events() -> Array {
    Array::default()
}
