//! Many rows as one parameter (or one for each column) of a statement, on both databases.
//!
//! The text of a statement stays the same however many rows it carries, so it is prepared once; and there is no limit to
//! the number of bound values to run into.

use chrono::SecondsFormat;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{
    Alias, ArrayType, ExprTrait, Func, InsertStatement, IntoIden, Query, SelectStatement, SimpleExpr, TableRef, Value,
};
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde_json::json;

/// The name of the rows in a statement.
const ROWS: &str = "given";

/// Columns of equal length. Their names must not be names of the table that they are joined with.
#[derive(Debug, Default)]
pub struct Rows(Vec<(&'static str, Cells)>);

#[derive(Debug)]
enum Cells {
    Numbers(Vec<i64>),
    Texts(Vec<String>),
    Instants(Vec<DateTimeUtc>),
}

impl Rows {
    #[must_use]
    pub fn numbers(mut self, name: &'static str, cells: impl IntoIterator<Item = i64>) -> Self {
        self.0.push((name, Cells::Numbers(cells.into_iter().collect())));
        self
    }

    #[must_use]
    pub fn texts(mut self, name: &'static str, cells: impl IntoIterator<Item = String>) -> Self {
        self.0.push((name, Cells::Texts(cells.into_iter().collect())));
        self
    }

    #[must_use]
    pub fn instants(mut self, name: &'static str, cells: impl IntoIterator<Item = DateTimeUtc>) -> Self {
        self.0.push((name, Cells::Instants(cells.into_iter().collect())));
        self
    }

    /// For FROM.
    pub fn into_table(self, db: &impl ConnectionTrait) -> TableRef {
        let select = if is_postgres(db) { self.unnested() } else { self.in_json() };
        TableRef::SubQuery(Box::new(select), ROWS.into_iden())
    }

    /// `INSERT INTO entity (…) SELECT …`: each column with what it is filled with.
    pub fn into_insert<E: EntityTrait<Column = C>, C: ColumnTrait>(
        self,
        db: &impl ConnectionTrait,
        entity: E,
        filled: impl IntoIterator<Item = (C, SimpleExpr)>,
    ) -> Result<InsertStatement, DbErr> {
        let (columns, cells): (Vec<C>, Vec<SimpleExpr>) = filled.into_iter().unzip();
        let mut select = Query::select();
        // SQLite could not tell an ON CONFLICT from a join without the condition.
        select.exprs(cells).from(self.into_table(db)).and_where(Expr::val(1).eq(1));
        let mut insert = Query::insert();
        insert.into_table(entity).columns(columns);
        insert.select_from(select).map_err(|error| DbErr::Custom(error.to_string()))?;
        Ok(insert)
    }

    fn unnested(self) -> SelectStatement {
        let mut select = Query::select();
        for (name, cells) in self.0 {
            let array = match cells {
                Cells::Numbers(cells) => array(ArrayType::BigInt, cells),
                Cells::Texts(cells) => array(ArrayType::String, cells),
                Cells::Instants(cells) => array(ArrayType::ChronoDateTimeUtc, cells),
            };
            select.expr_as(Func::cust(Alias::new("UNNEST")).arg(Expr::val(array)), Alias::new(name));
        }
        select
    }

    /// SQLite: one JSON text, an array for each column.
    fn in_json(self) -> SelectStatement {
        let mut select = Query::select();
        let mut columns = Vec::with_capacity(self.0.len());
        let length = self.0.first().map_or(0, |(_, cells)| cells.len());
        for (index, (name, cells)) in self.0.into_iter().enumerate() {
            columns.push(cells.into_json());
            select.expr_as(Expr::cust(format!("json_extract(cells.value, '$[{index}]')")), Alias::new(name));
        }
        let rows: Vec<Vec<serde_json::Value>> =
            (0..length).map(|row| columns.iter_mut().map(|column| column[row].take()).collect()).collect();
        let text = serde_json::Value::from(rows.into_iter().map(serde_json::Value::from).collect::<Vec<_>>());
        select.from_function(Func::cust(Alias::new("json_each")).arg(text.to_string()), Alias::new("cells"));
        select
    }
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(cells) => cells.len(),
            Self::Texts(cells) => cells.len(),
            Self::Instants(cells) => cells.len(),
        }
    }

    fn into_json(self) -> Vec<serde_json::Value> {
        match self {
            Self::Numbers(cells) => cells.into_iter().map(|cell| json!(cell)).collect(),
            Self::Texts(cells) => cells.into_iter().map(|cell| json!(cell)).collect(),
            // As the driver writes instants on SQLite, where they are compared as text.
            Self::Instants(cells) => {
                cells.into_iter().map(|cell| json!(cell.to_rfc3339_opts(SecondsFormat::AutoSi, false))).collect()
            }
        }
    }
}

/// A column of the rows.
pub fn given(name: &'static str) -> SimpleExpr {
    Expr::col((Alias::new(ROWS), Alias::new(name)))
}

/// Whether `column` is one of `values`.
pub fn among<C: ColumnTrait>(db: &impl ConnectionTrait, column: C, values: Vec<i64>) -> SimpleExpr {
    if is_postgres(db) {
        Expr::col(column.as_column_ref()).eq(PgFunc::any(Expr::val(array(ArrayType::BigInt, values))))
    } else {
        column.is_in(values)
    }
}

fn array<T: Into<Value>>(kind: ArrayType, cells: Vec<T>) -> Value {
    Value::Array(kind, Some(Box::new(cells.into_iter().map(Into::into).collect())))
}

fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DatabaseBackend::Postgres
}
