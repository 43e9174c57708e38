//! Issues the replacement right after the filing, as far as that is possible.

use sea_orm::prelude::DateTimeUtc;

use super::issue_replacement::issue_replacement;
use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::revocation_cases::{self, Case};
use crate::services::Services;

/// The case, with its replacement or without: the application is filed whatever comes of this. What is not issued now
/// is issued, or registered, later.
pub async fn issue_at_once(desk: &Services, filed: Case, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    match issue_replacement(desk, filed.id, actor, now).await {
        Ok(case) => Ok(case),
        Err(error) => {
            let number = filed.reception_number;
            tracing::warn!(case.reception_number = %number, cause = %error, "the replacement was not issued at once");
            revocation_cases::by_id(&desk.db, filed.id).await
        }
    }
}

/// The same without waiting for it; the mail that it queues goes out right after.
pub fn issue_in_background(desk: &Services, filed: Case, actor: Actor, now: DateTimeUtc) {
    let running = desk.clone();
    desk.spawn(async move {
        let number = filed.reception_number;
        if let Err(error) = issue_at_once(&running, filed, &actor, now).await {
            tracing::error!(case.reception_number = %number, cause = %error, "the case was not read again");
        }
        running.nudge();
    });
}
