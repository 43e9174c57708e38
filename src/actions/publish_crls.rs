//! Publishes the embedded CA's CRLs: after revocations, and at least daily.

use sea_orm::prelude::DateTimeUtc;

use crate::ca::embedded::{PublishError, PublishedCrl};
use crate::errors::{Error, Result};
use crate::services::Services;

/// The issuing CA's new CRL; `None` where no CA is embedded, whose CRLs are its own affair.
pub async fn publish_crls(desk: &Services, now: DateTimeUtc) -> Result<Option<PublishedCrl>> {
    let Some(ca) = &desk.embedded_ca else { return Ok(None) };
    match ca.publish_crls(now).await {
        Ok(crl) => Ok(Some(crl)),
        Err(PublishError::Database(error)) => Err(error.into()),
        Err(error) => Err(Error::internal(error)),
    }
}
