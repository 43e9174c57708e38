//! Pages of a list by the last row seen: they neither skip nor repeat while rows come and go, and the millionth page costs
//! what the first costs.
//!
//! Owns the comparison with the cursor, the order and the row more that tells whether the list goes on. What a list holds
//! and by what it is ordered is the list's business.

use sea_orm::Value;
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, Order, SelectStatement};

/// A part of a list. `C` names the row that was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page<C> {
    First,
    After(C),
    Before(C),
}

impl<C> Page<C> {
    /// What an address asks for: `after` wins, nothing is the first page.
    pub fn of(after: Option<C>, before: Option<C>) -> Self {
        match (after, before) {
            (Some(cursor), _) => Self::After(cursor),
            (None, Some(cursor)) => Self::Before(cursor),
            (None, None) => Self::First,
        }
    }

    /// Whether rows come before and after those shown, when rows follow in the direction asked (`more`).
    pub fn neighbours(&self, more: bool) -> (bool, bool) {
        match self {
            Self::First => (false, more),
            Self::After(_) => (true, more),
            Self::Before(_) => (more, true),
        }
    }

    /// Puts rows read by [`Keyset::narrow`] into the order of the list, and tells whether more follow in the direction
    /// asked.
    pub fn cut<T>(&self, mut rows: Vec<T>, limit: u64) -> (Vec<T>, bool) {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if matches!(self, Self::Before(_)) {
            rows.reverse();
        }
        (rows, more)
    }
}

/// The row of a cursor, as values of the columns that order the list.
pub trait Place {
    fn values(&self) -> Vec<Value>;
}

impl Place for i64 {
    fn values(&self) -> Vec<Value> {
        vec![(*self).into()]
    }
}

/// By what a list is ordered: columns that name a row together, all in one direction.
#[derive(Debug, Clone)]
pub struct Keyset<const N: usize, K> {
    pub columns: [K; N],
    pub newest_first: bool,
}

impl<const N: usize, K: IntoColumnRef + Copy> Keyset<N, K> {
    /// Narrows `query` to the page, in the order in which [`Page::cut`] takes its rows.
    pub fn narrow<C: Place>(&self, query: &mut SelectStatement, page: &Page<C>, limit: u64) {
        let (cursor, backward) = match page {
            Page::First => (None, false),
            Page::After(cursor) => (Some(cursor), false),
            Page::Before(cursor) => (Some(cursor), true),
        };
        let descending = self.newest_first != backward;
        if let Some(cursor) = cursor {
            // Compared as a row: one range of the index, not two conditions joined by OR.
            let key = Expr::tuple(self.columns.map(Expr::col));
            let last = Expr::tuple(cursor.values().into_iter().map(Expr::val));
            query.and_where(if descending { key.lt(last) } else { key.gt(last) });
        }
        self.order(query, descending);
        query.limit(limit + 1);
    }

    /// In the order of the list.
    pub fn ordered(&self, mut query: SelectStatement) -> SelectStatement {
        self.order(&mut query, self.newest_first);
        query
    }

    fn order(&self, query: &mut SelectStatement, descending: bool) {
        for column in self.columns {
            query.order_by(column, if descending { Order::Desc } else { Order::Asc });
        }
    }
}
