//! S1 本日の電話確認 `/desk/today`: everything to be called today, and the one button that takes the next call.

use askama::Template;
use askama_web::WebTemplate;
use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::call_band::CallBand;
use crate::messages::{Texts, dates};
use crate::views::chrome::Chrome;
use crate::views::parts::{Empty, Link, Pill, SiteNames, StatusLabel, Tab};
use crate::views::status;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/today.html")]
pub struct TodayPage {
    pub chrome: Chrome,
    /// Number of the newest event when the page was made.
    pub news: i64,
    pub today: NaiveDate,
    /// Cases of today that need no further call.
    pub done: u64,
    pub done_label: String,
    pub total: u64,
    pub total_label: String,
    /// What 次の電話へ would take; nothing when no call is due now.
    pub next: Option<NextCall>,
    /// Remarks over the list: outside business hours, first day after a holiday with its carried-over cases.
    pub bands: Vec<String>,
    /// Outside business hours, instead of 次の電話へ: the plan of the next business day.
    pub next_day_plan: Option<Link>,
    pub tabs: Vec<Tab>,
    pub groups: Vec<CallGroup>,
    pub empty: Option<Empty>,
    /// Whether this person may claim and call.
    pub may_call: bool,
}

impl TodayPage {
    fn day_label(&self) -> String {
        dates::long(self.chrome.t, self.today)
    }

    fn short_day_label(&self) -> String {
        dates::short(self.chrome.t, self.today)
    }
}

/// The panel names the company first, so that nothing opens unseen.
#[derive(Debug, Clone)]
pub struct NextCall {
    pub ev: bool,
    pub company: String,
    pub callee: CalleeName,
    pub why: Pill,
    /// Names, requested date and what came of the last call, joined by ／.
    pub facts: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct CalleeName {
    pub role: String,
    pub name: String,
    pub kana: Option<String>,
}

#[derive(Debug, Clone)]
pub struct CallGroup {
    pub title: String,
    pub note: String,
    pub rows: Vec<CallRow>,
    /// `本日中の残り10件を表示`
    pub more: Option<Link>,
}

#[derive(Debug, Clone)]
pub struct CallRow {
    pub time: CallTime,
    pub reception_number: String,
    pub ev: bool,
    pub company: String,
    pub names: SiteNames,
    pub callee: CalleeName,
    /// Written form; text only, because another person may hold the case.
    pub phone: Option<String>,
    pub extension: Option<String>,
    pub requested: String,
    pub requested_pill: Option<Pill>,
    pub status: StatusLabel,
    pub status_note: String,
    /// 対応 claims it; otherwise 見る opens it for reading.
    pub claimable: bool,
}

/// When to call: the hour in large, its reason below.
#[derive(Debug, Clone)]
pub struct CallTime {
    pub main: String,
    pub note: String,
    /// The note is a limit that is passing or has passed.
    pub limit: bool,
}

impl CallTime {
    /// Key compromise: revoke by `deadline`.
    pub fn urgent(t: Texts, deadline: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self { main: t.s("today.time.urgent").to_owned(), note: status::until(t, deadline, now), limit: true }
    }

    /// The customer named this hour.
    pub fn promised(t: Texts, at: DateTime<Utc>, today: NaiveDate) -> Self {
        Self::at(t, "today.time.promised", at, today)
    }

    /// The next try after an unanswered call.
    pub fn retry(t: Texts, at: DateTime<Utc>, today: NaiveDate) -> Self {
        Self::at(t, "today.time.retry", at, today)
    }

    /// With the day where it is another one.
    fn at(t: Texts, why: &str, at: DateTime<Utc>, today: NaiveDate) -> Self {
        let (day, why) = (dates::day_of(at), t.s(why));
        let note = if day == today { why.to_owned() } else { format!("{why} {}", dates::short(t, day)) };
        Self { main: dates::time(at), note, limit: false }
    }

    /// Any time; `days_late` business days after its day.
    pub fn any(t: Texts, days_late: u32) -> Self {
        let note = if days_late == 0 { String::new() } else { t.f("today.time.late", &[("n", &days_late)]) };
        Self { main: t.s("today.time.any").to_owned(), note, limit: days_late > 0 }
    }

    /// On its day, best within this band.
    pub fn band(t: Texts, band: CallBand) -> Self {
        let hours = t.s(&format!("call_band_hours.{}", band.as_str())).to_owned();
        Self { main: hours, note: t.s("today.time.band").to_owned(), limit: false }
    }

    /// Somebody is on it since `at`.
    pub fn since(t: Texts, at: DateTime<Utc>) -> Self {
        Self { main: dates::time(at), note: t.s("today.time.since").to_owned(), limit: false }
    }
}
