//! Looks at the sites of one case now, because somebody at the desk wants to know: the customer on the telephone says that
//! the new certificate is there.

use sea_orm::prelude::DateTimeUtc;

use super::looking;
use crate::domain::actor::Actor;
use crate::domain::installation::LOOKED_AT;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::installation::{self, Summary};
use crate::models::{desk_settings, halts, revocation_cases};
use crate::services::Services;

/// What the sites show; `None` where the certificate has no name that a connection can be made to.
pub async fn check_installation(
    desk: &Services,
    number: ReceptionNumber,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Option<Summary>> {
    halts::refuse(&desk.db).await?;
    let rules = desk_settings::installation(&desk.db).await?;
    if !rules.on {
        return Err(Error::conflict("installation_off"));
    }
    let case = revocation_cases::by_reception_number(&desk.db, number).await?;
    let id = case.id;
    if !LOOKED_AT.contains(&case.state) || case.replacement_certificate_id.is_none() {
        let refused = Problem::new("installation_not_looked_at").with("state", case.state.as_str());
        return Err(Error::Conflict(refused));
    }
    for looked in looking::look(desk, vec![case], &rules).await? {
        looking::keep(desk, looked, &rules, actor, now).await?;
    }
    Ok(installation::summary(&installation::of_case(&desk.db, id).await?))
}
