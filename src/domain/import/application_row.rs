//! A row that files an application as the order system took it.

use chrono::NaiveDate;

use super::Content;
use super::cells::Cells;
use crate::domain::application::ReissueReason;
use crate::domain::certificate::{Fingerprint, SerialNumber};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;

pub(super) const COLUMNS: [&str; 10] = [
    // The order system's own; makes two applications that else say the same into two.
    "order_number",
    "reception_number",
    "serial_number",
    "issuer",
    "sha256",
    "reason",
    "key_possibly_exposed",
    "requested_on",
    "csr",
    "consent_version",
];

/// The words that stand in the place of a CSR: that of the source certificate, and one that follows.
const REUSE: &str = "reuse";
const LATER: &str = "later";

#[derive(Debug, Clone)]
pub struct ApplicationRow {
    pub source: Source,
    pub reason: ReissueReason,
    pub key_possibly_exposed: Option<bool>,
    pub requested_on: Option<NaiveDate>,
    pub csr: CsrCell,
    pub consent_version: String,
}

/// Which certificate is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    ReceptionNumber(ReceptionNumber),
    /// As the certificate's issuer is written on its page and in the API (RFC 4514).
    Serial {
        issuer: String,
        serial: SerialNumber,
    },
    Fingerprint(Fingerprint),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsrCell {
    Reuse,
    Later,
    Given(Vec<u8>),
}

impl ApplicationRow {
    pub fn read(content: &Content) -> Result<Self, Vec<Problem>> {
        let mut cells = Cells::of(content);
        let source = source(&mut cells);
        cells.required("reason");
        let reason = cells.parsed("reason");
        let key_possibly_exposed = cells.flag("key_possibly_exposed");
        let requested_on = cells.date("requested_on");
        let csr = match cells.get("csr") {
            Some(REUSE) => Some(CsrCell::Reuse),
            Some(LATER) => Some(CsrCell::Later),
            Some(_) | None => cells.pem("csr", "csr_malformed").map(CsrCell::Given),
        };
        let consent_version = cells.required("consent_version").to_owned();
        match (source, reason, csr) {
            (Some(source), Some(reason), Some(csr)) if cells.problems.is_empty() => {
                Ok(Self { source, reason, key_possibly_exposed, requested_on, csr, consent_version })
            }
            _ => Err(cells.problems),
        }
    }
}

/// Exactly one of the three ways to name it.
fn source(cells: &mut Cells<'_>) -> Option<Source> {
    let by_number = cells.get("reception_number").is_some();
    let by_serial = cells.get("serial_number").is_some() || cells.get("issuer").is_some();
    let by_fingerprint = cells.get("sha256").is_some();
    match (by_number, by_serial, by_fingerprint) {
        (true, false, false) => cells.parsed("reception_number").map(Source::ReceptionNumber),
        (false, true, false) => {
            let issuer = cells.required("issuer").to_owned();
            cells.required("serial_number");
            cells.parsed("serial_number").map(|serial| Source::Serial { issuer, serial })
        }
        (false, false, true) => cells.parsed("sha256").map(Source::Fingerprint),
        _ => {
            cells.problems.push(Problem::on("reception_number", "import_certificate_naming"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::import::ImportKind;

    const COMPLETE: [(&str, &str); 4] =
        [("reception_number", "RQ-260806-0182"), ("reason", "other"), ("csr", "reuse"), ("consent_version", "1.0")];

    fn read(changes: &[(&str, &str)]) -> Result<ApplicationRow, Vec<(Option<&'static str>, &'static str)>> {
        let cells = COMPLETE.iter().chain(changes).map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned()));
        let content = Content::new(ImportKind::Applications, cells).unwrap();
        ApplicationRow::read(&content)
            .map_err(|problems| problems.iter().map(|problem| (problem.field, problem.code)).collect())
    }

    #[test]
    fn a_certificate_is_named_in_exactly_one_way() {
        let sum = "ab".repeat(32);
        for (changes, fit) in [
            (vec![], true),
            (vec![("reception_number", "")], false),
            (vec![("reception_number", ""), ("sha256", sum.as_str())], true),
            (vec![("sha256", sum.as_str())], false),
            (vec![("reception_number", ""), ("serial_number", "4a91"), ("issuer", "CN=x")], true),
            (vec![("serial_number", "4a91"), ("issuer", "CN=x")], false),
            (vec![("reception_number", ""), ("sha256", sum.as_str()), ("issuer", "CN=x")], false),
        ] {
            let found = read(&changes);
            assert_eq!(found.is_ok(), fit, "{changes:?}");
            if let Err(problems) = found {
                assert_eq!(problems, [(Some("reception_number"), "import_certificate_naming")], "{changes:?}");
            }
        }
        let half = read(&[("reception_number", ""), ("serial_number", "4a91")]);
        assert_eq!(half.unwrap_err(), [(Some("issuer"), "import_cell_missing")]);
    }

    #[test]
    fn every_cell_that_is_wrong_is_told_with_its_column() {
        for (column, cell, code) in [
            ("reason", "", "import_cell_missing"),
            ("reason", "because", "reissue_reason_unknown"),
            ("key_possibly_exposed", "yes", "import_flag"),
            ("requested_on", "2026-13-01", "import_date"),
            ("csr", "", "import_cell_missing"),
            ("csr", "again", "csr_malformed"),
            ("consent_version", "", "import_cell_missing"),
            ("reception_number", "first", "reception_number_malformed"),
        ] {
            assert_eq!(read(&[(column, cell)]).unwrap_err(), [(Some(column), code)], "{column}={cell}");
        }
        let two = read(&[("reason", "because"), ("csr", "")]).unwrap_err();
        assert_eq!(two.len(), 2);
    }

    #[test]
    fn a_csr_is_that_of_the_source_or_follows_or_is_given() {
        assert_eq!(read(&[]).unwrap().csr, CsrCell::Reuse);
        assert_eq!(read(&[("csr", "later")]).unwrap().csr, CsrCell::Later);
        let given = read(&[("csr", "-----BEGIN CERTIFICATE REQUEST-----\\nAA")]).unwrap().csr;
        assert_eq!(given, CsrCell::Given(b"-----BEGIN CERTIFICATE REQUEST-----\nAA".to_vec()));
        let row = read(&[("key_possibly_exposed", "true"), ("requested_on", "2026/12/08")]).unwrap();
        assert_eq!((row.key_possibly_exposed, row.requested_on), (Some(true), NaiveDate::from_ymd_opt(2026, 12, 8)));
    }
}
