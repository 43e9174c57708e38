//! Asks the CA about one certificate, to see that it answers. Changes nothing.

use std::time::Duration;

use crate::ca::{CaError, CaStatus};
use crate::clock::Stopwatch;
use crate::errors::{Error, Result};
use crate::models::certificates;
use crate::services::Services;

/// For an answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the CA said about the certificate that was registered last, and how long that took.
#[derive(Debug)]
pub struct CaAnswer {
    pub common_name: String,
    pub status: Result<CaStatus, CaError>,
    pub took: Duration,
}

/// Refused where no certificate is known to ask about.
pub async fn check_ca(desk: &Services) -> Result<CaAnswer> {
    let newest = certificates::newest(&desk.db).await?.ok_or_else(|| Error::conflict("ca_check_needs_certificate"))?;
    let watch = Stopwatch::start();
    let asked = tokio::time::timeout(PATIENCE, desk.ca.status(&newest.identity())).await;
    let status = asked.unwrap_or_else(|_| Err(CaError::Unavailable(format!("no answer in {PATIENCE:?}"))));
    Ok(CaAnswer { common_name: newest.common_name, status, took: watch.elapsed() })
}
