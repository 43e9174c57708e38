//! Publishes what was revoked and is on no CRL yet, whichever node revoked it: after revocations, and every few seconds in
//! case the node that should have done it is gone.

use sea_orm::prelude::DateTimeUtc;

use crate::ca::embedded::PublishedCrl;
use crate::errors::Result;
use crate::services::Services;

/// The issuing CA's new CRL; `None` when there is nothing new, or no CA is embedded.
pub async fn publish_revocations(desk: &Services, now: DateTimeUtc) -> Result<Option<PublishedCrl>> {
    let Some(ca) = &desk.embedded_ca else { return Ok(None) };
    let crl = ca.publish_revocations(now).await?;
    ca.seal_revocations().await?;
    Ok(crl)
}
