//! Takes a report of key compromise: 24 hours, no phone gate, no calendar (`domain.md` section 3.7, BR 4.9.1.1).

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction};
use serde_json::json;

use super::letters;
use crate::domain::actor::Actor;
use crate::domain::application::{CrlReason, compromise_deadline};
use crate::domain::authorization::AuthorizationKind;
use crate::domain::calendar::jst_date;
use crate::domain::case::CaseEvent;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::Result;
use crate::mail::letter::Occasion;
use crate::models::authorizations;
use crate::models::certificates;
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct ReportKeyCompromise {
    pub reception_number: ReceptionNumber,
    pub version: i64,
    /// How the desk learned of it, in words.
    pub ground: String,
}

/// What the report rests on.
pub(super) enum Ground {
    Call(i64),
    Words(String),
    /// The application itself names the compromise.
    Application,
}

/// The case, confirmed by the report and due now.
pub async fn report_key_compromise(
    desk: &Services,
    input: ReportKeyCompromise,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    if input.ground.trim().is_empty() {
        return Err(Problem::on("ground", "compromise_ground_missing").into());
    }
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::of_actor(&txn, input.reception_number, actor).await?;
    revocation_cases::check_version(&case, input.version)?;
    let case = compromise(&txn, desk, &case, Ground::Words(input.ground), actor, now).await?;
    txn.commit().await?;
    Ok(case)
}

/// The report inside another act's transaction. The 24 hours run from the first report.
pub(super) async fn compromise(
    txn: &DatabaseTransaction,
    desk: &Services,
    case: &Case,
    ground: Ground,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    let reported_at = case.compromise_reported_at.unwrap_or(now);
    let today = jst_date(now);
    let change = |row: &mut revocation_cases::ActiveModel| {
        row.revocation_reason = Set(CrlReason::KeyCompromise);
        row.compromise_reported_at = Set(Some(reported_at));
        row.due_on = Set(today.min(case.due_on));
        row.next_call_at = Set(None);
        clear_lease(row);
    };
    let detail = json!({ "deadline": compromise_deadline(reported_at) });
    let case = advance(txn, case, CaseEvent::KeyCompromiseReported, change, detail, actor, now).await?;
    authorize(txn, &case, ground, actor, now).await?;
    let source = certificates::by_id(txn, case.source_certificate_id).await?;
    certificates::block_key(txn, &source.spki_sha256, now).await?;
    let occasion = Occasion::KeyCompromiseNotice { revoked_by: compromise_deadline(reported_at) };
    letters::queue(txn, desk, &case, occasion, "reported", now).await?;
    Ok(case)
}

async fn authorize(
    txn: &DatabaseTransaction,
    case: &Case,
    ground: Ground,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let (call_id, words) = match ground {
        Ground::Call(id) => (Some(id), None),
        Ground::Words(words) => (None, Some(words)),
        Ground::Application => (None, None),
    };
    authorizations::ActiveModel {
        case_id: Set(case.id),
        case_version: Set(case.version),
        kind: Set(AuthorizationKind::KeyCompromise),
        call_id: Set(call_id),
        granted_by: Set(actor.key()),
        granted_by_name: Set(actor.name().to_owned()),
        ground: Set(words),
        granted_at: Set(now),
        ..Default::default()
    }
    .insert(txn)
    .await?;
    Ok(())
}
