//! A call comes in: the caller's case by number or name, in one step. A telephone may open it by itself.

use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::frame::{Frame, case_href};
use super::today::status_of;
use crate::controllers::extractors::Query;
use crate::controllers::session::percent;
use crate::domain::certificate::ValidationType;
use crate::domain::contact::PhoneNumber;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::dates;
use crate::models::callers::{self, Caller, Callers, CallersCase};
use crate::models::{calls, revocation_cases};
use crate::views::chrome::Place;
use crate::views::desk::incoming::{CallerRow, IncomingCase, IncomingPage};

#[derive(Deserialize)]
pub struct Shown {
    /// What the telephone shows or the caller says: a number, a reception number or a name.
    #[serde(default)]
    number: String,
}

/// `GET /desk/calls/incoming`. The only open case of the caller's organisation opens by itself.
pub async fn show(frame: Frame, Query(Shown { number }): Query<Shown>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    if let Ok(no) = number.parse::<ReceptionNumber>()
        && revocation_cases::by_reception_number(&frame.desk.db, no).await.is_ok()
    {
        return Ok(Redirect::to(&case_href(no)).into_response());
    }
    let found = callers::find(&frame.desk.db, &number).await?;
    let is_phone = PhoneNumber::parse(&number).is_ok();
    if found.people.is_empty() && !is_phone && !number.trim().is_empty() {
        return Ok(Redirect::to(&format!("/desk/cases?q={}", percent(&number))).into_response());
    }
    if let ([person, ..], [only]) = (found.people.as_slice(), found.cases.as_slice()) {
        frame.done(frame.t.f("incoming.opened", &[("caller", &described(&frame, person))])).await?;
        return Ok(Redirect::to(&case_href(only.case.reception_number)).into_response());
    }
    page(&frame, number, is_phone, found).await.map(IntoResponse::into_response)
}

/// Organisation, name and role; whether the record is a former one.
fn described(frame: &Frame, caller: &Caller) -> String {
    let role = frame.t.s(&format!("contact_role.{}", caller.contact.role.as_str()));
    let key = if caller.contact.superseded_at.is_some() { "incoming.former" } else { "incoming.current" };
    frame.t.f(key, &[("company", &caller.organization), ("name", &caller.contact.name), ("role", &role)])
}

async fn page(frame: &Frame, number: String, is_phone: bool, found: Callers) -> Result<IncomingPage> {
    let ids: Vec<i64> = found.cases.iter().map(|one| one.case.id).collect();
    let calls = calls::of_cases(&frame.desk.db, &ids).await?;
    let of_case = |one: &CallersCase| {
        let own: Vec<_> = calls.iter().filter(|call| call.case_id == one.case.id).cloned().collect();
        IncomingCase {
            reception_number: one.case.reception_number.to_string(),
            ev: one.source.validation == ValidationType::Ev,
            company: one.organization.clone(),
            common_name: one.source.common_name.clone(),
            requested: dates::short(frame.t, one.case.requested_on),
            status: status_of(frame, &one.case, &own),
        }
    };
    let of_person = |caller: &Caller| CallerRow {
        who: described(frame, caller),
        department: caller.contact.department.clone().unwrap_or_default(),
        phone: caller.contact.phone.clone(),
    };
    Ok(IncomingPage {
        people: found.people.iter().map(of_person).collect(),
        cases: found.cases.iter().map(of_case).collect(),
        nothing: (found.people.is_empty() && !number.trim().is_empty())
            .then(|| frame.t.s(if is_phone { "incoming.unknown_number" } else { "incoming.unknown_name" }).to_owned()),
        chrome: frame.chrome(Place::Today).await?,
        number,
    })
}
