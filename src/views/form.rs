//! What every form carries: its guards against forgery, stale pages and double submits; choices; the errors per field.

use crate::domain::problem::Problem;
use crate::messages::Texts;

/// The hidden fields of a form that changes a case.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    pub csrf: String,
    /// The version of the case that the page showed; another one on arrival is a conflict.
    pub version: i64,
    /// One value per rendered form: the same one twice is one act.
    pub idem: String,
}

/// One option of a select, radio list or list of boxes.
#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), label: label.into(), chosen }
    }
}

/// The refusals of a form in the words of the reader. The same sentence stands in the summary and under its field.
#[derive(Debug, Clone, Default)]
pub struct FieldErrors {
    items: Vec<FieldError>,
}

#[derive(Debug, Clone)]
pub struct FieldError {
    /// The `name` of the field; its element has the id `f-<name>`.
    pub field: Option<&'static str>,
    pub text: String,
}

impl FieldErrors {
    pub fn of(t: Texts, problems: &[Problem]) -> Self {
        let items = problems.iter().map(|problem| FieldError { field: problem.field, text: t.problem(problem) });
        Self { items: items.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn count(&self) -> usize {
        self.items.len()
    }

    pub fn all(&self) -> &[FieldError] {
        &self.items
    }

    pub fn on(&self, field: &str) -> Option<&str> {
        self.items.iter().find(|item| item.field == Some(field)).map(|item| item.text.as_str())
    }
}
