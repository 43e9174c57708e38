//! Publishes the embedded CA's CRLs, root and issuing CA, whether or not anything was revoked: at least daily.

use sea_orm::prelude::DateTimeUtc;

use crate::ca::embedded::{PublishError, PublishedCrl};
use crate::errors::{Error, Result};
use crate::services::Services;

/// The issuing CA's new CRL; `None` where no CA is embedded, whose CRLs are its own affair.
pub async fn publish_crls(desk: &Services, now: DateTimeUtc) -> Result<Option<PublishedCrl>> {
    let Some(ca) = &desk.embedded_ca else { return Ok(None) };
    let crl = ca.publish_crls(now).await?;
    ca.seal_revocations().await?;
    Ok(Some(crl))
}

/// The database is a matter of its own: it comes back.
impl From<PublishError> for Error {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Database(error) => error.into(),
            other => Self::internal(other),
        }
    }
}
