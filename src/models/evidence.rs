//! Proof bytes, each document kept once, and what they prove about cases.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, FromQueryResult, QueryOrder, QuerySelect};

use super::_entities::evidence_documents;
use super::columns::EvidenceKind;

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
    let known: Option<i64> = evidence_documents::Entity::find()
        .select_only()
        .column(evidence_documents::Column::Id)
        .filter(evidence_documents::Column::Sha256.eq(new.sha256.as_str()))
        .into_tuple()
        .one(txn)
        .await?;
    if let Some(id) = known {
        return Ok(id);
    }
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
    Ok(row.insert(txn).await?.id)
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
    use evidence_documents::Column as Document;
    let proofs = of_case(db, case_id).await?;
    let documents: Vec<DocumentFacts> = evidence_documents::Entity::find()
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
        .filter(Document::Id.is_in(proofs.iter().map(|proof| proof.document_id)))
        .into_model()
        .all(db)
        .await?;
    let described = proofs.into_iter().filter_map(|proof| {
        let document = documents.iter().find(|document| document.id == proof.document_id)?.clone();
        Some((proof, document))
    });
    Ok(described.collect())
}
