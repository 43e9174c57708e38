//! Certificates known to the desk, and their chains of reissues.
//!
//! A chain is all certificates with the same origin: the first one and every reissue after it.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, LikeExpr, SelectStatement};
use sea_orm::{
    ActiveValue::Set, Condition, ConnectionTrait, DatabaseBackend, FromQueryResult, IntoActiveModel, QueryOrder,
    QuerySelect, QueryTrait,
};

use super::_entities::{blocked_keys, certificates, revocation_cases, subscribers};
use super::case_search::beyond;
use super::rows::{Rows, among, given};
use crate::domain::application::CrlReason;
use crate::domain::calendar::jst_date;
use crate::domain::certificate::{
    self, CertificateFacts, CertificateIdentity, Fingerprint, SerialNumber, ValidationType,
};
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::search::normalize;
use crate::errors::{Error, Result};

pub use super::_entities::certificates::{Column, Entity, Model as Certificate};

impl Certificate {
    /// Issuer, serial and SHA-256 as registered.
    pub fn identity(&self) -> CertificateIdentity {
        CertificateIdentity {
            issuer: self.issuer.clone(),
            serial: self.serial.clone(),
            fingerprint: self.sha256.clone(),
        }
    }

    /// The certificate read again from its bytes.
    pub fn facts(&self) -> Result<CertificateFacts> {
        certificate::parse_der(&self.der).map_err(|problem| {
            Error::internal(format!("certificate {} in the database cannot be read: {}", self.id, problem.code))
        })
    }

    /// Last day of validity, JST.
    pub fn last_day(&self) -> Date {
        jst_date(self.not_after)
    }

    pub fn names(&self) -> Vec<String> {
        self.dns_names.lines().map(str::to_owned).collect()
    }

    /// The first certificate of the chain.
    pub fn origin(&self) -> i64 {
        self.origin_id.unwrap_or(self.id)
    }
}

/// A parsed certificate and what the desk knows beside it.
pub struct NewCertificate<'a> {
    pub subscriber_id: i64,
    pub facts: &'a CertificateFacts,
    pub reception_number: Option<ReceptionNumber>,
    pub origin_id: Option<i64>,
    pub entitlement_end_on: Option<Date>,
    pub validation_expires_on: Option<Date>,
    pub csr_der: Option<Vec<u8>>,
}

pub async fn insert(
    txn: &impl ConnectionTrait,
    new: NewCertificate<'_>,
    now: DateTimeUtc,
) -> Result<Certificate, DbErr> {
    let facts = new.facts;
    let identity = facts.identity();
    let names = facts.dns_names.join("\n");
    certificates::ActiveModel {
        subscriber_id: Set(new.subscriber_id),
        reception_number: Set(new.reception_number),
        origin_id: Set(new.origin_id),
        issuer: Set(identity.issuer),
        serial: Set(identity.serial),
        sha256: Set(identity.fingerprint),
        der: Set(facts.der.clone()),
        validation: Set(facts.validation),
        common_name: Set(facts.primary_name().to_owned()),
        organization: Set(facts.subject.organization.clone()),
        search_names: Set(normalize(&format!("{}\n{names}", facts.primary_name()))),
        dns_names: Set(names),
        spki_sha256: Set(facts.public_key.spki_sha256.to_string()),
        key_label: Set(facts.public_key.algorithm.to_string()),
        not_before: Set(facts.not_before),
        not_after: Set(facts.not_after),
        entitlement_end_on: Set(new.entitlement_end_on.unwrap_or_else(|| jst_date(facts.not_after))),
        validation_expires_on: Set(new.validation_expires_on),
        csr_der: Set(new.csr_der),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(txn)
    .await
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<Certificate> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("certificate_not_found"))
}

/// The certificate that was registered last.
pub async fn newest(db: &impl ConnectionTrait) -> Result<Option<Certificate>, DbErr> {
    Entity::find().order_by_desc(Column::Id).one(db).await
}

/// In no particular order.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[i64]) -> Result<Vec<Certificate>, DbErr> {
    Entity::find().filter(among(db, Column::Id, ids.to_vec())).all(db).await
}

/// What mails say about a certificate.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Described {
    pub id: i64,
    pub serial: SerialNumber,
    pub validation: ValidationType,
    pub common_name: String,
    dns_names: String,
    pub not_before: DateTimeUtc,
    not_after: DateTimeUtc,
    pub entitlement_end_on: Date,
}

impl Described {
    /// Last day of validity, JST.
    pub fn last_day(&self) -> Date {
        jst_date(self.not_after)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.dns_names.lines()
    }
}

/// The same certificates without their bytes.
pub async fn described(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<Vec<Described>, DbErr> {
    Entity::find()
        .select_only()
        .columns([Column::Id, Column::Serial, Column::Validation, Column::CommonName, Column::DnsNames])
        .columns([Column::NotBefore, Column::NotAfter, Column::EntitlementEndOn])
        .filter(among(db, Column::Id, ids))
        .into_model()
        .all(db)
        .await
}

/// Issuer, serial and SHA-256 of each.
pub async fn identities(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<HashMap<i64, CertificateIdentity>, DbErr> {
    let rows: Vec<(i64, String, SerialNumber, Fingerprint)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Issuer, Column::Serial, Column::Sha256])
        .filter(among(db, Column::Id, ids))
        .into_tuple()
        .all(db)
        .await?;
    let identity = |(id, issuer, serial, fingerprint)| (id, CertificateIdentity { issuer, serial, fingerprint });
    Ok(rows.into_iter().map(identity).collect())
}

/// For each of these origins, the newest certificate of its chain.
pub async fn newest_of_chains(db: &impl ConnectionTrait, origins: Vec<i64>) -> Result<HashMap<i64, i64>, DbErr> {
    let links = |column: Column, origins: Vec<i64>| {
        Entity::find()
            .select_only()
            .columns([Column::Id, Column::OriginId, Column::NotBefore])
            .filter(among(db, column, origins))
            .into_tuple::<(i64, Option<i64>, DateTimeUtc)>()
    };
    let mut chains = links(Column::OriginId, origins.clone()).all(db).await?;
    chains.extend(links(Column::Id, origins).all(db).await?);
    chains.sort_unstable_by_key(|(id, _, not_before)| (*not_before, *id));
    // The later ones come last and stay.
    Ok(chains.into_iter().map(|(id, origin, _)| (origin.unwrap_or(id), id)).collect())
}

/// `reason`: `None` where the CA did not say.
pub async fn mark_revoked(
    txn: &impl ConnectionTrait,
    certificate: &Certificate,
    at: DateTimeUtc,
    reason: Option<CrlReason>,
) -> Result<(), DbErr> {
    let mut row = certificate.clone().into_active_model();
    row.revoked_at = Set(Some(at));
    row.revocation_reason = Set(reason.map(|reason| i32::from(reason.code())));
    row.update(txn).await.map(|_| ())
}

/// The same for many certificates: when the CA revoked each of them, and why.
pub async fn mark_revoked_many(
    txn: &impl ConnectionTrait,
    revoked: &[(i64, DateTimeUtc, CrlReason)],
) -> Result<(), DbErr> {
    let rows = Rows::default()
        .numbers("row_id", revoked.iter().map(|(id, ..)| *id))
        .instants("row_revoked_at", revoked.iter().map(|(_, at, _)| *at))
        .numbers("row_reason", revoked.iter().map(|(.., reason)| i64::from(reason.code())));
    let mut update = Entity::update_many()
        .col_expr(Column::RevokedAt, given("row_revoked_at"))
        .col_expr(Column::RevocationReason, given("row_reason"))
        .filter(Expr::col((Entity, Column::Id)).eq(given("row_id")));
    QueryTrait::query(&mut update).from(rows.into_table(txn));
    update.exec(txn).await.map(|_| ())
}

/// Whether the key may not be certified again because it was revoked for compromise.
pub async fn is_key_blocked(db: &impl ConnectionTrait, spki_sha256: &str) -> Result<bool, DbErr> {
    Ok(blocked_keys::Entity::find_by_id(spki_sha256.to_owned()).one(db).await?.is_some())
}

/// Keeps a compromised key from being certified again; a key blocked before stays as it is.
pub async fn block_key(txn: &impl ConnectionTrait, spki_sha256: &str, now: DateTimeUtc) -> Result<(), DbErr> {
    if is_key_blocked(txn, spki_sha256).await? {
        return Ok(());
    }
    blocked_keys::Entity::insert(blocked_keys::ActiveModel {
        spki_sha256: Set(spki_sha256.to_owned()),
        reason: Set("key_compromise".to_owned()),
        blocked_at: Set(now),
    })
    .exec_without_returning(txn)
    .await
    .map(|_| ())
}

/// The certificates on a key that are neither revoked nor expired at `now`, oldest first: of all subscribers, or of one.
pub async fn live_with_key(
    db: &impl ConnectionTrait,
    spki_sha256: &str,
    subscriber_id: Option<i64>,
    now: DateTimeUtc,
) -> Result<Vec<Certificate>, DbErr> {
    let own = Condition::all().add_option(subscriber_id.map(|id| Column::SubscriberId.eq(id)));
    Entity::find()
        .filter(Column::SpkiSha256.eq(spki_sha256))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::NotAfter.gte(now))
        .filter(own)
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// By reception number (its own, or that of a case that revokes it), or by a part of a domain or organisation name;
/// the longest valid first.
pub async fn search(db: &impl ConnectionTrait, q: &str, limit: u64) -> Result<Vec<Certificate>, DbErr> {
    let found = match q.parse::<ReceptionNumber>() {
        Ok(number) => {
            let sources = revocation_cases::Entity::find()
                .select_only()
                .column(revocation_cases::Column::SourceCertificateId)
                .filter(revocation_cases::Column::ReceptionNumber.eq(number))
                .into_query();
            Condition::any().add(Column::ReceptionNumber.eq(number)).add(Column::Id.in_subquery(sources))
        }
        Err(_) => {
            let wanted = normalize(q);
            let owners = subscribers::Entity::find()
                .select_only()
                .column(subscribers::Column::Id)
                .filter(contains(subscribers::Column::SearchName, &wanted))
                .into_query();
            Condition::any().add(contains(Column::SearchNames, &wanted)).add(Column::SubscriberId.in_subquery(owners))
        }
    };
    Entity::find().filter(found).order_by_desc(Column::NotAfter).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// The ids of those whose first name, without `www.`, begins with `site`.
pub(super) fn site_begins(backend: DatabaseBackend, site: &str) -> SelectStatement {
    let column =
        if backend == DatabaseBackend::Sqlite { "search_site" } else { "search_site(search_names) COLLATE \"C\"" };
    ids_between(column, site)
}

/// The ids of those whose first name ends with `site`; on SQLite at least with its last [`LONGEST_TAIL`] characters.
pub(super) fn site_ends(backend: DatabaseBackend, site: &str) -> SelectStatement {
    let backwards = site.chars().rev();
    match backend {
        DatabaseBackend::Sqlite => {
            ids_between("search_site_reversed", &backwards.take(LONGEST_TAIL).collect::<String>())
        }
        _ => ids_between("reverse(search_site(search_names)) COLLATE \"C\"", &backwards.collect::<String>()),
    }
}

/// Characters of a name's end in SQLite's index (migration 000005).
const LONGEST_TAIL: usize = 64;

fn ids_between(text: &'static str, beginning: &str) -> SelectStatement {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Expr::cust(text).gte(beginning))
        .filter(Expr::cust(text).lt(beyond(beginning)))
        .into_query()
}

/// A plain substring: `%` and `_` mean themselves.
fn contains(column: impl ColumnTrait, part: &str) -> Expr {
    let escaped = part.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    Expr::col(column.as_column_ref()).like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
}

pub async fn by_fingerprint(
    db: &impl ConnectionTrait,
    fingerprint: &Fingerprint,
) -> Result<Option<Certificate>, DbErr> {
    Entity::find().filter(Column::Sha256.eq(fingerprint.clone())).one(db).await
}

pub async fn is_reception_number_taken(db: &impl ConnectionTrait, number: ReceptionNumber) -> Result<bool, DbErr> {
    Ok(by_reception_number(db, number).await?.is_some())
}

/// The certificate that was issued on the application with this number.
pub async fn by_reception_number(
    db: &impl ConnectionTrait,
    number: ReceptionNumber,
) -> Result<Option<Certificate>, DbErr> {
    Entity::find().filter(Column::ReceptionNumber.eq(number)).one(db).await
}

pub async fn by_serial(
    db: &impl ConnectionTrait,
    issuer: &str,
    serial: &SerialNumber,
) -> Result<Option<Certificate>, DbErr> {
    Entity::find().filter(Column::Issuer.eq(issuer)).filter(Column::Serial.eq(serial.clone())).one(db).await
}
