//! Cells read as what they stand for; every one that cannot be is told with its column.

use chrono::NaiveDate;

use super::Content;
use crate::domain::problem::Problem;

/// The cells of one row, and what is wrong with those that were read.
pub(super) struct Cells<'a> {
    content: &'a Content,
    pub problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    pub fn of(content: &'a Content) -> Self {
        Self { content, problems: Vec::new() }
    }

    pub fn get(&self, column: &str) -> Option<&'a str> {
        self.content.get(column)
    }

    /// Whether the row names the column, filled or not.
    pub fn has_column(&self, column: &str) -> bool {
        self.content.has_column(column)
    }

    /// A cell that must be filled.
    pub fn required(&mut self, column: &'static str) -> &'a str {
        let cell = self.get(column);
        if cell.is_none() {
            self.problems.push(Problem::on(column, "import_cell_missing").with("column", column));
        }
        cell.unwrap_or_default()
    }

    /// A cell that has a form of its own; nothing where it is empty or refused.
    pub fn parsed<T: std::str::FromStr<Err = Problem>>(&mut self, column: &'static str) -> Option<T> {
        match self.get(column)?.parse() {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(Problem { field: Some(column), ..problem });
                None
            }
        }
    }

    /// `2026-11-24` or `2026/11/24`.
    pub fn date(&mut self, column: &'static str) -> Option<NaiveDate> {
        let cell = self.get(column)?;
        let date = NaiveDate::parse_from_str(cell, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(cell, "%Y/%m/%d"));
        if date.is_err() {
            self.unreadable(column, "import_date", cell);
        }
        date.ok()
    }

    /// `true` or `false`.
    pub fn flag(&mut self, column: &'static str) -> Option<bool> {
        let cell = self.get(column)?;
        let flag = cell.parse().ok();
        if flag.is_none() {
            self.unreadable(column, "import_flag", cell);
        }
        flag
    }

    /// A PEM text, whose line breaks may be written as `\n`.
    pub fn pem(&mut self, column: &'static str, code: &'static str) -> Option<Vec<u8>> {
        let cell = self.required(column);
        if cell.is_empty() {
            return None;
        }
        let pem = cell.replace("\\r", "").replace("\\n", "\n");
        if pem.contains("-----BEGIN") {
            return Some(pem.into_bytes());
        }
        self.problems.push(Problem::on(column, code));
        None
    }

    fn unreadable(&mut self, column: &'static str, code: &'static str, cell: &str) {
        let shown: String = cell.chars().take(40).collect();
        self.problems.push(Problem::on(column, code).with("column", column).with("value", shown));
    }
}
