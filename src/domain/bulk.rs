//! Acts on many cases at once: which there are, how far they have come, how many cases they may hold, and the file of
//! reception numbers.
//!
//! A bulk revocation permits nothing by itself: each of its cases passes the execution guards or stays as it is. The
//! second supervisor lets the order go off, which is no confirmation.

use std::collections::HashMap;
use std::str::FromStr;

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::problem::Problem;
use super::reception_number::ReceptionNumber;
use super::text_file;

/// Cases that one act may hold (`ui.md` S6).
pub const LIMIT: usize = 500;

/// Problems of a file that are told at once; a hint says how many more there are.
const TOLD: usize = 50;

/// What happens to the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BulkKind {
    /// A new requested date for all.
    Reschedule,
    /// The last notice to the customer once more.
    Resend,
    /// Another colleague looks after them.
    Assign,
    Revoke,
}

impl BulkKind {
    pub const ALL: [Self; 4] = [Self::Reschedule, Self::Resend, Self::Assign, Self::Revoke];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reschedule => "reschedule",
            Self::Resend => "resend",
            Self::Assign => "assign",
            Self::Revoke => "revoke",
        }
    }
}

impl FromStr for BulkKind {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| Problem::on("act", "bulk_act_missing"))
    }
}

/// How far an act has come. Revocations go `Prepared → Requested → Approved` (their run tells the rest), the others
/// `Prepared → Running → Done`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BulkState {
    Prepared,
    Running,
    Done,
    Requested,
    Approved,
    Declined,
    Cancelled,
}

impl BulkState {
    pub const ALL: [Self; 7] =
        [Self::Prepared, Self::Running, Self::Done, Self::Requested, Self::Approved, Self::Declined, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Running => "running",
            Self::Done => "done",
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for BulkState {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Problem::new("value_unknown").with("value", text))
    }
}

/// How the cases were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BulkOrigin {
    /// One by one in the list.
    Rows,
    /// All that the list's conditions hold.
    Filter,
    /// A file of reception numbers.
    File,
}

impl BulkOrigin {
    pub const ALL: [Self; 3] = [Self::Rows, Self::Filter, Self::File];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Filter => "filter",
            Self::File => "file",
        }
    }
}

impl FromStr for BulkOrigin {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|origin| origin.as_str() == text)
            .ok_or_else(|| Problem::new("value_unknown").with("value", text))
    }
}

/// What exactly is to happen to each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkOrder {
    Reschedule(NaiveDate),
    Resend,
    /// To the colleague with this id, or to nobody.
    Assign(Option<i64>),
    Revoke,
}

impl BulkOrder {
    pub fn kind(self) -> BulkKind {
        match self {
            Self::Reschedule(_) => BulkKind::Reschedule,
            Self::Resend => BulkKind::Resend,
            Self::Assign(_) => BulkKind::Assign,
            Self::Revoke => BulkKind::Revoke,
        }
    }

    /// As it is kept with the act.
    pub fn parameter(self) -> Option<String> {
        match self {
            Self::Reschedule(day) => Some(day.to_string()),
            Self::Assign(colleague) => Some(colleague.map_or_else(|| "nobody".to_owned(), |id| id.to_string())),
            Self::Resend | Self::Revoke => None,
        }
    }
}

/// At least one case, and no more than [`LIMIT`].
pub fn check_size(cases: usize) -> Result<(), Problem> {
    match cases {
        0 => Err(Problem::on("case", "bulk_nothing_chosen")),
        1..=LIMIT => Ok(()),
        _ => Err(Problem::on("case", "bulk_too_many").with("limit", LIMIT)),
    }
}

/// The number of certificates, typed by the one who lets them be revoked.
pub fn check_count(typed: &str, cases: usize) -> Result<(), Problem> {
    let typed: String = typed.trim().nfkc().take(20).collect();
    match typed.parse::<usize>() {
        Ok(number) if number == cases => Ok(()),
        Ok(number) => Err(Problem::on("count", "bulk_count_differs").with("value", number).with("n", cases)),
        Err(_) => Err(Problem::on("count", "bulk_count_missing").with("n", cases)),
    }
}

/// A number of a file and its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub line: u64,
    pub number: ReceptionNumber,
}

/// The reception numbers of a CSV (UTF-8 with or without its mark, or Shift_JIS) from the column under one of
/// `headings`, each once; or everything that is wrong with it.
pub fn read_file(file: &[u8], headings: &[&str]) -> Result<Vec<Line>, Vec<Problem>> {
    // The reader counts a line of CRLF from between the two.
    let text = text_file::decode(file, "bulk_file_encoding").map_err(|problem| vec![problem])?.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut records = reader.records();
    let column = match records.next() {
        Some(Ok(first)) => first.iter().position(|cell| headings.contains(&cell.trim())),
        Some(Err(_)) | None => None,
    };
    let Some(column) = column else { return Err(vec![Problem::on("file", "bulk_column_missing")]) };
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    let mut seen: HashMap<ReceptionNumber, u64> = HashMap::new();
    for record in records {
        let Ok(record) = record else { return Err(vec![Problem::on("file", "bulk_file_unreadable")]) };
        let cell = record.get(column).unwrap_or_default().trim();
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        match cell.parse::<ReceptionNumber>() {
            Err(_) => problems.push(unknown(line, cell)),
            Ok(number) => match seen.insert(number, line) {
                Some(first) => problems.push(repeated(line, number, first)),
                None => lines.push(Line { line, number }),
            },
        }
    }
    if lines.len() + problems.len() > LIMIT {
        return Err(vec![Problem::on("file", "bulk_too_many").with("limit", LIMIT)]);
    }
    match (lines.is_empty(), problems.is_empty()) {
        (true, true) => Err(vec![Problem::on("file", "bulk_file_empty")]),
        (_, false) => Err(told(problems)),
        (false, true) => Ok(lines),
    }
}

/// No case has what stands on this line.
pub fn unknown(line: u64, value: &str) -> Problem {
    let shown: String = value.chars().take(40).collect();
    Problem::on("file", "bulk_row_unknown").with("line", line).with("value", shown)
}

fn repeated(line: u64, number: ReceptionNumber, first: u64) -> Problem {
    Problem::on("file", "bulk_row_repeated").with("line", line).with("value", number).with("first", first)
}

/// The first problems, and how many more there are.
pub fn told(mut problems: Vec<Problem>) -> Vec<Problem> {
    let more = problems.len().saturating_sub(TOLD);
    if more > 0 {
        problems.truncate(TOLD);
        problems.push(Problem::on("file", "bulk_more_rows").with("n", more));
    }
    problems
}
