//! Made-up contents of カレンダー, レポート and 監査ログ.

use askama::Template;

use revocation_desk::domain::problem::Problem;
use revocation_desk::messages::Texts;
use revocation_desk::views::charts::{Bars, DayBars, DayFigure, Line, Table};
use revocation_desk::views::chrome::Place;
use revocation_desk::views::desk::audit::{AuditFilterForm, AuditPage, CheckNote, ChoiceGroup, Sight, UnlockPage};
use revocation_desk::views::desk::audit_words::{AuditRow, Change, Subject};
use revocation_desk::views::desk::calendar::{CalendarPage, Day, Weekday};
use revocation_desk::views::desk::reports::{Figure, PeriodForm, ReportsPage};
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::parts::{Empty, Link, Pager, Tone};

use crate::samples::{HREF, chrome, label};

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let reversed = [Problem::on("to", "report_period_reversed")];
    let unreasoned = [Problem::on("reason", "audit_unlock_reason_missing")];
    vec![
        ("calendar", calendar(None).render()),
        ("calendar-unknown-year", calendar(Some(T.f("calendar.year_unknown", &[("year", &2028)]))).render()),
        ("reports", reports(&[]).render()),
        ("reports-refused", reports(&reversed).render()),
        ("audit", audit(Sight::Open).render()),
        ("audit-masked", audit(Sight::Masked("/desk/audit/unlock/new?back=%2Fdesk%2Faudit".to_owned())).render()),
        ("audit-unlocked", audit(Sight::Unlocked("10:54".to_owned())).render()),
        ("audit-empty", AuditPage { rows: Vec::new(), empty: Some(nothing()), ..audit(Sight::Open) }.render()),
        ("audit-own", AuditPage { actors: None, may_export: false, ..audit(Sight::Open) }.render()),
        ("audit-unlock", unlock(&[]).render()),
        ("audit-unlock-refused", unlock(&unreasoned).render()),
    ]
}

fn day(number: u32, cases: Option<(&str, &str)>) -> Day {
    Day {
        href: format!("/desk/cases?view=open&from=2026-12-{number:02}&to=2026-12-{number:02}"),
        number,
        label: format!("12/{number}"),
        today: number == 8,
        closed: number % 7 == 5 || number % 7 == 6,
        name: None,
        ev: cases.map(|(ev, _)| ev.to_owned()),
        ov: cases.map(|(_, ov)| ov.to_owned()),
        unfinished: None,
        crowded: false,
    }
}

fn calendar(warning: Option<String>) -> CalendarPage {
    let mut cells: Vec<Option<Day>> = vec![None, None];
    cells.extend((1..=31).map(|number| Some(day(number, (number % 3 == 2).then_some(("8", "23"))))));
    let set = |cells: &mut Vec<Option<Day>>, number: usize, change: fn(&mut Day)| {
        if let Some(Some(day)) = cells.get_mut(number + 1) {
            change(day);
        }
    };
    set(&mut cells, 2, |day| day.unfinished = Some("未完了 2件".to_owned()));
    set(&mut cells, 8, |day| day.crowded = true);
    set(&mut cells, 29, |day| (day.closed, day.name) = (true, Some("年末年始".to_owned())));
    cells.resize(35, None);
    let weekday = |short, long| Weekday { short, long };
    CalendarPage {
        chrome: chrome(Place::Calendar),
        month: "2026年12月".to_owned(),
        previous: Link::new("/desk/calendar?month=2026-11", "2026年11月"),
        next: Link::new("/desk/calendar?month=2027-01", "2027年1月"),
        this_month: Some(Link::new("/desk/calendar", "今月")),
        warning,
        capacity: T.f("calendar.capacity", &[("n", &60), ("people", &3), ("each", &20)]),
        weekdays: vec![
            weekday("日", "日曜日"),
            weekday("月", "月曜日"),
            weekday("火", "火曜日"),
            weekday("水", "水曜日"),
            weekday("木", "木曜日"),
            weekday("金", "金曜日"),
            weekday("土", "土曜日"),
        ],
        weeks: cells.chunks(7).map(<[_]>::to_vec).collect(),
        business_days: (8..12).map(|number| day(number, (number != 9).then_some(("8", "23")))).collect(),
    }
}

fn table(caption: &str, head: &[&str], row: &[&str]) -> Table {
    let texts = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    Table { caption: caption.to_owned(), head: texts(head), rows: vec![texts(row)] }
}

fn reports(problems: &[Problem]) -> ReportsPage {
    let figure = |key: &str, value: &str, unit: &str, note: &str| Figure {
        label: T.s(key).to_owned(),
        value: value.to_owned(),
        unit: unit.to_owned(),
        note: note.to_owned(),
    };
    let days = (0..28).map(|n: u64| DayFigure {
        lower: n % 9,
        upper: (n * 7) % 24,
        total: (n % 9 + (n * 7) % 24).to_string(),
        day: (n + 1).to_string(),
        weekday: "火".to_owned(),
        closed: n % 7 > 4,
        strong: n == 0,
    });
    let weeks: Vec<_> = (0..8).map(|n| (format!("11/{}", n + 2), (n != 3).then_some(610 + n * 20))).collect();
    let results = [("失効してよいと確認した", 118), ("不在・応答なし", 64), ("番号が違っていた", 0)];
    ReportsPage {
        chrome: chrome(Place::Reports),
        period: "2026/11/02(月) – 2026/11/20(金)".to_owned(),
        form: PeriodForm { from: "2026-11-02".to_owned(), to: "2026-11-20".to_owned() },
        errors: FieldErrors::of(T, problems),
        may_export: true,
        warning: (!problems.is_empty()).then(|| T.s("report.too_much").to_owned()),
        figures: vec![
            figure("report.on_time", "96.4", "%", "前期 94.8%"),
            figure("report.first_call", "71.0", "%", "前期 66.1%"),
            figure("report.calls_a_case", "1.6", "回", "前期 1.8回"),
            figure("report.late", "5", "件", "うち本日も未完了 3件"),
            figure("report.failed", "2", "件", "208件中・すべて復旧済み"),
        ],
        days: DayBars::new(T.s("report.days").to_owned(), "多い日は11/24(火) 31件です。".to_owned(), days.collect()),
        days_table: table(T.s("report.days"), &["失効予定日", "EV", "OV", "計"], &["2026/11/24(火)", "8", "23", "31"]),
        weeks: Line::new(T.s("report.weeks").to_owned(), &weeks),
        weeks_table: table(T.s("report.weeks"), &["週（月曜日）", "割合"], &["2026/11/16(月)", "74.0%"]),
        results: Bars::new(
            T.s("report.results").to_owned(),
            results.into_iter().map(|(label, number)| (label.to_owned(), number)).collect(),
        ),
        results_table: table(T.s("report.results"), &["結果", "回数"], &["失効してよいと確認した", "118"]),
        calls: "182件".to_owned(),
    }
}

fn nothing() -> Empty {
    Empty { text: T.s("audit.empty").to_owned(), link: Some(Link::new("/desk/audit", T.s("list.clear"))) }
}

fn audit(sight: Sight) -> AuditPage {
    let row = |sequence, action: &str, subject, change, tone| AuditRow {
        sequence,
        at: "2026/11/24(火) 10:07:41.083".to_owned(),
        at_machine: "2026-11-24T10:07+09:00".to_owned(),
        actor: Link::new("/desk/audit?actor=staff%3A1", "窓口 美咲"),
        action: T.s(&format!("audit.action.{action}")).to_owned(),
        subject,
        change,
        facts: vec![("版".to_owned(), "3".to_owned()), ("結果".to_owned(), "失効してよいと確認した".to_owned())],
        address: "192.0.2.1".to_owned(),
        upshot: label("circle-check", tone, "完了"),
        hash: "ab".repeat(32),
    };
    let case = Subject { label: "RQ-260806-0182".to_owned(), href: Some(HREF.to_owned()) };
    let moved = Change { before: "電話の確認待ち".to_owned(), after: "確認済み・実行待ち".to_owned() };
    AuditPage {
        chrome: chrome(Place::Audit),
        total: "1,000件以上".to_owned(),
        filter: AuditFilterForm { action: "call_confirmed".to_owned(), ..AuditFilterForm::default() },
        actors: Some(vec![Choice::new("", "すべて", true), Choice::new("staff:1", "窓口 美咲", false)]),
        actions: vec![ChoiceGroup {
            label: "案件",
            choices: vec![Choice::new("call_confirmed", "電話で失効を確認", true)],
        }],
        check: CheckNote {
            status: label("circle-check", Tone::Ok, T.s("audit.check.sound")),
            text: "11/24(火) 06:00　#1から#48210まで".to_owned(),
            offered: true,
        },
        sight,
        may_export: true,
        printed: "条件: すべて　1,000件以上".to_owned(),
        rows: vec![
            row(48_211, "call_confirmed", case.clone(), Some(moved), Tone::Ok),
            row(48_210, "ca_refused", case, None, Tone::Bad),
            row(
                48_209,
                "holidays_imported",
                Subject { label: "営業日カレンダー".to_owned(), href: None },
                None,
                Tone::Ok,
            ),
        ],
        pager: Pager {
            shown: "1,000件以上中 50件を表示".to_owned(),
            previous: None,
            next: Some("/desk/audit?after=48209".to_owned()),
        },
        empty: None,
    }
}

fn unlock(problems: &[Problem]) -> UnlockPage {
    UnlockPage {
        chrome: chrome(Place::Audit),
        reason: String::new(),
        back: "/desk/audit".to_owned(),
        errors: FieldErrors::of(T, problems),
    }
}
