//! What every staff page needs: who is asking, the services, the time of the request, and the frame around the page.

use std::collections::{BTreeSet, HashMap};

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDate, Utc};
use loco_rs::{app::AppContext, environment::Environment};
use uuid::Uuid;

use crate::controllers::extractors::{Flashes, Staff};
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::case_queue;
use crate::models::halts::{self, Halt};
use crate::models::handovers::{self, HandoverView};
use crate::models::messages::{self, MessageFilter, MessageView};
use crate::models::revocation_cases::Case;
use crate::models::users;
use crate::services::Services;
use crate::views::chrome::{BusinessHours, Chrome, Flash, NavCounts, Place};
use crate::views::form::Guard;

/// Argument of every handler of the desk.
pub struct Frame {
    pub desk: Services,
    pub staff: Staff,
    pub flashes: Flashes,
    /// Read once per request.
    pub now: DateTime<Utc>,
    pub t: Texts,
    environment: Option<String>,
}

impl FromRequestParts<AppContext> for Frame {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Response> {
        let staff = Staff::from_request_parts(parts, ctx).await?;
        staff.require(Permission::ReadCases).map_err(IntoResponse::into_response)?;
        let flashes = Flashes::from_request_parts(parts, ctx).await.map_err(IntoResponse::into_response)?;
        let desk = Services::of(ctx).map_err(IntoResponse::into_response)?;
        let environment = (ctx.environment != Environment::Production).then(|| ctx.environment.to_string());
        Ok(Self { now: desk.clock.now(), desk, staff, flashes, t: Texts::JA, environment })
    }
}

impl Frame {
    pub fn today(&self) -> NaiveDate {
        jst_date(self.now)
    }

    pub fn actor(&self) -> Actor {
        self.staff.actor()
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.staff.role.may(permission)
    }

    /// Hidden fields of a form that changes `case`.
    pub fn guard(&self, case: &Case) -> Guard {
        Guard { csrf: self.staff.csrf.clone(), version: case.version, idem: Uuid::new_v4().to_string() }
    }

    /// Hidden fields of a form without a case.
    pub fn plain_guard(&self) -> Guard {
        Guard { csrf: self.staff.csrf.clone(), version: 0, idem: Uuid::new_v4().to_string() }
    }

    pub async fn done(&self, text: impl Into<String>) -> Result<()> {
        self.flashes.put(Flash::done(text)).await
    }

    /// The names of the staff behind the keys that audit log and runs keep (`staff:12`).
    pub async fn staff_names(&self, keys: impl Iterator<Item = &str>) -> Result<HashMap<String, String>> {
        let ids: BTreeSet<i64> = keys.filter_map(|key| key.strip_prefix("staff:")?.parse().ok()).collect();
        let names = users::names(&self.desk.db, ids).await?;
        Ok(names.into_iter().map(|(id, name)| (format!("staff:{id}"), name)).collect())
    }

    pub async fn chrome(&self, place: Place) -> Result<Chrome> {
        let undelivered = MessageFilter { view: MessageView::Failed, ..MessageFilter::default() };
        let counts = case_queue::desk_counts(&self.desk.db, self.today()).await?;
        Ok(Chrome {
            t: self.t,
            product: self.desk.settings.desk.staff_product.clone(),
            environment: self.environment.clone(),
            csrf: self.staff.csrf.clone(),
            user_name: self.staff.name.clone(),
            role: self.staff.role,
            place,
            counts: NavCounts {
                calls_left: counts.calls_left,
                calls_overdue: counts.calls_overdue > 0,
                open_cases: counts.open,
                failed_attempts: counts.failed_attempts,
                waiting_contacts: handovers::count(&self.desk.db, HandoverView::Waiting).await?,
                undelivered_mails: messages::count(&self.desk.db, &undelivered).await?,
            },
            hours: BusinessHours {
                open: self.desk.calendar().is_open(self.now),
                label: self.t.s("frame.hours").to_owned(),
            },
            now: self.now,
            halt: halts::current(&self.desk.db).await?.map(|halt| halt_notice(self.t, &halt)),
            flash: self.flashes.take().await?,
            search: String::new(),
        })
    }
}

fn halt_notice(t: Texts, halt: &Halt) -> String {
    let step = match (halt.cause.needs_reconciliation(), halt.reconciled_at) {
        (true, None) => "halt.next.reconcile",
        (true, Some(_)) => "halt.next.release",
        (false, _) => "halt.next.order",
    };
    let since = dates::short_instant(halt.placed_at);
    let cause = t.s(&format!("halt.cause.{}", halt.cause.as_str()));
    t.f("halt.notice", &[("since", &since), ("cause", &cause), ("reason", &halt.reason), ("next", &t.s(step))])
}

/// The reception number in a path; what is none names no case.
pub fn reception_number(text: &str) -> Result<ReceptionNumber> {
    text.parse().map_err(|_| Error::not_found("case_not_found"))
}

pub fn case_href(number: ReceptionNumber) -> String {
    format!("/desk/cases/{number}")
}
