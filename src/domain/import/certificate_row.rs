//! A row that registers an issued certificate, its organisation and its contacts.

use chrono::NaiveDate;

use super::Content;
use super::cells::Cells;
use super::contact_row::ContactCells;
use crate::domain::certificate::{self, CertificateFacts};
use crate::domain::contact::ContactRole;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;

pub(super) const COLUMNS: [&str; 15] = [
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

/// One certificate and what stands beside it.
#[derive(Debug, Clone)]
pub struct CertificateRow {
    /// `None`: the organisation that the certificate names.
    pub subscriber: Option<String>,
    pub contacts: Vec<ContactCells>,
    pub reception_number: Option<ReceptionNumber>,
    pub certificate: CertificateFacts,
    pub entitlement_end_on: Option<NaiveDate>,
    pub validation_expires_on: Option<NaiveDate>,
}

impl CertificateRow {
    pub fn read(content: &Content) -> Result<Self, Vec<Problem>> {
        let mut cells = Cells::of(content);
        // A row of a bundle has no such column.
        let subscriber = cells.has_column("subscriber").then(|| cells.required("subscriber").to_owned());
        let contacts = ContactRole::ALL.into_iter().filter_map(|role| contact(role, &mut cells)).collect();
        let reception_number = cells.parsed("reception_number");
        let entitlement_end_on = cells.date("entitlement_end_on");
        let validation_expires_on = cells.date("validation_expires_on");
        let certificate = cells.pem("pem", "certificate_malformed").map(|pem| certificate::parse(&pem));
        match certificate {
            Some(Ok(certificate)) if cells.problems.is_empty() => Ok(Self {
                subscriber,
                contacts,
                reception_number,
                certificate,
                entitlement_end_on,
                validation_expires_on,
            }),
            unfit => {
                cells.problems.extend(unfit.and_then(Result::err));
                Err(cells.problems)
            }
        }
    }
}

/// `None` where the row names no such contact, or names one that is not complete.
fn contact(role: ContactRole, cells: &mut Cells<'_>) -> Option<ContactCells> {
    let columns = columns_of(role);
    let named = columns.iter().any(|column| cells.get(column).is_some());
    if named { ContactCells::read(cells, role, columns) } else { None }
}
