//! The JSON that programs send and get. Its names are a contract with other programs: they may only grow.
//!
//! Owns names and shapes, and writes its own schemas. Must not decide or read anything; enumerated words come in as
//! text and are read by the domain, so that a wrong one is refused with the domain's sentence.

pub mod audit;
pub mod batch_runs;
pub mod case_facts;
pub mod cases;
pub mod casework;
pub mod certificates;
pub mod docs;
pub mod imports;
pub mod messages;
pub mod registrations;
pub mod reissues;
pub mod subscribers;
pub mod webhooks;
pub mod words;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T: ToSchema> {
    pub items: Vec<T>,
    /// To be sent as `after` for the following page; null on the last one.
    pub next: Option<String>,
}

/// Which page of a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Number of items, 1 to 200; default 50.
    #[param(value_type = Option<u64>)]
    pub limit: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// RFC 9457, `application/problem+json`: why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    pub r#type: String,
    pub title: String,
    pub status: u16,
    /// One sentence for people: what, why and what to do.
    pub detail: String,
    /// For programs: stable, `snake_case`.
    pub code: String,
    /// Every problem of the input, when there are any.
    pub errors: Vec<FieldProblem>,
}

/// One problem of the input.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Path of the member, such as `consent.version`.
    pub field: Option<String>,
    pub code: String,
    pub detail: String,
}
