//! `/_styleguide`: every component of `views/macros/` in all its states. Made-up contents, words from the catalogue.

use askama::Template;
use askama_web::WebTemplate;
use chrono::NaiveDate;

use super::charts::{Bars, DayBars, DayFigure, Line, Table};
use super::chrome::{Flash, FlashKind};
use super::desk::case::{CaseHead, CertificateFacts, CertificatePair};
use super::desk::validity_picture::{Period, ValidityPicture};
use super::form::{Choice, FieldErrors, Guard};
use super::installation::{self, Cell};
use super::parts::{Empty, Link, Pager, Pill, PillColor, Serial, SiteNames, StatusLabel, Tab, Tone};
use crate::domain::installation::{Standing, StandingKind};
use crate::domain::problem::Problem;
use crate::messages::Texts;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "development/styleguide.html")]
pub struct StyleguidePage {
    pub t: Texts,
    pub product: String,
    icons: Vec<&'static str>,
    flashes: Vec<Flash>,
    statuses: Vec<StatusLabel>,
    installations: Vec<Cell>,
    pills: Vec<Pill>,
    serial: Serial,
    names: Vec<SiteNames>,
    tabs: Vec<Tab>,
    states: Vec<Link>,
    pager: Pager,
    empties: Vec<Empty>,
    facts: Vec<(String, String)>,
    head: CaseHead,
    guard: Guard,
    choices: Vec<Choice>,
    fine: FieldErrors,
    refused: FieldErrors,
    pair: CertificatePair,
    picture: ValidityPicture,
    days: DayBars,
    weeks: Line,
    results: Bars,
    table: Table,
}

/// Components of which a page has only one show one of their states; as many pages as the most.
const STATES: usize = 4;
const TONES: [Tone; 6] = [Tone::Call, Tone::Ok, Tone::Bad, Tone::Wait, Tone::Hold, Tone::Work];
const COLORS: [PillColor; 5] = [PillColor::Red, PillColor::Orange, PillColor::Green, PillColor::Blue, PillColor::Gray];

impl StyleguidePage {
    pub fn new(t: Texts, product: String, icons: Vec<&'static str>, state: usize) -> Self {
        let status = |tone: Tone| StatusLabel { icon: "circle-check", tone, text: format!("{tone:?}") };
        let pill = |color: PillColor| Pill { color, icon: Some("clock"), text: format!("{color:?}") };
        let flash = |kind: FlashKind| Flash { kind, text: format!("{kind:?}"), next_call: false };
        let problems = [
            Problem::on("outcome", "outcome_missing"),
            Problem::on("note", "note_too_long"),
            Problem::on("password", "password_too_short").with("min", 12),
            Problem::on("code", "confirmation_code_refused"),
            Problem::new("stale_version"),
        ];
        Self {
            icons,
            flashes: vec![flash(FlashKind::Done), flash(FlashKind::Warning), flash(FlashKind::Error)],
            statuses: TONES.into_iter().map(status).collect(),
            installations: installations(t),
            pills: COLORS.into_iter().flat_map(|color| [pill(color), Pill { icon: None, ..pill(color) }]).collect(),
            serial: Serial::new("4a910ce75d22b87c3a"),
            names: vec![SiteNames::new(t, "www.example.jp", 0), SiteNames::new(t, "www.example.jp", 2)],
            tabs: tabs(t),
            states: (0..STATES)
                .map(|state| Link::new(format!("/_styleguide?state={state}"), (state + 1).to_string()))
                .collect(),
            pager: pager(t, state),
            empties: vec![
                Empty { text: t.s("cases.empty").to_owned(), link: None },
                Empty { text: t.s("cases.empty").to_owned(), link: Some(Link::new("#main", t.s("list.clear"))) },
            ],
            facts: vec![
                (t.s("cert.common_name").to_owned(), "www.example.jp".to_owned()),
                (t.s("cert.organization").to_owned(), "Example K.K.".to_owned()),
            ],
            head: head(t),
            guard: Guard::default(),
            choices: vec![Choice::new("ov", "OV", false), Choice::new("ev", "EV", true)],
            fine: FieldErrors::default(),
            refused: FieldErrors::of(t, &problems),
            pair: pair(t, state),
            picture: picture(t),
            days: days(t),
            weeks: Line::new(t.s("report.weeks_region").to_owned(), &weeks()),
            results: Bars::new(t.s("report.results_region").to_owned(), results(t)),
            table: table(t),
            t,
            product,
        }
    }
}

fn tabs(t: Texts) -> Vec<Tab> {
    let tab = |key: &str, count: Option<&str>, hot: bool, current: bool| Tab {
        href: "#main".to_owned(),
        label: t.s(key).to_owned(),
        count: count.map(str::to_owned),
        hot,
        current,
    };
    vec![
        tab("cases.tab.all", Some("243"), false, true),
        tab("cases.tab.overdue", Some("3"), true, false),
        tab("cases.tab.closed", None, false, false),
    ]
}

/// The first page, one in the middle, the last, and a list of one page.
fn pager(t: Texts, state: usize) -> Pager {
    let place = |there: bool| there.then(|| "#main".to_owned());
    Pager {
        shown: t.f("list.shown", &[("total", &t.f("list.count", &[("n", &243)])), ("n", &50)]),
        previous: place(matches!(state, 1 | 2)),
        next: place(matches!(state, 0 | 1)),
    }
}

fn head(t: Texts) -> CaseHead {
    let pill = Pill { color: PillColor::Red, icon: Some("shield-alert"), text: t.s("pill.key_compromise").to_owned() };
    CaseHead {
        reception_number: "RQ-260806-0182".to_owned(),
        ev: true,
        company: "Example K.K.".to_owned(),
        status: StatusLabel { icon: "phone", tone: Tone::Call, text: t.s("status.due").to_owned() },
        pills: vec![pill],
        back: Link::new("#main", t.s("nav.cases")),
    }
}

/// Whatever the sites may show, and before anybody has looked.
fn installations(t: Texts) -> Vec<Cell> {
    let cell = |kind: StandingKind| {
        let standing = Standing { kind, names: 2, of: 3 };
        Cell { status: Some(installation::status(t, standing)), text: "11/24 09:00".to_owned() }
    };
    StandingKind::ALL.into_iter().map(cell).chain([Cell::issued(t, true), Cell::issued(t, false)]).collect()
}

/// Not issued yet; issued with the same names; issued with others.
fn pair(t: Texts, state: usize) -> CertificatePair {
    let old = CertificateFacts {
        common_name: "www.example.jp".to_owned(),
        other_names: vec!["example.jp".to_owned()],
        organization: "Example K.K.".to_owned(),
        period: "2026/03/02 – 2027/04/03".to_owned(),
        remaining: t.f("cert.remaining", &[("n", &130)]),
        serial: Serial::new("4a910ce75d22b87c3a"),
        issuer: "Example CA G3".to_owned(),
        key: "RSA 2048".to_owned(),
        status: StatusLabel { icon: "circle-check", tone: Tone::Ok, text: t.s("cert.valid").to_owned() },
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
    };
    let same = CertificateFacts {
        period: "2026/08/06 – 2027/02/21".to_owned(),
        serial: Serial::new("1f63d408aa9e51e290"),
        key: "ECDSA P-256".to_owned(),
        ..old.clone()
    };
    let others = CertificateFacts { other_names: Vec::new(), ..same.clone() };
    let new = match state {
        0 => None,
        1 => Some(same),
        _ => Some(others),
    };
    CertificatePair {
        reason: t.f("case.reissue_reason", &[("reason", &t.s("mail.reason.other"))]),
        old,
        new,
        sites: None,
        ct_log: None,
    }
}

fn picture(t: Texts) -> ValidityPicture {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let old = Period { from: day(2026, 3, 2), to: day(2027, 4, 3) };
    let new = Period { from: day(2026, 8, 6), to: day(2027, 2, 21) };
    ValidityPicture::new(t, old, Some(new), day(2026, 12, 8), day(2026, 11, 24))
}

/// A closed day, one without cases, and some with both kinds; the last is today.
fn days(t: Texts) -> DayBars {
    let figure = |(day, lower, upper): (u32, u64, u64)| DayFigure {
        lower,
        upper,
        total: (lower + upper).to_string(),
        day: day.to_string(),
        weekday: t.s("weekday.mon").to_owned(),
        closed: day == 1,
        strong: day == 4,
    };
    let figures = [(1, 0, 0), (2, 0, 0), (3, 2, 5), (4, 12, 30)].into_iter().map(figure).collect();
    DayBars::new(t.s("report.days_region").to_owned(), t.s("report.as_table").to_owned(), figures)
}

/// A week without calls leaves a gap.
fn weeks() -> Vec<(String, Option<i64>)> {
    [("10/26", Some(720)), ("11/2", None), ("11/9", Some(810)), ("11/16", Some(645))]
        .map(|(week, rate)| (week.to_owned(), rate))
        .to_vec()
}

fn results(t: Texts) -> Vec<(String, u64)> {
    [("outcome.confirmed", 41), ("outcome.no_answer", 17), ("outcome.wrong_number", 0)]
        .map(|(key, n)| (t.s(key).to_owned(), n))
        .to_vec()
}

fn table(t: Texts) -> Table {
    let row = |(name, n): (String, u64)| vec![name, n.to_string()];
    Table {
        caption: t.s("report.results").to_owned(),
        head: vec![t.s("call.outcome").to_owned(), t.s("report.calls").to_owned()],
        rows: results(t).into_iter().map(row).collect(),
    }
}
