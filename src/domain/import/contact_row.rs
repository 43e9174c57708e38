//! A row that registers the first contact of a role.

use chrono::NaiveDate;

use super::Content;
use super::cells::Cells;
use crate::domain::contact::ContactRole;
use crate::domain::problem::Problem;

pub(super) const COLUMNS: [&str; 9] =
    ["subscriber", "role", "name", "name_kana", "department", "email", "phone", "phone_source", "verified_on"];

/// Name, email, phone, source, day.
const OF_CONTACT: [&str; 5] = ["name", "email", "phone", "phone_source", "verified_on"];

#[derive(Debug, Clone)]
pub struct ContactRow {
    /// External id, name or number of an organisation.
    pub subscriber: String,
    pub contact: ContactCells,
}

/// A contact as a row has it, complete.
#[derive(Debug, Clone)]
pub struct ContactCells {
    pub role: ContactRole,
    pub name: String,
    pub name_kana: Option<String>,
    pub department: Option<String>,
    pub email: String,
    pub phone: String,
    pub phone_source: String,
    pub verified_on: NaiveDate,
    columns: [&'static str; 5],
}

impl ContactCells {
    /// The column of a field.
    pub fn column(&self, field: &'static str) -> &'static str {
        self.columns.into_iter().find(|column| column.ends_with(field)).unwrap_or(field)
    }

    /// `None` where a cell is missing or wrong.
    pub(super) fn read(cells: &mut Cells<'_>, role: ContactRole, columns: [&'static str; 5]) -> Option<Self> {
        let [name, email, phone, phone_source, verified_on] = columns;
        let told = cells.problems.len();
        let (name, email) = (cells.required(name).to_owned(), cells.required(email).to_owned());
        let (phone, phone_source) = (cells.required(phone).to_owned(), cells.required(phone_source).to_owned());
        cells.required(verified_on);
        let verified_on = cells.date(verified_on)?;
        let contact =
            Self { role, name, name_kana: None, department: None, email, phone, phone_source, verified_on, columns };
        (cells.problems.len() == told).then_some(contact)
    }
}

impl ContactRow {
    pub fn read(content: &Content) -> Result<Self, Vec<Problem>> {
        let mut cells = Cells::of(content);
        let subscriber = cells.required("subscriber").to_owned();
        cells.required("role");
        // Any role is good enough to judge the other cells by.
        let role = cells.parsed("role").unwrap_or(ContactRole::ProcedureContact);
        let contact = ContactCells::read(&mut cells, role, OF_CONTACT);
        let filled = |column| cells.get(column).map(str::to_owned);
        match contact {
            Some(contact) if cells.problems.is_empty() => Ok(Self {
                subscriber,
                contact: ContactCells { name_kana: filled("name_kana"), department: filled("department"), ..contact },
            }),
            _ => Err(cells.problems),
        }
    }
}
