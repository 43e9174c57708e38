//! S9 レポート `/desk/reports`: how the desk kept its dates, and what is coming.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::charts::{Bars, DayBars, Line, Table};
use crate::views::chrome::Chrome;
use crate::views::form::FieldErrors;
use crate::views::sheet;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/reports.html")]
pub struct ReportsPage {
    pub chrome: Chrome,
    /// `2026/11/02(月) – 2026/11/20(金)`
    pub period: String,
    pub form: PeriodForm,
    pub errors: FieldErrors,
    pub may_export: bool,
    /// There is too much to be counted.
    pub warning: Option<String>,
    pub figures: Vec<Figure>,
    pub days: DayBars,
    pub days_table: Table,
    pub weeks: Line,
    pub weeks_table: Table,
    pub results: Bars,
    pub results_table: Table,
    /// `242件`
    pub calls: String,
}

/// As typed, `YYYY-MM-DD`; both empty is the usual period.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PeriodForm {
    pub from: String,
    pub to: String,
}

/// One number that says how it goes.
#[derive(Debug, Clone)]
pub struct Figure {
    pub label: String,
    /// Without a figure, a dash.
    pub value: String,
    pub unit: String,
    /// The period before, or what is left.
    pub note: String,
}

impl ReportsPage {
    /// The same as a table for spreadsheets: every number of the page, in a section of its own.
    pub fn sheet(&self) -> String {
        let t = self.chrome.t;
        let mut lines = vec![
            sheet::MARK.to_owned(),
            sheet::line([t.s("report.period"), &self.period]),
            sheet::line([""]),
            sheet::line([t.s("report.figure"), t.s("report.value"), t.s("report.unit"), t.s("report.note")]),
        ];
        lines.extend(self.figures.iter().map(|one| sheet::line([&one.label, &one.value, &one.unit, &one.note])));
        for table in [&self.days_table, &self.weeks_table, &self.results_table] {
            lines.extend([sheet::line([""]), sheet::line([&table.caption]), sheet::line(&table.head)]);
            lines.extend(table.rows.iter().map(sheet::line));
        }
        lines.concat()
    }
}
