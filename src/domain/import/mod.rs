//! What an order system hands over: certificates, contacts and applications, row by row.
//!
//! Owns the kinds of imports, how far an import and each of its rows have come, and the columns and cells of a row. What a
//! row comes to is judged by the actions that a single request uses.

mod application_row;
mod cells;
mod certificate_row;
mod contact_row;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub use self::application_row::{ApplicationRow, CsrCell, Source};
pub use self::certificate_row::CertificateRow;
pub use self::contact_row::{ContactCells, ContactRow};
use super::named::named;
use super::problem::Problem;

/// Rows that one call of the API may bring.
pub const ROWS_AT_ONCE: usize = 1_000;

/// Rows that one import may have.
pub const ROWS_AT_MOST: i64 = 1_000_000;

/// Characters of a row, all cells together: a certificate or a CSR with whom it belongs to.
pub const LONGEST_ROW: usize = 64 * 1024;

/// Columns of a file of refused rows, which may come back as they are once its rows were corrected.
pub const REMARKS: [&str; 2] = ["import_line", "import_reason"];

named! {
    /// What the rows of an import are.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum ImportKind {
        /// Issued certificates, with their organisations and contacts.
        Certificates = "certificates",
        /// Contacts of organisations that are there.
        Contacts = "contacts",
        /// Applications to reissue and to revoke.
        Applications = "applications",
    }
    else |text| match text {
        "" => Problem::on("kind", "import_kind_missing"),
        other => Problem::on("kind", "import_kind_unknown").with("value", other),
    }
}

named! {
    /// How far an import has come: `Open → Running → Finished`, or `Cancelled` from either of the first two.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum ImportState {
        /// Rows are still coming.
        Open = "open",
        /// All rows are there; one after the other is carried out.
        Running = "running",
        Finished = "finished",
        /// Somebody stopped it. What was carried out stays.
        Cancelled = "cancelled",
    }
    else |text| Problem::new("value_unknown").with("value", text)
}

named! {
    /// What became of a row.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum RowState {
        Waiting = "waiting",
        Registered = "registered",
        /// What it says was there before.
        Known = "known",
        Refused = "refused",
    }
    else |text| Problem::on("state", "import_row_state_unknown").with("value", text)
}

impl ImportKind {
    /// The columns that there are, in the order in which files have them.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Certificates => &certificate_row::COLUMNS,
            Self::Contacts => &contact_row::COLUMNS,
            Self::Applications => &application_row::COLUMNS,
        }
    }

    /// The columns that a file must have.
    pub fn required_columns(self) -> &'static [&'static str] {
        match self {
            Self::Certificates => &["subscriber", "pem"],
            Self::Contacts => &["subscriber", "role", "name", "email", "phone", "phone_source", "verified_on"],
            Self::Applications => &["reason", "csr", "consent_version"],
        }
    }
}

/// What a row says: its cells by column, as they came, without space around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(BTreeMap<String, String>);

impl Content {
    /// Refused for a column that there is not, and for more than a row may hold.
    pub fn new(kind: ImportKind, cells: impl IntoIterator<Item = (String, String)>) -> Result<Self, Problem> {
        let cells: BTreeMap<String, String> =
            cells.into_iter().map(|(column, cell)| (column, cell.trim().to_owned())).collect();
        if let Some(unknown) = cells.keys().find(|column| !kind.columns().contains(&column.as_str())) {
            let shown: String = unknown.chars().take(40).collect();
            return Err(Problem::on("values", "import_column_unknown").with("value", shown));
        }
        if cells.values().map(String::len).sum::<usize>() > LONGEST_ROW {
            return Err(Problem::on("values", "import_row_too_long").with("limit", LONGEST_ROW));
        }
        Ok(Self(cells))
    }

    /// As it was kept by [`Content::text`].
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    pub fn text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// The cell of a column; nothing where it is empty.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    fn has_column(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }

    /// Tells two rows of a kind apart that do not say the same.
    pub fn sha256(&self, kind: ImportKind) -> String {
        let mut digest = Sha256::new();
        digest.update(kind.as_str());
        digest.update([0]);
        for (column, cell) in self.0.iter().filter(|(_, cell)| !cell.is_empty()) {
            digest.update(column);
            digest.update([0]);
            digest.update(cell);
            digest.update([0]);
        }
        hex::encode(digest.finalize())
    }
}

/// Refuses a heading that has no such columns, has one twice, or lacks one that is needed.
pub fn check_headings(kind: ImportKind, headings: &[String]) -> Result<(), Problem> {
    let refused = |code, value: &str| Err(Problem::on("file", code).with("value", value));
    for (index, heading) in headings.iter().enumerate() {
        let is_known = kind.columns().contains(&heading.as_str()) || REMARKS.contains(&heading.as_str());
        if !is_known {
            return refused("import_column_unknown", &heading.chars().take(40).collect::<String>());
        }
        if headings[..index].contains(heading) {
            return refused("import_column_twice", heading);
        }
    }
    match kind.required_columns().iter().find(|needed| headings.iter().all(|heading| heading != *needed)) {
        Some(missing) => refused("import_column_missing", missing),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(kind: ImportKind, cells: &[(&str, &str)]) -> Result<Content, Problem> {
        Content::new(kind, cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())))
    }

    #[test]
    fn a_row_has_only_columns_of_its_kind_and_a_limit() {
        let long = "x".repeat(LONGEST_ROW);
        for (kind, column, cell, code) in [
            (ImportKind::Certificates, "pem", "x", None),
            (ImportKind::Certificates, "reason", "x", Some("import_column_unknown")),
            (ImportKind::Applications, "reason", "x", None),
            (ImportKind::Contacts, "pem", "x", Some("import_column_unknown")),
            (ImportKind::Contacts, "name", long.as_str(), None),
        ] {
            let refused = content(kind, &[(column, cell)]).err().map(|problem| problem.code);
            assert_eq!(refused, code, "{kind:?} {column}");
        }
        let refused = content(ImportKind::Contacts, &[("name", &long), ("email", "y")]).unwrap_err();
        assert_eq!(refused.code, "import_row_too_long");
    }

    #[test]
    fn rows_that_say_the_same_have_one_sum_and_no_others() {
        let sum = |cells: &[(&str, &str)]| content(ImportKind::Contacts, cells).unwrap().sha256(ImportKind::Contacts);
        let row = sum(&[("name", "a"), ("email", "b")]);
        assert_eq!(row, sum(&[("email", " b "), ("name", "a"), ("phone", "")]));
        for other in [
            sum(&[("name", "a")]),
            sum(&[("name", "b"), ("email", "a")]),
            sum(&[("name", "aemailb")]),
            content(ImportKind::Certificates, &[]).unwrap().sha256(ImportKind::Applications),
        ] {
            assert_ne!(row, other);
        }
        let read = Content::read(&content(ImportKind::Contacts, &[("name", "a"), ("email", "b")]).unwrap().text());
        assert_eq!(read.unwrap().sha256(ImportKind::Contacts), row);
    }

    #[test]
    fn every_column_that_is_needed_is_a_column() {
        for kind in ImportKind::ALL {
            assert!(kind.required_columns().iter().all(|needed| kind.columns().contains(needed)), "{kind:?}");
            let all: Vec<String> = kind.columns().iter().map(ToString::to_string).collect();
            assert_eq!(check_headings(kind, &all), Ok(()));
        }
    }
}
