//! What a refused input tells its author: a stable code, the field it belongs to and the facts for the sentence.
//!
//! The sentences themselves live in `views/messages/`; the key of a code is `problem.<code>`.

use std::fmt;

/// One refusal. `code` is stable and part of the outside contract (`api.md`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub field: Option<&'static str>,
    pub params: Vec<(&'static str, String)>,
}

impl Problem {
    pub fn new(code: &'static str) -> Self {
        Self { code, field: None, params: Vec::new() }
    }

    /// A problem of one form field or JSON member.
    pub fn on(field: &'static str, code: &'static str) -> Self {
        Self { code, field: Some(field), params: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        for (name, value) in &self.params {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
