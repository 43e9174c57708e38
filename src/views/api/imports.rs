//! Imports: many certificates, contacts or applications at once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{FieldProblem, words};
use crate::messages::Texts;
use crate::models::import_rows;
use crate::models::imports;
use crate::models::refusals::Refusal;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportRowQuery {
    /// Only rows that stand so.
    #[param(schema_with = words::import_row_state)]
    pub state: Option<String>,
    /// Number of items, 1 to 200; default 50.
    #[param(value_type = Option<u64>)]
    pub limit: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// An import and how far it has come, in rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import {
    pub id: i64,
    #[schema(schema_with = words::import_kind)]
    pub kind: &'static str,
    #[schema(schema_with = words::import_state)]
    pub state: &'static str,
    pub counts: ImportCounts,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
    pub started_by: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    /// When it was finished or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ImportCounts {
    pub rows: i64,
    pub waiting: i64,
    pub registered: i64,
    /// What they say was there before.
    pub known: i64,
    pub refused: i64,
}

/// What became of a row. What it says is not shown again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRow {
    pub row: i64,
    #[schema(schema_with = words::import_row_state)]
    pub state: &'static str,
    /// What it registered, or what was there: `certificate:12`, `contact:7`, `case:RQ-261124-0001`.
    pub became: Option<String>,
    /// Why it was refused; empty again 30 days after the end of the import.
    pub problems: Vec<FieldProblem>,
}

impl From<imports::Import> for Import {
    fn from(row: imports::Import) -> Self {
        Self {
            id: row.id,
            kind: row.kind.as_str(),
            state: row.state.as_str(),
            counts: ImportCounts {
                rows: row.target,
                waiting: row.waiting(),
                registered: row.registered,
                known: row.known,
                refused: row.refused,
            },
            made_by: row.made_by,
            made_at: row.made_at,
            started_by: row.started_by,
            started_at: row.started_at,
            ended_at: row.ended_at,
        }
    }
}

impl ImportRow {
    pub fn of(t: Texts, row: import_rows::ImportRow) -> Self {
        let problem = |refusal: Refusal| FieldProblem {
            detail: t.refusal(&refusal.code, &refusal.params),
            field: refusal.field,
            code: refusal.code,
        };
        Self {
            row: row.line,
            state: row.state.as_str(),
            problems: row.refusals().into_iter().map(problem).collect(),
            became: row.became,
        }
    }
}
