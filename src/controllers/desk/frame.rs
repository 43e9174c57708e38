//! What every staff page needs: who is asking, the services, the time of the request, and the frame around the page.

use std::collections::{BTreeSet, HashMap};

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use loco_rs::{app::AppContext, environment::Environment};
use uuid::Uuid;

use crate::controllers::extractors::{Flashes, Staff};
use crate::controllers::session_store::QUIET_HEADER;
use crate::domain::actor::Actor;
use crate::domain::alarm::{Alarm, AlarmKind};
use crate::domain::calendar::jst_date;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::audit_events;
use crate::models::halts::{self, Halt};
use crate::models::handovers::{self, HandoverView};
use crate::models::messages::{self, MessageFilter, MessageView};
use crate::models::revocation_cases::Case;
use crate::models::users;
use crate::models::{case_queue, counting};
use crate::services::Services;
use crate::views::chrome::{AlarmNote, BusinessHours, Chrome, Flash, NavCounts, Place};
use crate::views::form::Guard;

/// Argument of every handler of the desk.
pub struct Frame {
    pub desk: Services,
    pub staff: Staff,
    pub flashes: Flashes,
    /// Read once per request.
    pub now: DateTime<Utc>,
    pub t: Texts,
    /// The page asks by itself whether there is news.
    quiet: bool,
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
        let (t, quiet) = (Texts::of(staff.language), parts.headers.contains_key(QUIET_HEADER));
        Ok(Self { now: desk.clock.now(), desk, staff, flashes, t, quiet, environment })
    }
}

impl Frame {
    pub fn today(&self) -> NaiveDate {
        jst_date(self.now)
    }

    /// Today's opening hours, e.g. `09:00–18:00`.
    pub fn hours(&self) -> String {
        let hours = self.desk.calendar().hours_on(self.today());
        let at = |time: NaiveTime| time.format("%H:%M").to_string();
        self.t.f("frame.hours", &[("opens", &at(hours.opens)), ("closes", &at(hours.closes))])
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

    /// Hidden fields of a form that changes something else with a version.
    pub fn guard_at(&self, version: i64) -> Guard {
        Guard { version, ..self.plain_guard() }
    }

    /// Hidden fields of a form without a case.
    pub fn plain_guard(&self) -> Guard {
        Guard { csrf: self.staff.csrf.clone(), version: 0, idem: Uuid::new_v4().to_string() }
    }

    /// Number of the newest event, for pages that look for news.
    pub async fn newest_event(&self) -> Result<i64> {
        Ok(audit_events::head(&self.desk.db).await?.0)
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

    async fn menu_counts(&self) -> Result<NavCounts> {
        let db = &self.desk.db;
        let of_contacts = handovers::queries(HandoverView::Waiting);
        let queries = case_queue::menu_queries(self.today()).into_iter().chain(of_contacts).collect();
        let counts = self.desk.counts.each(db, ("menu", self.today()), queries).await?;
        let count = |place: usize| counts.get(place).copied().unwrap_or_default();
        // What becomes of a mail is not in the audit log.
        let undelivered = MessageFilter { view: MessageView::Failed, ..MessageFilter::default() };
        Ok(NavCounts {
            calls_left: count(0),
            calls_overdue: !count(1).is_zero(),
            open_cases: count(2),
            failed_attempts: count(3) + count(4),
            waiting_contacts: count(5) + count(6),
            undelivered_mails: counting::one(db, messages::query(&undelivered)).await?,
        })
    }

    /// The halt has a notice of its own.
    fn alarm_notes(&self) -> Vec<AlarmNote> {
        let alarms = self.desk.alarms();
        let noted = alarms.iter().filter(|alarm| !matches!(alarm.kind, AlarmKind::DeskHalted | AlarmKind::CaPaused));
        // Known sooner than the watchdog looks.
        let paused = self.desk.live().pause().map(|pause| Alarm {
            kind: AlarmKind::CaPaused,
            count: 1,
            instant: pause.since,
            examples: Vec::new(),
            run: None,
        });
        noted.chain(&paused).map(|alarm| AlarmNote::new(self.t, alarm)).chain(self.missing_holidays()).collect()
    }

    /// For those who can import them: the year whose national holidays are not known.
    fn missing_holidays(&self) -> Option<AlarmNote> {
        let year = self.desk.calendar().coverage_warning(self.today()).filter(|_| self.may(Permission::Administer))?;
        Some(AlarmNote {
            title: self.t.s("settings.calendar.missing_title"),
            what: self.t.f("settings.calendar.missing", &[("year", &year)]),
            href: "/desk/settings/calendar".to_owned(),
        })
    }

    pub async fn chrome(&self, place: Place) -> Result<Chrome> {
        Ok(Chrome {
            t: self.t,
            product: self.desk.settings.desk.staff_product.clone(),
            environment: self.environment.clone(),
            csrf: self.staff.csrf.clone(),
            user_name: self.staff.name.clone(),
            role: self.staff.role,
            single_keys: self.staff.single_keys,
            place,
            counts: self.menu_counts().await?,
            hours: BusinessHours { open: self.desk.calendar().is_open(self.now), label: self.hours() },
            now: self.now,
            halt: halts::current(&self.desk.db).await?.map(|halt| halt_notice(self.t, &halt)),
            // What came of an act is for the person, on the page that they open next.
            flash: if self.quiet { None } else { self.flashes.take().await? },
            alarms: self.alarm_notes(),
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
    let since = dates::short_instant(t, halt.placed_at);
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
