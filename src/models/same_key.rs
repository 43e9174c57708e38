//! The other live certificates on a compromised key: each of them has to be revoked too (BR 4.9.1.1).

use sea_orm::ConnectionTrait;
use sea_orm::prelude::DateTimeUtc;

use super::certificates::{self, Certificate};
use super::revocation_cases::{self, Case};
use super::subscribers::{self, Subscriber};
use crate::errors::Result;

/// One of them, with whose it is and the case that already revokes it.
#[derive(Debug, Clone)]
pub struct SameKey {
    pub certificate: Certificate,
    pub subscriber: Subscriber,
    pub open_case: Option<Case>,
}

/// Of all subscribers, oldest first; nothing while nobody reported the key of `case` as compromised.
pub async fn others(
    db: &impl ConnectionTrait,
    case: &Case,
    source: &Certificate,
    now: DateTimeUtc,
) -> Result<Vec<SameKey>> {
    if case.compromise_reported_at.is_none() {
        return Ok(Vec::new());
    }
    let live = certificates::live_with_key(db, &source.spki_sha256, None, now).await?;
    let mut others = Vec::new();
    for certificate in live.into_iter().filter(|one| one.id != source.id) {
        others.push(SameKey {
            subscriber: subscribers::by_id(db, certificate.subscriber_id).await?,
            open_case: revocation_cases::open_on_certificate(db, certificate.id).await?,
            certificate,
        });
    }
    Ok(others)
}
