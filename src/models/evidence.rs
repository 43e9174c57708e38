//! Proof bytes, each document kept once, and what they prove about cases.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Func, SimpleExpr};
use sea_orm::{ActiveValue::Set, ConnectionTrait, FromQueryResult, QueryOrder, QuerySelect};

use super::_entities::evidence_documents;
use super::columns::EvidenceKind;
use super::rows::{Rows, given};
use crate::domain::certificate::SerialNumber;

pub use super::_entities::evidence::{ActiveModel, Column, Entity, Model as Evidence};
pub use super::_entities::evidence_documents::Model as EvidenceDocument;

pub struct NewDocument<'a> {
    pub kind: EvidenceKind,
    pub sha256: String,
    pub source: String,
    /// Copied only when the document is new: a large CRL proves many cases.
    pub bytes: &'a [u8],
    pub this_update: DateTimeUtc,
    pub next_update: Option<DateTimeUtc>,
}

/// The document with this hash, stored now if it is new. Returns its id.
pub async fn keep_document(txn: &impl ConnectionTrait, new: NewDocument<'_>, now: DateTimeUtc) -> Result<i64, DbErr> {
    if let Some(id) = document_id(txn, &new.sha256).await? {
        return Ok(id);
    }
    let sha256 = new.sha256.clone();
    let row = evidence_documents::ActiveModel {
        kind: Set(new.kind),
        sha256: Set(new.sha256),
        source: Set(new.source),
        bytes: Set(new.bytes.to_vec()),
        this_update: Set(new.this_update),
        next_update: Set(new.next_update),
        fetched_at: Set(now),
        ..Default::default()
    };
    // Another run may store the same document at this moment.
    evidence_documents::Entity::insert(row)
        .on_conflict_do_nothing_on([evidence_documents::Column::Sha256])
        .exec_without_returning(txn)
        .await?;
    document_id(txn, &sha256).await?.ok_or_else(|| DbErr::RecordNotFound("evidence_documents".to_owned()))
}

async fn document_id(txn: &impl ConnectionTrait, sha256: &str) -> Result<Option<i64>, DbErr> {
    evidence_documents::Entity::find()
        .select_only()
        .column(evidence_documents::Column::Id)
        .filter(evidence_documents::Column::Sha256.eq(sha256))
        .into_tuple()
        .one(txn)
        .await
}

/// What a document proves about one case.
pub struct NewEvidence<'a> {
    pub case_id: i64,
    pub document_id: i64,
    pub serial: &'a SerialNumber,
    /// The CRLReason as listed.
    pub reason: Option<u8>,
    pub revoked_at: DateTimeUtc,
}

pub async fn insert_many<'a>(
    txn: &impl ConnectionTrait,
    proven: impl Iterator<Item = &'a NewEvidence<'a>> + Clone,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    const NO_REASON: i64 = -1;
    let rows = Rows::default()
        .numbers("row_case", proven.clone().map(|new| new.case_id))
        .numbers("row_document", proven.clone().map(|new| new.document_id))
        .texts("row_serial", proven.clone().map(|new| new.serial.to_string()))
        .numbers("row_reason", proven.clone().map(|new| new.reason.map_or(NO_REASON, i64::from)))
        .instants("row_revoked_at", proven.map(|new| new.revoked_at));
    let filled: [(Column, SimpleExpr); 6] = [
        (Column::CaseId, given("row_case")),
        (Column::DocumentId, given("row_document")),
        (Column::Serial, given("row_serial")),
        (Column::RevocationReason, Func::cust("NULLIF").arg(given("row_reason")).arg(NO_REASON).into()),
        (Column::RevokedAt, given("row_revoked_at")),
        (Column::JudgedAt, now.into()),
    ];
    let insert = rows.into_insert(txn, Entity, filled)?;
    txn.execute(&insert).await.map(|_| ())
}

pub async fn document(db: &impl ConnectionTrait, id: i64) -> Result<Option<EvidenceDocument>, DbErr> {
    evidence_documents::Entity::find_by_id(id).one(db).await
}

pub async fn of_case(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<Evidence>, DbErr> {
    Entity::find().filter(Column::CaseId.eq(case_id)).order_by_asc(Column::Id).all(db).await
}

/// A document without its bytes.
#[derive(Debug, Clone, FromQueryResult)]
pub struct DocumentFacts {
    pub id: i64,
    pub kind: EvidenceKind,
    pub sha256: String,
    pub source: String,
    pub this_update: DateTimeUtc,
    pub next_update: Option<DateTimeUtc>,
    pub fetched_at: DateTimeUtc,
}

/// What proves a case, each with its document, oldest first.
pub async fn described(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<(Evidence, DocumentFacts)>, DbErr> {
    let proofs = of_case(db, case_id).await?;
    let documents = facts(db, proofs.iter().map(|proof| proof.document_id)).await?;
    let described = proofs.into_iter().filter_map(|proof| {
        let document = documents.iter().find(|document| document.id == proof.document_id)?.clone();
        Some((proof, document))
    });
    Ok(described.collect())
}

async fn facts(db: &impl ConnectionTrait, ids: impl Iterator<Item = i64>) -> Result<Vec<DocumentFacts>, DbErr> {
    use evidence_documents::Column as Document;
    evidence_documents::Entity::find()
        .select_only()
        .columns([
            Document::Id,
            Document::Kind,
            Document::Sha256,
            Document::Source,
            Document::ThisUpdate,
            Document::NextUpdate,
            Document::FetchedAt,
        ])
        .filter(Document::Id.is_in(ids))
        .into_model()
        .all(db)
        .await
}
