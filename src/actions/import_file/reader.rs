//! Reads a CSV or a PEM bundle into rows, one after the other; knows nothing of what is registered.

use std::io::{BufRead, Read, Seek, SeekFrom};

use encoding_rs::SHIFT_JIS;

use crate::domain::certificate::{self, CertificateFacts, pem};
use crate::domain::import::{Content, ImportKind, REMARKS, check_headings};
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::import_rows::NewRow;

/// A file that can be read from its beginning once more.
pub trait File: BufRead + Seek + Send {}

impl<T: BufRead + Seek + Send> File for T {}

/// Bytes of a file that are looked at to tell what it is.
const SIGHT: u64 = 64 * 1024;

pub(super) enum Rows<'a> {
    Csv(Box<CsvRows<'a>>),
    Bundle(std::vec::IntoIter<NewRow>),
}

impl<'a> Rows<'a> {
    /// Refused as a whole where it is neither a CSV with the columns of its kind nor, for certificates, a bundle.
    pub fn open(kind: ImportKind, file: &'a mut dyn File, subscriber: Option<&str>) -> Result<Self> {
        if begins_with_headings(kind, file)? {
            if subscriber.is_some() {
                return Err(Problem::on("subscriber", "import_subscriber_with_csv").into());
            }
            return Ok(Self::Csv(Box::new(CsvRows::open(kind, file)?)));
        }
        if kind != ImportKind::Certificates {
            return Err(Problem::on("file", "import_heading_missing").into());
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // Comments between the blocks may be in any encoding.
        let found = certificate::parse_bundle(&String::from_utf8_lossy(&bytes));
        let rows: Vec<NewRow> = found.into_iter().map(|(line, facts)| bundled(line, facts, subscriber)).collect();
        if rows.is_empty() {
            return Err(Problem::on("file", "import_file_unknown").into());
        }
        Ok(Self::Bundle(rows.into_iter()))
    }

    /// The next row; none at the end of the file.
    pub fn next(&mut self) -> Result<Option<NewRow>> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Bundle(rows) => Ok(rows.next()),
        }
    }
}

/// Whether the first line that is not empty has one of the columns. The text before a PEM block may have commas too.
fn begins_with_headings(kind: ImportKind, file: &mut dyn File) -> Result<bool> {
    let mut sight = Vec::new();
    file.take(SIGHT).read_to_end(&mut sight)?;
    file.seek(SeekFrom::Start(0))?;
    let text = String::from_utf8_lossy(&sight);
    let first = text.trim_start_matches('\u{FEFF}').lines().find(|line| !line.trim().is_empty());
    Ok(first.is_some_and(|line| {
        let mut cells = line.split(',').map(|cell| cell.trim().trim_matches('"'));
        line.contains(',') && cells.any(|cell| kind.required_columns().contains(&cell))
    }))
}

fn bundled(line: usize, facts: Result<CertificateFacts, Problem>, subscriber: Option<&str>) -> NewRow {
    let content = facts.and_then(|facts| {
        let pem = pem::encode("CERTIFICATE", &facts.der);
        let subscriber = subscriber.map(|named| ("subscriber".to_owned(), named.to_owned()));
        Content::new(ImportKind::Certificates, subscriber.into_iter().chain([("pem".to_owned(), pem)]))
    });
    NewRow { line: i64::try_from(line).unwrap_or(i64::MAX), content: content.map_err(|problem| vec![problem]) }
}

pub(super) struct CsvRows<'a> {
    kind: ImportKind,
    reader: csv::Reader<&'a mut dyn File>,
    headings: Vec<String>,
    /// Known from the first line that is not ASCII alone.
    encoding: Option<Encoding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    ShiftJis,
}

impl<'a> CsvRows<'a> {
    fn open(kind: ImportKind, file: &'a mut dyn File) -> Result<Self> {
        // With two letters at the end of a line the numbers of lines would be one behind; cells are trimmed.
        let end = csv::Terminator::Any(b'\n');
        let mut reader = csv::ReaderBuilder::new().flexible(true).terminator(end).from_reader(file);
        let headings = reader.byte_headers().map_err(unreadable)?;
        let headings: Vec<String> =
            headings.iter().map(|heading| String::from_utf8_lossy(heading).trim().to_owned()).collect();
        check_headings(kind, &headings)?;
        Ok(Self { kind, reader, headings, encoding: None })
    }

    fn next(&mut self) -> Result<Option<NewRow>> {
        let mut record = csv::ByteRecord::new();
        loop {
            if !self.reader.read_byte_record(&mut record).map_err(unreadable)? {
                return Ok(None);
            }
            if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                break;
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        let content = self.content(&record).map_err(|problem| vec![problem]);
        Ok(Some(NewRow { line: i64::try_from(line).unwrap_or(i64::MAX), content }))
    }

    fn content(&mut self, record: &csv::ByteRecord) -> Result<Content, Problem> {
        if record.len() != self.headings.len() {
            let cells = Problem::on("file", "import_cells");
            return Err(cells.with("expected", self.headings.len()).with("found", record.len()));
        }
        let cells = self.decode(record).ok_or_else(|| Problem::on("file", "import_encoding"))?;
        let cells = self.headings.iter().cloned().zip(cells.into_iter().map(unguarded));
        Content::new(self.kind, cells.filter(|(heading, _)| !REMARKS.contains(&heading.as_str())))
    }

    /// Neither quotes nor commas are the second byte of a letter in Shift_JIS, so cells can be told apart before they are
    /// decoded. A file is in one encoding.
    fn decode(&mut self, record: &csv::ByteRecord) -> Option<Vec<String>> {
        if record.iter().all(<[u8]>::is_ascii) {
            return record.iter().map(|cell| String::from_utf8(cell.to_vec()).ok()).collect();
        }
        // Japanese in Shift_JIS is never valid UTF-8.
        let is_utf8 = record.iter().all(|cell| std::str::from_utf8(cell).is_ok());
        let encoding = if is_utf8 { Encoding::Utf8 } else { Encoding::ShiftJis };
        if *self.encoding.get_or_insert(encoding) != encoding {
            return None;
        }
        record.iter().map(|cell| decoded(encoding, cell)).collect()
    }
}

/// Without the apostrophe that keeps a spreadsheet from taking a cell for a formula, as in the files that we write.
fn unguarded(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) => rest.to_owned(),
        _ => cell,
    }
}

fn decoded(encoding: Encoding, cell: &[u8]) -> Option<String> {
    match encoding {
        Encoding::Utf8 => String::from_utf8(cell.to_vec()).ok(),
        Encoding::ShiftJis => {
            SHIFT_JIS.decode_without_bom_handling_and_without_replacement(cell).map(std::borrow::Cow::into_owned)
        }
    }
}

fn unreadable(error: csv::Error) -> crate::errors::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        _ => Problem::on("file", "import_file_unknown").into(),
    }
}
