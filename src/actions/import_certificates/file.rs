//! Reads a PEM bundle or a CSV into rows; knows nothing of what is registered.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::domain::certificate::{self, CertificateFacts};
use crate::domain::contact::ContactRole;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::text_file;

/// One certificate and what the file says beside it.
pub(super) struct Row {
    /// `None`: the organisation that the certificate names.
    pub subscriber: Option<String>,
    pub contacts: Vec<ContactCells>,
    pub reception_number: Option<ReceptionNumber>,
    pub certificate: CertificateFacts,
    pub entitlement_end_on: Option<NaiveDate>,
    pub validation_expires_on: Option<NaiveDate>,
}

/// A contact as the row has it, complete.
pub(super) struct ContactCells {
    pub role: ContactRole,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub phone_source: String,
    pub verified_on: NaiveDate,
}

impl ContactCells {
    /// The column of a field.
    pub fn column(&self, field: &str) -> &'static str {
        columns_of(self.role).into_iter().find(|column| column.ends_with(field)).unwrap_or("subscriber")
    }
}

/// Line and row, or what is wrong with it.
pub(super) type ReadRow = (u64, Result<Row, Vec<Problem>>);

const COLUMNS: [&str; 15] = [
    "subscriber",
    "procedure_contact_name",
    "procedure_contact_email",
    "procedure_contact_phone",
    "procedure_contact_phone_source",
    "procedure_contact_verified_on",
    "application_responsible_name",
    "application_responsible_email",
    "application_responsible_phone",
    "application_responsible_phone_source",
    "application_responsible_verified_on",
    "reception_number",
    "pem",
    "entitlement_end_on",
    "validation_expires_on",
];

/// Name, email, phone, source, day: in the order of [`COLUMNS`].
fn columns_of(role: ContactRole) -> [&'static str; 5] {
    let first = match role {
        ContactRole::ProcedureContact => 1,
        ContactRole::ApplicationResponsible => 6,
    };
    [COLUMNS[first], COLUMNS[first + 1], COLUMNS[first + 2], COLUMNS[first + 3], COLUMNS[first + 4]]
}

pub(super) fn rows(file: &[u8], subscriber: Option<&str>) -> Result<Vec<ReadRow>, Problem> {
    let text = text_file::decode(file, "import_encoding");
    let heading = text.as_deref().ok().and_then(|text| text.lines().find(|line| !line.trim().is_empty()));
    if heading.is_some_and(is_csv_heading) {
        if subscriber.is_some() {
            return Err(Problem::on("subscriber", "import_subscriber_with_csv"));
        }
        return csv_rows(&text?);
    }
    // Comments between the blocks may be in any encoding.
    let rows: Vec<_> = certificate::parse_bundle(&String::from_utf8_lossy(file))
        .into_iter()
        .map(|(line, facts)| (line as u64, facts.map(|facts| bundled(facts, subscriber)).map_err(|p| vec![p])))
        .collect();
    if rows.is_empty() { Err(Problem::on("file", "import_file_unknown")) } else { Ok(rows) }
}

/// The text before a PEM block may have commas too.
fn is_csv_heading(line: &str) -> bool {
    let mut cells = line.split(',').map(|cell| cell.trim().trim_matches('"'));
    line.contains(',') && cells.any(|cell| cell == "pem" || cell == "subscriber")
}

fn bundled(certificate: CertificateFacts, subscriber: Option<&str>) -> Row {
    Row {
        subscriber: subscriber.map(str::to_owned),
        contacts: Vec::new(),
        reception_number: None,
        certificate,
        entitlement_end_on: None,
        validation_expires_on: None,
    }
}

fn csv_rows(text: &str) -> Result<Vec<ReadRow>, Problem> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let unreadable = |_| Problem::on("file", "import_file_unknown");
    let headings: Vec<String> =
        reader.headers().map_err(unreadable)?.iter().map(|heading| heading.trim().to_owned()).collect();
    check_headings(&headings)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        rows.push((line, csv_row(&headings, &record)));
    }
    if rows.is_empty() { Err(Problem::on("file", "import_empty")) } else { Ok(rows) }
}

fn check_headings(headings: &[String]) -> Result<(), Problem> {
    let refused = |code, value: &str| Err(Problem::on("file", code).with("value", value));
    for (index, heading) in headings.iter().enumerate() {
        if !COLUMNS.contains(&heading.as_str()) {
            return refused("import_column_unknown", &heading.chars().take(40).collect::<String>());
        }
        if headings[..index].contains(heading) {
            return refused("import_column_twice", heading);
        }
    }
    match ["subscriber", "pem"].into_iter().find(|needed| headings.iter().all(|heading| heading != needed)) {
        Some(missing) => refused("import_column_missing", missing),
        None => Ok(()),
    }
}

fn csv_row(headings: &[String], record: &csv::StringRecord) -> Result<Row, Vec<Problem>> {
    if record.len() != headings.len() {
        let problem = Problem::on("file", "import_cells").with("expected", headings.len()).with("found", record.len());
        return Err(vec![problem]);
    }
    let cells = Cells(headings.iter().map(String::as_str).zip(record.iter().map(str::trim)).collect());
    let mut problems = Vec::new();
    if cells.get("subscriber").is_none() {
        problems.push(Problem::on("subscriber", "import_cell_missing").with("column", "subscriber"));
    }
    let contacts = ContactRole::ALL.into_iter().filter_map(|role| cells.contact(role, &mut problems)).collect();
    let reception_number = match cells.get("reception_number").map(str::parse).transpose() {
        Ok(number) => number,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let entitlement_end_on = cells.date("entitlement_end_on", &mut problems);
    let validation_expires_on = cells.date("validation_expires_on", &mut problems);
    let certificate = cells.certificate();
    match certificate {
        Ok(certificate) if problems.is_empty() => Ok(Row {
            subscriber: cells.get("subscriber").map(str::to_owned),
            contacts,
            reception_number,
            certificate,
            entitlement_end_on,
            validation_expires_on,
        }),
        other => {
            problems.extend(other.err());
            Err(problems)
        }
    }
}

/// The filled cells of a row, by column.
struct Cells<'a>(HashMap<&'a str, &'a str>);

impl<'a> Cells<'a> {
    fn get(&self, column: &str) -> Option<&'a str> {
        self.0.get(column).copied().filter(|cell| !cell.is_empty())
    }

    /// A cell that must be filled.
    fn required(&self, column: &'static str, problems: &mut Vec<Problem>) -> String {
        if self.get(column).is_none() {
            problems.push(Problem::on(column, "import_cell_missing").with("column", column));
        }
        self.get(column).unwrap_or_default().to_owned()
    }

    fn date(&self, column: &'static str, problems: &mut Vec<Problem>) -> Option<NaiveDate> {
        let cell = self.get(column)?;
        let date = NaiveDate::parse_from_str(cell, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(cell, "%Y/%m/%d"));
        if date.is_err() {
            let shown: String = cell.chars().take(40).collect();
            problems.push(Problem::on(column, "import_date").with("column", column).with("value", shown));
        }
        date.ok()
    }

    /// `None` where the row names no such contact, or names one that is not complete.
    fn contact(&self, role: ContactRole, problems: &mut Vec<Problem>) -> Option<ContactCells> {
        let columns = columns_of(role);
        if columns.iter().all(|column| self.get(column).is_none()) {
            return None;
        }
        let [name, email, phone, phone_source, verified_on] = columns;
        let (name, email) = (self.required(name, problems), self.required(email, problems));
        let (phone, phone_source) = (self.required(phone, problems), self.required(phone_source, problems));
        self.required(verified_on, problems);
        let verified_on = self.date(verified_on, problems)?;
        Some(ContactCells { role, name, email, phone, phone_source, verified_on })
    }

    /// Line breaks of the PEM text may be written as `\n`.
    fn certificate(&self) -> Result<CertificateFacts, Problem> {
        let pem = self.get("pem").ok_or_else(|| Problem::on("pem", "import_cell_missing").with("column", "pem"))?;
        let pem = pem.replace("\\r", "").replace("\\n", "\n");
        if !pem.contains("-----BEGIN") {
            return Err(Problem::on("pem", "certificate_malformed"));
        }
        certificate::parse(pem.as_bytes())
    }
}
