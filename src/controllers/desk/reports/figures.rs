//! The numbers of a period, and how they are told beside those of the period before.

use chrono::{Days, NaiveDate};

use crate::controllers::desk::frame::Frame;
use crate::domain::calendar::start_of_day;
use crate::domain::call::CallOutcome;
use crate::domain::report::{Period, Share};
use crate::errors::Result;
use crate::messages::Texts;
use crate::models::case_queue::{self, CaseFilter, CaseView};
use crate::models::counting::Count;
use crate::models::figures::{self, CallFigure, Failures, Range, Revocations};
use crate::views::desk::reports::Figure;
use crate::views::parts::counted;

/// What happened in a period. A figure that there is not was too much to count.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    pub revocations: Option<Revocations>,
    pub calls: Option<Vec<CallFigure>>,
    pub failures: Option<Failures>,
    /// Due in the period, past their day and still not revoked.
    pub unfinished: Count,
}

impl Numbers {
    pub async fn of(frame: &Frame, period: Period) -> Result<Self> {
        let (db, range) = (&frame.desk.db, range_of(period));
        let late = CaseFilter {
            view: CaseView::Overdue,
            due_from: Some(period.from),
            due_to: Some(period.to),
            ..CaseFilter::default()
        };
        Ok(Self {
            revocations: figures::revocations(db, range).await?,
            calls: figures::calls(db, range).await?,
            failures: figures::failures(db, range).await?,
            unfinished: case_queue::count(db, &late, frame.today()).await?,
        })
    }

    pub fn is_complete(&self) -> bool {
        self.revocations.is_some() && self.calls.is_some() && self.failures.is_some()
    }

    fn on_time(&self) -> Share {
        let revoked = self.revocations.unwrap_or_default();
        Share { hits: revoked.on_time, of: revoked.cases }
    }

    /// Calls for each case that was revoked after at least one, in tenths.
    fn calls_a_case(&self) -> Option<i64> {
        let revoked = self.revocations.unwrap_or_default();
        Share { hits: revoked.calls, of: revoked.called * 100 }.per_mille()
    }

    /// Revoked after their day, and not revoked though their day is over.
    fn late(&self) -> Count {
        let revoked = self.revocations.map_or(0, |revoked| revoked.cases - revoked.on_time);
        Count::exactly(u64::try_from(revoked).unwrap_or_default()) + self.unfinished
    }
}

fn range_of(period: Period) -> Range {
    let after = period.to.checked_add_days(Days::new(1)).unwrap_or(period.to);
    (start_of_day(period.from), start_of_day(after))
}

/// Of the first calls, those in which the right person agreed.
pub fn first_calls<'a>(calls: impl IntoIterator<Item = &'a CallFigure>) -> Share {
    let mut share = Share::default();
    for call in calls.into_iter().filter(|call| call.first) {
        let hits = if call.outcome == CallOutcome::Confirmed { call.calls } else { 0 };
        share += Share { hits, of: call.calls };
    }
    share
}

/// The share of first calls in each of the weeks that lead to the end of the period; nothing where it is too much.
pub async fn weekly(frame: &Frame, period: Period) -> Result<Vec<(NaiveDate, Share)>> {
    let weeks = period.weeks();
    let mut shares = Vec::with_capacity(weeks.len());
    for monday in weeks {
        let week = Period { from: monday, to: monday.checked_add_days(Days::new(6)).unwrap_or(monday) };
        let calls = figures::calls(&frame.desk.db, range_of(week)).await?;
        shares.push((monday, first_calls(calls.iter().flatten())));
    }
    Ok(shares)
}

pub fn told(t: Texts, numbers: &Numbers, before: &Numbers) -> Vec<Figure> {
    let first = |numbers: &Numbers| numbers.calls.as_ref().and_then(|calls| first_calls(calls).per_mille());
    let share = |key: &str, now: Option<i64>, then: Option<i64>| {
        let unit = t.s("report.percent");
        figure(t, key, now.map(tenths), unit, then.map(|then| format!("{}{unit}", tenths(then))))
    };
    let late = numbers.late();
    let failures = numbers.failures.unwrap_or_default();
    let of = numbers.revocations.map_or(0, |revoked| revoked.cases) + failures.open;
    let failed_note =
        if failures.cases > 0 && failures.open == 0 { "report.failed_mended" } else { "report.failed_open" };
    let calls = t.s("report.times");
    vec![
        share("report.on_time", numbers.on_time().per_mille(), before.on_time().per_mille()),
        share("report.first_call", first(numbers), first(before)),
        figure(
            t,
            "report.calls_a_case",
            numbers.calls_a_case().map(tenths),
            calls,
            before.calls_a_case().map(|then| format!("{}{calls}", tenths(then))),
        ),
        Figure {
            note: t.f("report.late_unfinished", &[("n", &counted(t, numbers.unfinished))]),
            ..figure(t, "report.late", numbers.revocations.map(|_| counted(t, late)), t.s("report.cases"), None)
        },
        Figure {
            note: t.f(failed_note, &[("of", &of), ("n", &failures.open)]),
            ..figure(t, "report.failed", numbers.failures.map(|one| one.cases.to_string()), t.s("report.cases"), None)
        },
    ]
}

/// `before` is what the figure was in the period before.
fn figure(t: Texts, key: &str, value: Option<String>, unit: &str, before: Option<String>) -> Figure {
    let unit = if value.is_some() { unit.to_owned() } else { String::new() };
    Figure {
        label: t.s(key).to_owned(),
        value: value.unwrap_or_else(|| "–".to_owned()),
        unit,
        note: before.map(|before| t.f("report.before", &[("value", &before)])).unwrap_or_default(),
    }
}

/// `96.4`
pub fn tenths(per_mille: i64) -> String {
    format!("{}.{}", per_mille / 10, per_mille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_first_calls_count_and_only_those_that_were_confirmed_are_hits() {
        let call = |outcome, first, calls| CallFigure { day: NaiveDate::MIN, outcome, first, calls };
        let made = [
            call(CallOutcome::Confirmed, true, 3),
            call(CallOutcome::NoAnswer, true, 2),
            call(CallOutcome::Confirmed, false, 7),
        ];
        assert_eq!(first_calls(&made), Share { hits: 3, of: 5 });
        assert_eq!(first_calls(&[]), Share::default());
    }

    #[test]
    fn figures_are_told_with_those_before_and_a_dash_where_there_is_none() {
        let numbers = Numbers {
            revocations: Some(Revocations { cases: 28, on_time: 27, called: 20, calls: 32 }),
            calls: Some(Vec::new()),
            failures: Some(Failures { cases: 2, open: 0 }),
            unfinished: Count::exactly(3),
        };
        let told = told(Texts::JA, &numbers, &Numbers::default());
        let seen: Vec<_> = told.iter().map(|one| format!("{}{}　{}", one.value, one.unit, one.note)).collect();
        assert_eq!(seen, ["96.4%　", "–　", "1.6回　", "4件　うち本日も未完了 3件", "2件　28件中・すべて復旧済み"]);
        let before = super::told(Texts::JA, &Numbers::default(), &numbers);
        assert_eq!((before[0].value.as_str(), before[0].note.as_str()), ("–", "前期 96.4%"));
        assert_eq!(before[3].value, "–");
    }
}
