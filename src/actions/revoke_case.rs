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
use crate::domain::actor::Actor;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::certificates::{self, Certificate};
use crate::models::revocation_cases::{self, Case};
use crate::models::{desk_settings, transaction};
use crate::services::Services;

/// What an agent has to say before the click counts.
#[derive(Debug, Clone)]
pub struct Click {
    pub version: i64,
    /// The last four hex digits of the old certificate's serial number, as typed.
    pub serial_suffix: String,
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
        check_serial_suffix(&txn, &case, source, &click.serial_suffix).await?;
    }
    facts.check(desk, &case, input.today)?.map_err(|refused| Error::Conflict(refused.problem()))?;
    let (case, attempt) = attempting::intend(&txn, &case, source, by, now).await?;
    fail_point!("revoke::intent_uncommitted");
    txn.commit().await?;
    fail_point!("revoke::intent_committed");
    attempting::execute(desk, &case, &attempt, by, now).await
}

/// The typed digits must be the old certificate's, not the new one's.
async fn check_serial_suffix(txn: &DatabaseTransaction, case: &Case, source: &Certificate, typed: &str) -> Result<()> {
    let given = typed.trim().replace(':', "").to_ascii_lowercase();
    let right = source.serial.suffix();
    if given == right {
        return Ok(());
    }
    if given.is_empty() {
        return Err(Problem::on("serial_suffix", "serial_suffix_missing").into());
    }
    let code = match case.replacement_certificate_id {
        Some(id) if certificates::by_id(txn, id).await?.serial.suffix() == given => "serial_suffix_of_replacement",
        Some(_) | None => "serial_suffix_differs",
    };
    Err(Problem::on("serial_suffix", code).with("value", given).with("expected", right).into())
}
