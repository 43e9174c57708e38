//! Refusals that were written down, to be told later in the reader's language.

use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;

/// Why something was not done, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub params: Vec<(String, String)>,
}

impl Refusal {
    pub fn of(problem: &Problem) -> Self {
        let params = problem.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self { code: problem.code.to_owned(), field: problem.field.map(str::to_owned), params: params.collect() }
    }
}
