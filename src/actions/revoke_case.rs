//! Revokes the source certificate of one case: by an agent's click or by the batch.
//!
//! Every guard is read again in the transaction that writes the intent. Then the CA is asked with no transaction
//! open, and its answer is written. Whatever happens between the two, [`super::rescue_stuck`] finishes it.

use chrono::NaiveDate;
use fail::fail_point;
use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;

use super::attempting::{self, By};
use super::guards::Facts;
use crate::domain;
use crate::domain::actor::Actor;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::certificates::{self, Certificate};
use crate::models::revocation_cases::{self, Case};
use crate::models::{desk_settings, installation, transaction};
use crate::services::Services;

/// What an agent has to say before the click counts.
#[derive(Debug, Clone)]
pub struct Click {
    pub version: i64,
    /// The last four hex digits of the old certificate's serial number, as typed.
    pub serial_suffix: String,
    /// The customer knows that sites still show the old certificate. Asked only where they do.
    pub old_in_use_told: bool,
}

#[derive(Debug, Clone)]
pub struct RevokeCase {
    pub case_id: i64,
    /// The day that counts as today, JST.
    pub today: NaiveDate,
    /// `None` for the batch, which has nobody to type.
    pub click: Option<Click>,
    pub batch_run: Option<i64>,
}

/// The case after the CA's answer: revoked, still revoking (the CA is out of reach), or on hold (the CA refused).
pub async fn revoke_case(desk: &Services, input: RevokeCase, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let by = By { actor, batch_run: input.batch_run };
    let txn = transaction::begin(&desk.db).await?;
    desk_settings::refuse_paused(&txn).await?;
    let case = revocation_cases::by_id(&txn, input.case_id).await?;
    let facts = Facts::of(&txn, std::slice::from_ref(&case)).await?;
    let source = facts.source(&case)?;
    if let Some(click) = &input.click {
        revocation_cases::check_version(&case, click.version)?;
        check_click(&txn, &case, &facts, click).await?;
    }
    facts.check(desk, &case, input.today)?.map_err(|refused| Error::Conflict(refused.problem()))?;
    let told = input.click.is_some_and(|click| click.old_in_use_told);
    let (case, attempt) = attempting::intend(&txn, &case, source, (by, told), now).await?;
    fail_point!("revoke::intent_uncommitted");
    txn.commit().await?;
    fail_point!("revoke::intent_committed");
    attempting::execute(desk, &case, &attempt, by, now).await
}

/// Everything that the page asks for before the click counts.
async fn check_click(txn: &DatabaseTransaction, case: &Case, facts: &Facts, click: &Click) -> Result<()> {
    let suffix = check_serial_suffix(txn, case, facts.source(case)?, &click.serial_suffix).await?;
    let told = check_told(txn, case, facts, click.old_in_use_told).await?;
    let problems: Vec<Problem> = [suffix, told].into_iter().filter_map(Result::err).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// The typed digits must be the old certificate's, not the new one's. The outer error: they could not be compared.
async fn check_serial_suffix(
    txn: &DatabaseTransaction,
    case: &Case,
    source: &Certificate,
    typed: &str,
) -> Result<std::result::Result<(), Problem>> {
    let given = typed.trim().replace(':', "").to_ascii_lowercase();
    let right = source.serial.suffix();
    if given == right {
        return Ok(Ok(()));
    }
    if given.is_empty() {
        return Ok(Err(Problem::on("serial_suffix", "serial_suffix_missing")));
    }
    let code = match case.replacement_certificate_id {
        Some(id) if certificates::by_id(txn, id).await?.serial.suffix() == given => "serial_suffix_of_replacement",
        Some(_) | None => "serial_suffix_differs",
    };
    Ok(Err(Problem::on("serial_suffix", code).with("value", given).with("expected", right)))
}

/// What the sites showed counts for as long as somebody looks at them.
async fn check_told(
    txn: &DatabaseTransaction,
    case: &Case,
    facts: &Facts,
    told: bool,
) -> Result<std::result::Result<(), Problem>> {
    // Without an authorization nothing is revoked at all.
    let Some(authorization) = facts.authorization(case) else { return Ok(Ok(())) };
    if !desk_settings::installation(txn).await?.on {
        return Ok(Ok(()));
    }
    let summary = installation::summary(&installation::of_case(txn, case.id).await?);
    Ok(domain::installation::check_told(summary.map(|summary| summary.standing), authorization.kind, told))
}
