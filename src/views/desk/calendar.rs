//! S5 カレンダー `/desk/calendar`: what falls due on each day, against holidays and the people who phone.

use askama::Template;
use askama_web::WebTemplate;

use crate::views::chrome::Chrome;
use crate::views::parts::Link;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/calendar.html")]
pub struct CalendarPage {
    pub chrome: Chrome,
    /// `2026年12月`
    pub month: String,
    pub previous: Link,
    pub next: Link,
    /// Back to the month of today, from another one.
    pub this_month: Option<Link>,
    /// The year's holidays are not known.
    pub warning: Option<String>,
    /// How many cases a day holds.
    pub capacity: String,
    /// Sunday first.
    pub weekdays: Vec<Weekday>,
    /// Seven days each; days of other months are left blank.
    pub weeks: Vec<Vec<Option<Day>>>,
    pub business_days: Vec<Day>,
}

#[derive(Debug, Clone)]
pub struct Weekday {
    pub short: &'static str,
    pub long: &'static str,
}

/// One day and where its cases are listed.
#[derive(Debug, Clone)]
pub struct Day {
    pub href: String,
    /// Of the month.
    pub number: u32,
    /// `12/8(火)`
    pub label: String,
    pub today: bool,
    pub closed: bool,
    /// Holiday, closure, 年末年始; nothing for a mere weekend.
    pub name: Option<String>,
    /// `3`, with `以上` where counting stopped; nothing where nothing falls due.
    pub ev: Option<String>,
    pub ov: Option<String>,
    /// 未完了 of a past day.
    pub unfinished: Option<String>,
    pub crowded: bool,
}
