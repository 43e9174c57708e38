//! Lets the CA be asked again after a pause. A revocation run that was missed meanwhile is made good within a minute.

use sea_orm::prelude::DateTimeUtc;

use super::pause_ca::switch;
use crate::domain::actor::Actor;
use crate::domain::setting::CaConnection;
use crate::errors::Result;
use crate::services::Services;

pub async fn resume_ca(desk: &Services, seen: i64, reason: &str, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    switch(desk, CaConnection { paused: false }, (seen, reason), actor, now).await
}
