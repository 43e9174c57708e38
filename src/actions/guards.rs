//! What the execution guards look at, gathered for one case or for many with one query for each kind of fact.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;

use crate::domain::case::{ConfirmationAge, ExecutionFacts, ExecutionRefused, check_execution};
use crate::errors::{Error, Result};
use crate::models::authorizations::{self, AuthorizationRow};
use crate::models::certificates::{self, Certificate};
use crate::models::revocation_cases::Case;
use crate::services::Services;

/// Read in the transaction that decides.
pub(super) struct Facts {
    sources: HashMap<i64, Certificate>,
    authorizations: HashMap<i64, AuthorizationRow>,
    /// By origin, the newest certificate of the chain.
    newest: HashMap<i64, i64>,
}

impl Facts {
    pub async fn of(txn: &impl ConnectionTrait, cases: &[Case]) -> Result<Self> {
        let ids: Vec<i64> = cases.iter().map(|case| case.source_certificate_id).collect();
        let sources = certificates::by_ids(txn, &ids).await?;
        let origins = sources.iter().map(Certificate::origin).collect();
        Ok(Self {
            newest: certificates::newest_of_chains(txn, origins).await?,
            authorizations: authorizations::newest_of(txn, cases.iter().map(|case| case.id).collect()).await?,
            sources: sources.into_iter().map(|source| (source.id, source)).collect(),
        })
    }

    pub fn source(&self, case: &Case) -> Result<&Certificate> {
        self.sources.get(&case.source_certificate_id).ok_or_else(|| Error::not_found("certificate_not_found"))
    }

    /// The newest authorization of the case, whatever version it was given for.
    pub fn authorization(&self, case: &Case) -> Option<&AuthorizationRow> {
        self.authorizations.get(&case.id)
    }

    /// Asks the guards. The outer error: the certificate in the database cannot be read.
    pub fn check(&self, desk: &Services, case: &Case, today: NaiveDate) -> Result<Result<(), ExecutionRefused>> {
        let source = self.source(case)?;
        let authorization = self.authorization(case).map(AuthorizationRow::fact);
        let facts = ExecutionFacts {
            state: case.state,
            version: case.version,
            due_on: case.due_on,
            authorization: authorization.as_ref(),
            registered: &source.identity(),
            target: &source.facts()?.identity(),
            has_replacement: case.replacement_certificate_id.is_some(),
            source_is_newest: self.newest.get(&source.origin()).is_none_or(|newest| *newest == source.id),
        };
        let max_age = ConfirmationAge(desk.calls_on(today).confirmation_max_age_business_days);
        Ok(check_execution(&facts, today, &desk.calendar(), max_age))
    }
}
