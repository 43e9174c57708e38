//! The rows of the list: what stands in each column.

use std::collections::HashMap;

use crate::controllers::desk::frame::Frame;
use crate::controllers::desk::installation::Installations;
use crate::controllers::desk::today::status_of;
use crate::domain::application::{ReissueReason, compromise_deadline};
use crate::domain::calendar::jst_date;
use crate::domain::case::CaseState;
use crate::domain::certificate::ValidationType;
use crate::domain::contact::whom_to_phone;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::calls::{self, Call};
use crate::models::case_queue::CaseRow;
use crate::models::contacts::{self, Contact};
use crate::models::list_columns::ListColumn;
use crate::models::{certificates, reissue_applications, users};
use crate::services::Services;
use crate::views::desk::cases::CaseRow as Row;
use crate::views::installation::Cell;
use crate::views::parts::SiteNames;
use crate::views::status;

/// What stands beside the cases of a page, with one query for each kind.
pub struct Beside {
    calls: Vec<Call>,
    people: Vec<Contact>,
    assignees: HashMap<i64, String>,
    expiries: HashMap<i64, chrono::NaiveDate>,
    reasons: HashMap<i64, ReissueReason>,
    installations: Installations,
}

impl Beside {
    /// Only what `columns` ask for.
    pub async fn of(desk: &Services, rows: &[CaseRow], columns: &[ListColumn]) -> Result<Self> {
        let ids: Vec<i64> = rows.iter().map(|row| row.case.id).collect();
        let subscriber_ids: Vec<i64> = rows.iter().map(|row| row.subscriber.id).collect();
        let mut assignee_ids: Vec<i64> = rows.iter().filter_map(|row| row.case.assignee_id).collect();
        assignee_ids.sort_unstable();
        assignee_ids.dedup();
        let expiries = if columns.contains(&ListColumn::ReplacementExpires) {
            let ids = rows.iter().filter_map(|row| row.case.replacement_certificate_id).collect();
            certificates::described(&desk.db, ids).await?
        } else {
            Vec::new()
        };
        let reasons = if columns.contains(&ListColumn::Reason) {
            let ids = rows.iter().map(|row| row.case.application_id).collect();
            reissue_applications::reasons(&desk.db, ids).await?
        } else {
            HashMap::new()
        };
        Ok(Self {
            calls: calls::of_cases(&desk.db, &ids).await?,
            people: contacts::current_of(&desk.db, &subscriber_ids).await?,
            assignees: users::names(&desk.db, assignee_ids).await?.into_iter().collect(),
            expiries: expiries.iter().map(|one| (one.id, one.last_day())).collect(),
            reasons,
            installations: Installations::of(desk, &ids).await?,
        })
    }

    pub fn calls_of(&self, row: &CaseRow) -> Vec<Call> {
        self.calls.iter().filter(|call| call.case_id == row.case.id).cloned().collect()
    }

    pub fn callee(&self, row: &CaseRow) -> Option<&Contact> {
        let role = whom_to_phone(row.source.validation);
        self.people.iter().find(|one| one.subscriber_id == row.subscriber.id && Some(one.role) == role)
    }

    pub fn assignee(&self, row: &CaseRow) -> Option<&String> {
        self.assignees.get(&row.case.assignee_id?)
    }

    pub fn replacement_expires(&self, row: &CaseRow) -> Option<chrono::NaiveDate> {
        self.expiries.get(&row.case.replacement_certificate_id?).copied()
    }

    pub fn reason(&self, t: Texts, row: &CaseRow) -> String {
        let reason = self.reasons.get(&row.case.application_id);
        reason.map(|reason| t.s(&format!("mail.reason.{}", reason.as_str())).to_owned()).unwrap_or_default()
    }

    pub fn installation(&self, t: Texts, row: &CaseRow) -> Cell {
        self.installations.cell(t, row)
    }

    pub fn looked_at(&self, row: &CaseRow) -> Option<chrono::DateTime<chrono::Utc>> {
        Some(self.installations.of_case(row.case.id)?.looked_at)
    }

    fn extra(&self, t: Texts, row: &CaseRow, column: ListColumn) -> String {
        match column {
            ListColumn::ReplacementExpires => self.replacement_expires(row).map(dates::numeric).unwrap_or_default(),
            ListColumn::FiledOn => dates::numeric(jst_date(row.case.opened_at)),
            ListColumn::Reason => self.reason(t, row),
            ListColumn::LastCall => {
                let last = self.calls.iter().rfind(|call| call.case_id == row.case.id);
                last.map(|call| {
                    let outcome = t.s(&format!("outcome.{}", call.outcome.as_str()));
                    format!("{}　{outcome}", dates::history(call.called_at))
                })
                .unwrap_or_default()
            }
        }
    }
}

pub async fn list_rows(frame: &Frame, rows: &[CaseRow], columns: &[ListColumn], selected: bool) -> Result<Vec<Row>> {
    let beside = Beside::of(&frame.desk, rows, columns).await?;
    let row = |row: &CaseRow| Row {
        extra: columns.iter().map(|column| beside.extra(frame.t, row, *column)).collect(),
        selected,
        ..list_row(frame, row, &beside)
    };
    Ok(rows.iter().map(row).collect())
}

fn list_row(frame: &Frame, row: &CaseRow, beside: &Beside) -> Row {
    let (t, today, case) = (frame.t, frame.today(), &row.case);
    let role = whom_to_phone(row.source.validation);
    let last_day = dates::day_of(row.source.not_after);
    let overdue = case.state == CaseState::AwaitingCall && case.due_on < today;
    let urgent = case.compromise_reported_at.filter(|_| case.revoked_at.is_none()).map(compromise_deadline);
    let in_hand = case.holder(frame.now).and(case.lease_holder_name.clone());
    Row {
        reception_number: case.reception_number.to_string(),
        ev: row.source.validation == ValidationType::Ev,
        requested: dates::short(t, case.requested_on),
        requested_note: day_note(frame, case.due_on),
        requested_pill: match urgent {
            Some(deadline) => Some(status::urgent_pill(t, deadline, frame.now)),
            None => overdue.then(|| status::carried_over_pill(t)),
        },
        company: row.subscriber.name.clone(),
        names: site_names(t, row),
        callee_name: beside.callee(row).map(|one| one.name.clone()).unwrap_or_default(),
        callee_role: role.map(|role| t.s(&format!("contact_role.{}", role.as_str())).to_owned()).unwrap_or_default(),
        source_expires: dates::numeric(last_day),
        source_remaining: t.f("cases.remaining", &[("n", &(last_day - today).num_days().max(0))]),
        installation: beside.installation(t, row),
        status: status_of(frame, case, &beside.calls_of(row)),
        status_note: String::new(),
        holder: beside.assignee(row).cloned().or(in_hand),
        extra: Vec::new(),
        selected: false,
    }
}

fn day_note(frame: &Frame, due_on: chrono::NaiveDate) -> String {
    let today = frame.today();
    if due_on == today {
        frame.t.s("day.today").to_owned()
    } else if due_on == frame.desk.calendar().next_business_day(today) {
        frame.t.s("day.next_business_day").to_owned()
    } else {
        String::new()
    }
}

pub fn site_names(t: Texts, row: &CaseRow) -> SiteNames {
    let others = row.source.dns_names.lines().filter(|name| *name != row.source.common_name).count();
    SiteNames::new(t, row.source.common_name.clone(), others)
}
