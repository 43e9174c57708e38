//! Somebody who is logged in proves once more who they are, by the company's own log-in.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::staff_change::record;
use super::staff_code::own_account;
use crate::{
    domain::{
        actor::Actor,
        problem::Problem,
        sign_in::{self, Means},
    },
    errors::Result,
    models::transaction,
    services::Services,
};

/// What the provider vouches for.
#[derive(Debug, Clone)]
pub struct SsoAnswer {
    /// Issuer and subject, parted by a blank.
    pub subject: String,
    /// When it last asked them for who they are.
    pub authenticated_at: Option<DateTime<Utc>>,
}

/// Somebody else's answer is no proof, whoever sits there, and stays in the audit log. Nothing is tied here: an account
/// that has never come this way has nobody to be compared with.
pub async fn prove_again_by_sso(desk: &Services, answer: SsoAnswer, actor: &Actor, now: DateTime<Utc>) -> Result<()> {
    let user = own_account(&desk.db, actor).await?;
    let by = json!({ "by": Means::SingleSignOn.as_str() });
    let txn = transaction::begin(&desk.db).await?;
    if user.sso_subject.as_deref() != Some(answer.subject.as_str()) {
        record(&txn, "identity_refused", &user, by, actor, now).await?;
        txn.commit().await?;
        return Err(Problem::new("sso_of_another").into());
    }
    if !sign_in::was_just_asked(answer.authenticated_at, now) {
        return Err(Problem::new("sso_did_not_ask").into());
    }
    record(&txn, "identity_proven", &user, by, actor, now).await?;
    txn.commit().await?;
    Ok(())
}
