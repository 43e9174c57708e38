//! Search over cases: by a part of the organisation's name, by the beginning or the end of the domain name, by the
//! beginning of the reception number.
//!
//! Every way gives the rows that [`Term::holds`] holds, in the order of the list; they differ in cost only. A common term
//! is found by walking along the list until the page is full, a rare one by asking the indexes. Which of them it is shows
//! from the first rows of the list and from a count with a bound, never from the planner's guess
//! (`docs/adr/0013-search.md`).

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Asterisk, DynIden, ExprTrait, IntoIden, LikeExpr, Query, SelectStatement, UnionType};
use sea_orm::{Condition, ConnectionTrait, DeriveIden, FromQueryResult, Iterable};

use super::keyset::{Keyset, Page, Place};
use super::messages::like_literal;
use super::revocation_cases::{Case, Column, Entity};
use super::{certificates, subscribers};
use crate::domain::search::{normalize, site};

/// Up to where a way is worth going.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Rows of the list that are looked at first: a term that one case in a hundred has fills its page here.
    pub short_walk: u64,
    /// Organisations, or certificates, or numbers, up to which all their cases are fetched and sorted.
    pub few: u64,
    /// Rows that are looked at when the indexes know too many.
    pub long_walk: u64,
}

/// Measured at 5,000,000 cases: each way ends within some ten milliseconds.
pub const BOUNDS: Bounds = Bounds { short_walk: 4_000, few: 500, long_walk: 64_000 };

/// Keeps a database from merging a query into the one around it.
const FENCE: u64 = i64::MAX.unsigned_abs();

/// What is searched for, folded like what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    name: String,
    site: String,
    number: Option<String>,
}

#[derive(Clone, Copy, DeriveIden)]
enum Copied {
    SearchOrganization,
    SearchSite,
}

impl Copied {
    const ALL: [Self; 2] = [Self::SearchOrganization, Self::SearchSite];
}

impl Term {
    pub fn read(typed: &str) -> Self {
        let name = normalize(typed);
        Self { site: site(&name).to_owned(), number: number(&name), name }
    }

    /// Whether a row of the list is one. A term that folds to nothing finds nothing.
    pub fn holds(&self) -> Condition {
        let like = |column: DynIden, pattern: String| Expr::col(column).like(LikeExpr::new(pattern).escape('\\'));
        let (name, site) = (like_literal(&self.name), like_literal(&self.site));
        let number = self.number.as_ref();
        let any = Condition::any()
            .add_option((!name.is_empty()).then(|| like(Copied::SearchOrganization.into_iden(), format!("%{name}%"))))
            .add_option((!site.is_empty()).then(|| like(Copied::SearchSite.into_iden(), format!("{site}%"))))
            .add_option((!site.is_empty()).then(|| like(Copied::SearchSite.into_iden(), format!("%{site}"))))
            .add_option(number.map(|number| like(Column::ReceptionNumber.into_iden(), format!("{number}%"))));
        if any.is_empty() { any.add(Expr::Constant(false.into())) } else { any }
    }
}

/// `RQ-2608` for `rq-2608`, and for the same without its letters.
fn number(folded: &str) -> Option<String> {
    let digits = folded.strip_prefix("rq-").unwrap_or(folded);
    let fits = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    fits.then(|| format!("RQ-{digits}"))
}

/// Texts that begin with `beginning`, compared octet by octet.
pub(super) fn range(text: impl ColumnTrait, beginning: &str) -> Condition {
    Condition::all().add(text.gte(beginning)).add(text.lt(beyond(beginning)))
}

/// Greater than every text that begins with `beginning`.
pub(super) fn beyond(beginning: &str) -> String {
    format!("{beginning}{}", char::MAX)
}

/// Up to one row more than `limit` of `list`, in the order in which [`Page::cut`] takes them.
pub async fn page<C: Place>(
    db: &impl ConnectionTrait,
    term: &Term,
    list: &SelectStatement,
    order: &Keyset<2, Column>,
    page: &Page<C>,
    limit: u64,
    bounds: Bounds,
) -> Result<Vec<Case>, DbErr> {
    if term.name.is_empty() {
        return Ok(Vec::new());
    }
    let search = Search { db, term, list, order, page, limit, bounds };
    if let Some(full) = search.walk(bounds.short_walk).await? {
        return Ok(full);
    }
    let found = found(db, term).await?;
    if let Some(few) = search.few(&found).await? {
        return search.gather(few).await;
    }
    match search.walk(bounds.long_walk).await? {
        Some(full) => Ok(full),
        None => {
            search.gather(found.into_iter().map(|(column, ids)| Expr::col(column).in_subquery(ids)).collect()).await
        }
    }
}

struct Search<'a, D, C> {
    db: &'a D,
    term: &'a Term,
    list: &'a SelectStatement,
    order: &'a Keyset<2, Column>,
    page: &'a Page<C>,
    limit: u64,
    bounds: Bounds,
}

impl<D: ConnectionTrait, C: Place> Search<'_, D, C> {
    /// The page, if it is full after `rows` rows of the list. The walk reads one index; only the rows found are fetched.
    async fn walk(&self, rows: u64) -> Result<Option<Vec<Case>>, DbErr> {
        let mut nearest = self.list.clone();
        nearest.clear_selects().columns([Column::Id, Column::DueOn]).columns(Copied::ALL);
        if self.term.number.is_some() {
            nearest.column(Column::ReceptionNumber);
        }
        self.order.narrow(&mut nearest, self.page, rows - 1);
        let mut ids = Query::select().column(Column::Id).from_subquery(nearest, Entity).to_owned();
        ids.cond_where(self.term.holds());
        self.order.narrow(&mut ids, self.page, self.limit);
        let mut found = Query::select().columns(Column::iter()).from(Entity).to_owned();
        found.and_where(Expr::col(Column::Id).in_subquery(ids));
        self.order.narrow(&mut found, self.page, self.limit);
        let cases = self.read(found).await?;
        Ok((cases.len() as u64 > self.limit).then_some(cases))
    }

    /// The cases of the list that are among these, sorted.
    async fn gather(&self, mut found: Vec<Expr>) -> Result<Vec<Case>, DbErr> {
        let Some(last) = found.pop() else { return Ok(Vec::new()) };
        let mut inner = self.list.clone();
        inner.clear_selects().column(Asterisk);
        if found.is_empty() {
            inner.and_where(last);
        } else {
            let ids = |among| Query::select().column(Column::Id).from(Entity).and_where(among).to_owned();
            let mut all = ids(last);
            all.unions(found.into_iter().map(|among| (UnionType::Distinct, ids(among))));
            inner.and_where(Expr::col(Column::Id).in_subquery(all));
        }
        inner.limit(FENCE);
        let mut page = Query::select().columns(Column::iter()).from_subquery(inner, Entity).to_owned();
        page.cond_where(self.term.holds());
        self.order.narrow(&mut page, self.page, self.limit);
        self.read(page).await
    }

    async fn read(&self, query: SelectStatement) -> Result<Vec<Case>, DbErr> {
        self.db.query_all(&query).await?.iter().map(|row| Case::from_query_result(row, "")).collect()
    }

    /// What the indexes find, when it is not much.
    async fn few(&self, found: &[(Column, SelectStatement)]) -> Result<Option<Vec<Expr>>, DbErr> {
        let bounded = found.iter().zip(0..).map(|((_, ids), place)| {
            let few = ids.clone().limit(self.bounds.few + 1).to_owned();
            Query::select()
                .expr(Expr::Constant(place.into()))
                .column(Column::Id)
                .from_subquery(few, Alias::new("few"))
                .to_owned()
        });
        let Some(query) = bounded.reduce(|mut all, one| all.union(UnionType::All, one).to_owned()) else {
            return Ok(Some(Vec::new()));
        };
        let mut ids: Vec<Vec<i64>> = vec![Vec::new(); found.len()];
        for row in self.db.query_all(&query).await? {
            let place: i32 = row.try_get_by_index(0)?;
            if let Some(ids) = usize::try_from(place).ok().and_then(|place| ids.get_mut(place)) {
                ids.push(row.try_get_by_index(1)?);
            }
        }
        if ids.iter().any(|ids| ids.len() as u64 > self.bounds.few) {
            return Ok(None);
        }
        let among = found.iter().zip(ids).filter(|(_, ids)| !ids.is_empty());
        Ok(Some(among.map(|((column, _), ids)| column.is_in(ids)).collect()))
    }
}

/// What the indexes find: which column of a case, and a query of its values.
async fn found(db: &impl ConnectionTrait, term: &Term) -> Result<Vec<(Column, SelectStatement)>, DbErr> {
    let backend = db.get_database_backend();
    let mut found = vec![(Column::SubscriberId, subscribers::containing(db, &term.name).await?)];
    if !term.site.is_empty() {
        found.push((Column::SourceCertificateId, certificates::site_begins(backend, &term.site)));
        found.push((Column::SourceCertificateId, certificates::site_ends(backend, &term.site)));
    }
    if let Some(number) = &term.number {
        let in_range = range(Column::ReceptionNumber, number);
        found.push((Column::Id, Query::select().column(Column::Id).from(Entity).cond_where(in_range).to_owned()));
    }
    Ok(found)
}
