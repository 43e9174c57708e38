//! Asks one CA whether it can be reached, takes our credentials, and what it can do. Changes nothing.

use std::time::Duration;

use crate::ca::{Abilities, CaError};
use crate::clock::Stopwatch;
use crate::errors::{Error, Result};
use crate::services::Services;

/// What a CA said, and how long that took.
#[derive(Debug)]
pub struct AuthorityAnswer {
    pub abilities: Result<Abilities, CaError>,
    pub took: Duration,
}

pub async fn check_authority(desk: &Services, name: &str) -> Result<AuthorityAnswer> {
    let member = desk.authorities.named(name).ok_or_else(|| Error::not_found("authority_not_found"))?;
    let watch = Stopwatch::start();
    let abilities = member.ca().check().await;
    Ok(AuthorityAnswer { abilities, took: watch.elapsed() })
}
