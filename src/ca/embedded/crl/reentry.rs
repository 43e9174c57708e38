//! Enters again what the newest CRL lists and the books have lost: they were restored from an old backup.
//!
//! The entries come back octet by octet and in their order, so that the next CRL has them where the last one had them.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseConnection};
use uuid::Uuid;
use x509_parser::{prelude::FromDer, revocation_list::RevokedCertificate};

use super::{
    PublishError, files,
    previous::{self, Previous, Unreadable},
};
use crate::{
    ca::embedded::{books, entities::ca_revocations, signer::Issuer},
    domain::application::CrlReason,
};

/// How many entries were missing.
pub async fn reenter(
    db: &DatabaseConnection,
    directory: &std::path::Path,
    issuer: &Issuer,
) -> Result<u64, PublishError> {
    let _turn = files::lock(directory).await?;
    let Some(mut listed) = Previous::open(directory, &issuer.id)? else { return Ok(0) };
    let number = listed.number;
    let unreadable = |Unreadable| PublishError::PreviousUnreadable { number };
    let mut entered = 0;
    let mut entry = listed.next_entry(None).map_err(unreadable)?;
    while let Some(octets) = entry {
        let serial = previous::serial_of(&octets).ok_or(PublishError::PreviousUnreadable { number })?;
        let (revoked_at, reason) = content(&octets).ok_or(PublishError::PreviousUnreadable { number })?;
        // Of a certificate that was issued since the backup nothing is known: it is listed as long as the CA lives.
        let known = books::certificate(db, &issuer.id, &serial).await?;
        let not_after = known.map_or(issuer.certificate.not_after, |row| row.not_after);
        let row = ca_revocations::ActiveModel {
            issuer_id: Set(issuer.id.clone()),
            serial: Set(serial.to_string()),
            entry: Set(octets.clone()),
            reason: Set(i32::from(reason.code())),
            revoked_at: Set(revoked_at),
            not_after: Set(not_after),
            request_id: Set(Uuid::new_v4().to_string()),
            ..Default::default()
        };
        entered += u64::from(books::reenter_revocation(db, row).await?);
        entry = listed.next_entry(Some(octets)).map_err(unreadable)?;
    }
    Ok(entered)
}

fn content(entry: &[u8]) -> Option<(DateTime<Utc>, CrlReason)> {
    let (_, revoked) = RevokedCertificate::from_der(entry).ok()?;
    let (_, code) = revoked.reason_code()?;
    let at = DateTime::from_timestamp(revoked.revocation_date.timestamp(), 0)?;
    Some((at, CrlReason::from_code(code.0)?))
}
