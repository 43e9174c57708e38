//! The certificates of one subscriber, as its customers look at them: views, search, keyset pages and their counts.
//!
//! Every query is held within the subscriber. The newest application comes first; the cursor names the last row seen, so
//! pages neither skip nor repeat while certificates come in.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, LikeExpr};
use sea_orm::{Condition, ConnectionTrait, FromQueryResult, QuerySelect, QueryTrait};

use super::_entities::revocation_cases;
use super::certificates::{Certificate, Column, Entity};
use super::counting::{self, Count};
use super::keyset::{self, Keyset};
use super::revocation_cases::Case;
use crate::domain::case::CaseState;
use crate::domain::certificate::ValidationType;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::search::normalize;
use crate::errors::{Error, Result};

/// The tabs of 証明書一覧.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CertificateView {
    /// Neither revoked nor expired.
    #[default]
    Valid,
    /// With a case under way.
    InProgress,
    /// Revoked or expired.
    Ended,
    All,
}

impl CertificateView {
    pub const ALL: [Self; 4] = [Self::Valid, Self::InProgress, Self::Ended, Self::All];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::InProgress => "in_progress",
            Self::Ended => "ended",
            Self::All => "all",
        }
    }
}

impl std::str::FromStr for CertificateView {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|view| view.as_str() == text)
            .ok_or_else(|| Problem::on("view", "view_unknown").with("value", text))
    }
}

/// What the list is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct CertificateFilter {
    pub subscriber_id: i64,
    pub view: CertificateView,
    /// Part of a domain name or of a reception number, as typed.
    pub q: String,
}

/// A place in the list: the row that was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub not_before: DateTimeUtc,
    pub id: i64,
}

impl keyset::Place for Cursor {
    fn values(&self) -> Vec<Value> {
        vec![self.not_before.into(), self.id.into()]
    }
}

pub type Page = keyset::Page<Cursor>;

const ORDER: Keyset<2, Column> = Keyset { columns: [Column::NotBefore, Column::Id], newest_first: true };

/// A certificate without its bytes, and the case under way for it.
#[derive(Debug, Clone)]
pub struct CertificateRow {
    pub certificate: ListedCertificate,
    pub open_case: Option<Case>,
}

#[derive(Debug, Clone, FromQueryResult)]
pub struct ListedCertificate {
    pub id: i64,
    pub reception_number: Option<ReceptionNumber>,
    pub common_name: String,
    pub dns_names: String,
    pub validation: ValidationType,
    pub not_before: DateTimeUtc,
    pub not_after: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
}

/// One page in list order, and whether rows follow in the direction asked.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &CertificateFilter,
    page: Page,
    limit: u64,
    now: DateTimeUtc,
) -> Result<(Vec<CertificateRow>, bool), DbErr> {
    let mut query = Entity::find().filter(condition(filter, now)).select_only().columns([
        Column::Id,
        Column::ReceptionNumber,
        Column::CommonName,
        Column::DnsNames,
        Column::Validation,
        Column::NotBefore,
        Column::NotAfter,
        Column::RevokedAt,
    ]);
    ORDER.narrow(QueryTrait::query(&mut query), &page, limit);
    let (certificates, more) = page.cut(query.into_model().all(db).await?, limit);
    Ok((with_open_cases(db, certificates).await?, more))
}

async fn with_open_cases(
    db: &impl ConnectionTrait,
    certificates: Vec<ListedCertificate>,
) -> Result<Vec<CertificateRow>, DbErr> {
    let ids = certificates.iter().map(|certificate| certificate.id);
    let mut cases = revocation_cases::Entity::find()
        .filter(revocation_cases::Column::SourceCertificateId.is_in(ids))
        .filter(revocation_cases::Column::State.is_not_in(CaseState::CLOSED))
        .all(db)
        .await?;
    let rows = certificates.into_iter().map(|certificate| {
        let place = cases.iter().position(|case| case.source_certificate_id == certificate.id);
        CertificateRow { open_case: place.map(|place| cases.swap_remove(place)), certificate }
    });
    Ok(rows.collect())
}

/// How many certificates each filter holds, up to a limit.
pub async fn counts(
    db: &impl ConnectionTrait,
    filters: impl IntoIterator<Item = CertificateFilter>,
    now: DateTimeUtc,
) -> Result<Vec<Count>, DbErr> {
    let queries = filters.into_iter().map(|filter| Entity::find().filter(condition(&filter, now)).into_query());
    counting::each(db, queries.collect()).await
}

fn condition(filter: &CertificateFilter, now: DateTimeUtc) -> Condition {
    let own = Condition::all().add(Column::SubscriberId.eq(filter.subscriber_id));
    let own = match filter.view {
        CertificateView::Valid => own.add(Column::RevokedAt.is_null()).add(Column::NotAfter.gte(now)),
        CertificateView::Ended => {
            own.add(Condition::any().add(Column::RevokedAt.is_not_null()).add(Column::NotAfter.lt(now)))
        }
        CertificateView::InProgress => own.add(Column::Id.in_subquery(sources_of_open_cases(filter.subscriber_id))),
        CertificateView::All => own,
    };
    match filter.q.trim() {
        "" => own,
        q => own.add(search_condition(q)),
    }
}

fn sources_of_open_cases(subscriber_id: i64) -> sea_orm::sea_query::SelectStatement {
    revocation_cases::Entity::find()
        .select_only()
        .column(revocation_cases::Column::SourceCertificateId)
        .filter(revocation_cases::Column::SubscriberId.eq(subscriber_id))
        .filter(revocation_cases::Column::State.is_not_in(CaseState::CLOSED))
        .into_query()
}

/// A whole reception number is looked up as such; anything else is a part of a name, folded like the stored names, or of
/// a number. Text that folds to nothing finds nothing.
fn search_condition(q: &str) -> Condition {
    if let Ok(number) = q.parse::<ReceptionNumber>() {
        return Condition::any().add(Column::ReceptionNumber.eq(number));
    }
    let wanted = normalize(q);
    if wanted.is_empty() {
        return Condition::any().add(Column::Id.is_null());
    }
    let number = wanted.to_uppercase();
    Condition::any().add(contains(Column::SearchNames, &wanted)).add(contains(Column::ReceptionNumber, &number))
}

/// A plain substring: `%` and `_` mean themselves.
fn contains(column: Column, part: &str) -> Expr {
    let escaped = part.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    Expr::col(column.as_column_ref()).like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
}

/// The subscriber's certificate with this reception number. Another organisation's does not exist.
pub async fn of_subscriber(
    db: &impl ConnectionTrait,
    subscriber_id: i64,
    number: ReceptionNumber,
) -> Result<Certificate> {
    Entity::find()
        .filter(Column::SubscriberId.eq(subscriber_id))
        .filter(Column::ReceptionNumber.eq(number))
        .one(db)
        .await?
        .ok_or_else(|| Error::not_found("certificate_not_found"))
}
