//! What every staff page carries around its own content: menu, user, time, flash.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::alarm::Alarm;
use crate::domain::role::{Permission, Role};
use crate::messages::{Texts, dates};
use crate::models::counting::Count;
use crate::views::parts::counted;

/// The frame of a staff page.
#[derive(Debug, Clone)]
pub struct Chrome {
    pub t: Texts,
    /// Product name, a setting.
    pub product: String,
    /// Name of the environment unless it is production.
    pub environment: Option<String>,
    pub csrf: String,
    pub user_name: String,
    pub role: Role,
    /// Whether keys without a modifier do anything.
    pub single_keys: bool,
    /// Which menu item is the current page's.
    pub place: Place,
    pub counts: NavCounts,
    pub hours: BusinessHours,
    pub now: DateTime<Utc>,
    /// Why nothing can be recorded, since when, and what to do.
    pub halt: Option<String>,
    pub flash: Option<Flash>,
    /// What needs a person at once, on every page.
    pub alarms: Vec<AlarmNote>,
    /// What stands in the search box.
    pub search: String,
}

impl Chrome {
    /// Whether this person files, calls and revokes.
    pub fn works(&self) -> bool {
        self.role.may(Permission::WorkCases)
    }

    pub fn nav(&self) -> Vec<NavItem> {
        let counts = &self.counts;
        let item = |place: Place, count: Option<Count>, hot: bool| NavItem {
            href: place.href(),
            icon: place.icon(),
            label: self.t.s(place.key()),
            count: count.filter(|count| !count.is_zero()).map(|count| counted(self.t, count)),
            hot,
            current: self.place == place,
            group: None,
        };
        let mut items = vec![
            item(Place::Today, Some(counts.calls_left), counts.calls_overdue),
            item(Place::Cases, Some(counts.open_cases), false),
            item(Place::Batches, Some(counts.failed_attempts), !counts.failed_attempts.is_zero()),
            item(Place::Calendar, None, false),
            item(Place::Bulk, None, false),
            NavItem {
                group: Some(self.t.s("nav.correspondence")),
                ..item(Place::Contacts, Some(counts.waiting_contacts), false)
            },
            item(Place::Mails, Some(counts.undelivered_mails), !counts.undelivered_mails.is_zero()),
            item(Place::Customers, None, false),
        ];
        if self.works() {
            items.insert(2, item(Place::Reissue, None, false));
        }
        let office = [
            (Place::Reports, self.role.may(Permission::ReadReports)),
            (Place::Imports, self.role.may(Permission::Import)),
            (Place::Audit, true),
            (Place::Settings, self.role.may(Permission::Administer)),
        ];
        let office = office.into_iter().filter(|(_, shown)| *shown).map(|(place, _)| item(place, None, false));
        items.extend(
            office
                .enumerate()
                .map(|(n, item)| NavItem { group: (n == 0).then(|| self.t.s("nav.administration")), ..item }),
        );
        items
    }

    pub fn role_label(&self) -> &'static str {
        self.t.s(&format!("role.{}", self.role.as_str()))
    }

    pub fn now_label(&self) -> String {
        dates::short_instant(self.t, self.now)
    }

    /// Stands on paper only.
    pub fn printed(&self) -> String {
        self.t.f("frame.printed", &[("at", &dates::long_instant(self.t, self.now)), ("name", &self.user_name)])
    }

    pub fn now_machine(&self) -> String {
        dates::machine(self.now)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Today,
    Cases,
    Reissue,
    Batches,
    Calendar,
    Bulk,
    Contacts,
    Mails,
    Customers,
    Reports,
    Audit,
    Imports,
    Settings,
    /// Not in the menu, but in the user's own.
    Preferences,
}

impl Place {
    fn href(self) -> &'static str {
        match self {
            Self::Today => "/desk/today",
            Self::Cases => "/desk/cases",
            Self::Reissue => "/desk/reissues/new",
            Self::Batches => "/desk/batches",
            Self::Calendar => "/desk/calendar",
            Self::Bulk => "/desk/bulk",
            Self::Contacts => "/desk/contacts",
            Self::Mails => "/desk/mails",
            Self::Customers => "/desk/customers",
            Self::Reports => "/desk/reports",
            Self::Audit => "/desk/audit",
            Self::Imports => "/desk/imports",
            Self::Settings => "/desk/settings",
            Self::Preferences => "/desk/preferences",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Today => "phone",
            Self::Cases => "list",
            Self::Reissue => "file-text",
            Self::Batches => "layers",
            Self::Calendar => "calendar-days",
            Self::Bulk => "list-checks",
            Self::Contacts => "user-pen",
            Self::Mails => "mail",
            Self::Reports => "chart-column",
            Self::Audit => "scroll-text",
            Self::Imports => "download",
            Self::Settings => "settings",
            Self::Customers | Self::Preferences => "circle-user-round",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Today => "nav.today",
            Self::Cases => "nav.cases",
            Self::Reissue => "nav.reissue",
            Self::Batches => "nav.batches",
            Self::Calendar => "nav.calendar",
            Self::Bulk => "bulk.nav",
            Self::Contacts => "nav.contacts",
            Self::Mails => "nav.mails",
            Self::Customers => "customers.nav",
            Self::Reports => "nav.reports",
            Self::Audit => "nav.audit",
            Self::Imports => "imports.nav",
            Self::Settings => "settings.nav",
            Self::Preferences => "preferences.title",
        }
    }
}

/// The numbers beside the menu items; zero shows none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NavCounts {
    pub calls_left: Count,
    pub calls_overdue: bool,
    pub open_cases: Count,
    pub failed_attempts: Count,
    /// Successors that wait for the desk.
    pub waiting_contacts: Count,
    pub undelivered_mails: Count,
}

#[derive(Debug, Clone)]
pub struct NavItem {
    pub href: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub count: Option<String>,
    /// Something is overdue or failed.
    pub hot: bool,
    pub current: bool,
    /// The heading over the first item of a group.
    pub group: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct BusinessHours {
    pub open: bool,
    /// `09:00–18:00`
    pub label: String,
}

/// One line over the page, and where to act on it.
#[derive(Debug, Clone)]
pub struct AlarmNote {
    pub title: &'static str,
    pub what: String,
    pub href: String,
}

impl AlarmNote {
    pub fn new(t: Texts, alarm: &Alarm) -> Self {
        let kind = alarm.kind.as_str();
        let at = dates::long_instant(t, alarm.instant);
        Self {
            title: t.s(&format!("alarm.{kind}.title")),
            what: t.f(&format!("alarm.{kind}.what"), &[("n", &alarm.count), ("at", &at)]),
            href: alarm.kind.path(alarm.run),
        }
    }
}

/// What came of the previous request, shown once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flash {
    pub kind: FlashKind,
    pub text: String,
    /// Offers 次の電話へ beside it (after a call was recorded).
    pub next_call: bool,
}

impl Flash {
    pub fn done(text: impl Into<String>) -> Self {
        Self { kind: FlashKind::Done, text: text.into(), next_call: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlashKind {
    Done,
    Warning,
    Error,
}

impl FlashKind {
    pub fn css(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Warning => "warn",
            Self::Error => "err",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Done => "circle-check",
            Self::Warning => "circle-alert",
            Self::Error => "triangle-alert",
        }
    }

    /// Errors interrupt a screen reader, the rest waits.
    pub fn aria_role(self) -> &'static str {
        match self {
            Self::Done | Self::Warning => "status",
            Self::Error => "alert",
        }
    }
}
