//! CSV出力: everything that the list's conditions hold, sent page by page while it is read.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::filter::filter_of;
use super::rows::Beside;
use crate::actions::export_cases::{ExportCases, export_cases};
use crate::controllers::desk::frame::Frame;
use crate::controllers::desk::today::status_of;
use crate::controllers::extractors::Form;
use crate::domain::calendar::jst_date;
use crate::domain::contact::whom_to_phone;
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::case_list::{self, CaseOrder, Mark, Page};
use crate::models::case_queue::{CaseFilter, CaseRow};
use crate::models::list_columns::ListColumn;
use crate::views::desk::cases::CaseFilter as FilterForm;
use crate::views::sheet;

/// Cases that are read at once.
const CHUNK: u64 = 500;

/// What is taken out of the system, and how far it has been read.
struct Export {
    frame: Frame,
    filter: CaseFilter,
    order: CaseOrder,
    telephone_numbers: bool,
    /// `None`: everything has been read.
    place: Option<Page>,
    began: bool,
}

/// `POST /desk/exports/cases`
pub async fn create(frame: Frame, Form(form): Form<FilterForm>) -> Result<Response> {
    let filter = filter_of(&frame, &form);
    let order = form.sort.parse::<CaseOrder>().unwrap_or_default().within(&filter);
    let telephone_numbers = frame.may(Permission::Export);
    let record = ExportCases { conditions: form.impersonal(), searched: filter.term().is_some(), telephone_numbers };
    export_cases(&frame.desk, record, &frame.actor(), frame.now).await?;
    let name = format!("attachment; filename=\"cases-{}.csv\"", frame.today().format("%Y%m%d"));
    let export = Export { frame, filter, order, telephone_numbers, place: Some(Page::First), began: false };
    let lines = stream::try_unfold(export, Export::next);
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(lines)).into_response())
}

impl Export {
    /// The lines of the next cases, the headings before the first.
    async fn next(mut self) -> Result<Option<(String, Self)>> {
        let Some(place) = self.place.take() else { return Ok(None) };
        let (db, today) = (&self.frame.desk.db, self.frame.today());
        let (rows, more) = case_list::page(db, &self.filter, self.order, &place, CHUNK, today).await?;
        let mut lines = if self.began { String::new() } else { headings(self.frame.t, self.telephone_numbers) };
        let columns = [ListColumn::ReplacementExpires, ListColumn::Reason];
        let beside = Beside::of(&self.frame.desk, &rows, &columns).await?;
        for row in &rows {
            lines.push_str(&self.line(row, &beside));
        }
        self.place = rows.last().filter(|_| more).map(|row| Page::After(Mark::of(row, self.order)));
        self.began = true;
        Ok(Some((lines, self)))
    }

    fn line(&self, row: &CaseRow, beside: &Beside) -> String {
        let (t, case) = (self.frame.t, &row.case);
        let calls = beside.calls_of(row);
        let contact = beside.callee(row);
        let role = whom_to_phone(row.source.validation).map(|role| t.s(&format!("contact_role.{}", role.as_str())));
        let mut columns = vec![
            dates::numeric(case.requested_on),
            dates::numeric(case.due_on),
            case.reception_number.to_string(),
            row.source.validation.as_str().to_uppercase(),
            row.subscriber.name.clone(),
            row.source.common_name.clone(),
            role.unwrap_or_default().to_owned(),
            contact.map(|contact| contact.name.clone()).unwrap_or_default(),
        ];
        if self.telephone_numbers {
            columns.push(contact.map(|contact| contact.phone.clone()).unwrap_or_default());
        }
        columns.extend([
            dates::numeric(dates::day_of(row.source.not_after)),
            beside.replacement_expires(row).map(dates::numeric).unwrap_or_default(),
            beside.installation(t, row).plain().to_owned(),
            beside.looked_at(row).map(dates::csv_instant).unwrap_or_default(),
            dates::numeric(jst_date(case.opened_at)),
            beside.reason(t, row),
            status_of(&self.frame, case, &calls).text,
            beside.assignee(row).cloned().unwrap_or_default(),
            calls.last().map(|call| dates::csv_instant(call.called_at)).unwrap_or_default(),
            calls.last().map(|call| t.s(&format!("outcome.{}", call.outcome.as_str())).to_owned()).unwrap_or_default(),
        ]);
        sheet::line(&columns)
    }
}

fn headings(t: Texts, telephone_numbers: bool) -> String {
    let keys = [
        "requested_on",
        "due_on",
        "reception_number",
        "validation",
        "company",
        "common_name",
        "callee_role",
        "callee",
        "phone",
        "source_expires",
        "replacement_expires",
        "installation",
        "installation_at",
        "filed_on",
        "reason",
        "status",
        "assignee",
        "last_call_at",
        "last_call",
    ];
    let shown = keys.into_iter().filter(|key| telephone_numbers || *key != "phone");
    let cells: Vec<&str> = shown.map(|key| t.s(&format!("lists.csv.{key}"))).collect();
    format!("{}{}", sheet::MARK, sheet::line(&cells))
}
