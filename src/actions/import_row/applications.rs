//! An application as the order system took it. Issued is later, by `issue_pending`.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;

use super::at_columns;
use crate::actions::file_application::{self, CsrChoice, FileApplication};
use crate::domain::actor::Actor;
use crate::domain::application::FilingChannel;
use crate::domain::import::{ApplicationRow, Content, CsrCell, ImportKind, Source};
use crate::errors::{Error, Result};
use crate::models::certificates::{self, Certificate};
use crate::models::import_rows::{self, Fate};
use crate::services::Services;

/// A row that says what another one said that was carried out is known: whatever has become of its case meanwhile, nobody
/// applied again.
pub(super) async fn enter(
    txn: &DatabaseTransaction,
    desk: &Services,
    content: &Content,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Fate> {
    let row = ApplicationRow::read(content).map_err(Error::Invalid)?;
    if let Some(filed) = import_rows::became(txn, &content.sha256(ImportKind::Applications)).await? {
        return Ok(Fate::Known(Some(filed)));
    }
    let source = source(txn, &row.source).await?;
    let case = file_application::enter(txn, desk, application(row, &source), actor, now).await;
    let case = case.map_err(|error| at_columns(error, column))?;
    Ok(Fate::Registered(format!("case:{}", case.reception_number)))
}

async fn source(txn: &DatabaseTransaction, named: &Source) -> Result<Certificate> {
    let found = match named {
        Source::ReceptionNumber(number) => certificates::by_reception_number(txn, *number).await?,
        Source::Serial { issuer, serial } => certificates::by_serial(txn, issuer, serial).await?,
        Source::Fingerprint(fingerprint) => certificates::by_fingerprint(txn, fingerprint).await?,
    };
    found.ok_or_else(|| Error::not_found("certificate_not_found"))
}

fn application(row: ApplicationRow, source: &Certificate) -> FileApplication {
    FileApplication {
        certificate_id: source.id,
        draft: None,
        reason: row.reason,
        key_possibly_exposed: row.key_possibly_exposed,
        requested_on: row.requested_on,
        csr: match row.csr {
            CsrCell::Reuse => CsrChoice::Reuse,
            CsrCell::Later => CsrChoice::Later,
            CsrCell::Given(pem) => CsrChoice::Given(pem),
        },
        agreement_version: row.consent_version,
        channel: FilingChannel::Api,
        caller: None,
    }
}

/// The one field of an application that a row calls otherwise.
fn column(field: &'static str) -> &'static str {
    if field == "consent" { "consent_version" } else { field }
}
