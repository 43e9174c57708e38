//! How long a replacement may live: the dated policy table and the minimum with the order's entitlement
//! (`domain.md` section 3, "Validity of the replacement").
//!
//! Owns the table and its arithmetic. Days are JST calendar days.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::end_of_day;
use super::problem::Problem;

/// The longest validity a rule allows, counting the day of issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// n days: the last day is issue + n − 1.
    Days(u32),
    /// n months less one day; the month step clamps at the end of a shorter month.
    MonthsLessOneDay(u32),
}

impl Term {
    /// The last day of a certificate issued on `issued_on`.
    fn last_day(self, issued_on: NaiveDate) -> NaiveDate {
        let day_after = match self {
            Self::Days(days) => issued_on.checked_add_days(Days::new(days.into())),
            Self::MonthsLessOneDay(months) => issued_on.checked_add_months(Months::new(months)),
        };
        day_after.and_then(|day| day.pred_opt()).unwrap_or(NaiveDate::MAX)
    }

    /// The first day of issue from which this term reaches `end`.
    fn first_issue_reaching(self, end: NaiveDate) -> NaiveDate {
        let day_after = end.succ_opt().unwrap_or(end);
        let candidate = match self {
            Self::Days(days) => day_after.checked_sub_days(Days::new(days.into())),
            Self::MonthsLessOneDay(months) => day_after.checked_sub_months(Months::new(months)),
        };
        // Going back clamps at month ends too, so the candidate can be up to three days early.
        let candidate = candidate.unwrap_or(NaiveDate::MIN);
        candidate.iter_days().find(|day| self.last_day(*day) >= end).unwrap_or(candidate)
    }

    fn is_empty(self) -> bool {
        matches!(self, Self::Days(0) | Self::MonthsLessOneDay(0))
    }

    /// The most days that a certificate can get, on whichever day it is issued.
    pub fn longest_days(self) -> u32 {
        match self {
            Self::Days(days) => days,
            Self::MonthsLessOneDay(_) => {
                // Four years hold every length of months in a row.
                let starts = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default().iter_days().take(1461);
                let lengths = starts.map(|day| (self.last_day(day) - day).num_days() + 1);
                lengths.max().and_then(|days| u32::try_from(days).ok()).unwrap_or(u32::MAX)
            }
        }
    }
}

/// One row of the table: for certificates issued on `from` or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidityRule {
    pub from: NaiveDate,
    pub term: Term,
}

/// The dated table: the newest row on or before the day of issue counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidityPolicy {
    rules: Vec<ValidityRule>,
}

/// year, month, day, term. BR 6.3.2 allows 200, 100 and 47 days and says SHOULD NOT exceed one day less.
const SHIPPED: [(i32, u32, u32, Term); 5] = [
    (2018, 3, 1, Term::Days(825)),
    (2020, 9, 1, Term::MonthsLessOneDay(13)),
    (2026, 3, 15, Term::Days(199)),
    (2027, 3, 15, Term::Days(99)),
    (2029, 3, 15, Term::Days(46)),
];

/// year, month, day, days: what BR 6.3.2 allows at most for certificates issued from then on.
const ALLOWED: [(i32, u32, u32, u32); 5] =
    [(2018, 3, 1, 825), (2020, 9, 1, 398), (2026, 3, 15, 200), (2027, 3, 15, 100), (2029, 3, 15, 47)];

/// The days of [`ALLOWED`] with their limits.
fn allowed() -> impl DoubleEndedIterator<Item = (NaiveDate, u32)> {
    let dated = |(year, month, day, days)| Some((NaiveDate::from_ymd_opt(year, month, day)?, days));
    ALLOWED.into_iter().filter_map(dated)
}

/// A row that a change of the table adds, takes away or replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleChange {
    pub from: NaiveDate,
    pub before: Option<Term>,
    pub after: Option<Term>,
}

impl ValidityPolicy {
    /// The table of `domain.md`.
    pub fn shipped() -> Self {
        let rule = |(year, month, day, term)| {
            NaiveDate::from_ymd_opt(year, month, day).map(|from| ValidityRule { from, term })
        };
        Self { rules: SHIPPED.into_iter().filter_map(rule).collect() }
    }

    /// A configured table: at least one row, dates growing, no empty term.
    pub fn new(rules: Vec<ValidityRule>) -> Result<Self, Problem> {
        let dates_grow = rules.windows(2).all(|pair| matches!(pair, [a, b] if a.from < b.from));
        if rules.is_empty() || !dates_grow || rules.iter().any(|rule| rule.term.is_empty()) {
            return Err(Problem::new("validity_policy_malformed"));
        }
        Ok(Self { rules })
    }

    pub fn rules(&self) -> &[ValidityRule] {
        &self.rules
    }

    /// The table with this row, which replaces one of the same day. What was in force before `today` stays as it was, and
    /// no certificate gets longer than BR 6.3.2 allows.
    pub fn with_rule(&self, rule: ValidityRule, today: NaiveDate) -> Result<Self, Problem> {
        if rule.from < today {
            return Err(Problem::on("from", "validity_rule_past").with("today", today));
        }
        if rule.term.is_empty() {
            return Err(Problem::on("number", "validity_rule_empty"));
        }
        let mut rules: Vec<_> = self.rules.iter().copied().filter(|known| known.from != rule.from).collect();
        rules.push(rule);
        rules.sort_by_key(|rule| rule.from);
        Self::new(rules)?.within_the_allowed(today)
    }

    /// The table without the row of that day, under the same conditions.
    pub fn without_rule(&self, from: NaiveDate, today: NaiveDate) -> Result<Self, Problem> {
        if from < today {
            return Err(Problem::on("from", "validity_rule_past").with("today", today));
        }
        let rules: Vec<_> = self.rules.iter().copied().filter(|known| known.from != from).collect();
        if rules.len() == self.rules.len() {
            return Err(Problem::on("from", "validity_rule_unknown").with("from", from));
        }
        Self::new(rules)?.within_the_allowed(today)
    }

    /// What `new` changes, by day.
    pub fn changes_to(&self, new: &Self) -> Vec<RuleChange> {
        let term = |table: &Self, day| table.rules.iter().find(|rule| rule.from == day).map(|rule| rule.term);
        let days: std::collections::BTreeSet<_> = self.rules.iter().chain(&new.rules).map(|rule| rule.from).collect();
        let changes =
            days.into_iter().map(|from| RuleChange { from, before: term(self, from), after: term(new, from) });
        changes.filter(|change| change.before != change.after).collect()
    }

    fn within_the_allowed(self, today: NaiveDate) -> Result<Self, Problem> {
        for (index, rule) in self.rules.iter().enumerate() {
            let until = self.rules.get(index + 1).map_or(NaiveDate::MAX, |next| next.from);
            let first = rule.from.max(today);
            let longest = rule.term.longest_days();
            let days = std::iter::once(first).chain(allowed().map(|(day, _)| day).filter(|day| *day > first));
            for day in days.filter(|day| *day < until) {
                let limit = allowed().rfind(|(from, _)| *from <= day).map_or(0, |(_, limit)| limit);
                if longest > limit {
                    return Err(Problem::on("number", "validity_rule_too_long").with("on", day).with("limit", limit));
                }
            }
        }
        Ok(self)
    }

    /// The rule in force for certificates issued on that day.
    pub fn rule_on(&self, issued_on: NaiveDate) -> Result<ValidityRule, Problem> {
        let first_on = self.rules.first().map_or(NaiveDate::MAX, |first| first.from);
        self.rules.iter().rfind(|rule| rule.from <= issued_on).copied().ok_or_else(|| {
            Problem::on("issued_on", "validity_policy_missing").with("issued_on", issued_on).with("first_on", first_on)
        })
    }

    /// The first window after `issued_on` in which a further reissue reaches `entitlement_end`, each day judged by the
    /// rule in force on it.
    fn full_term_window(&self, issued_on: NaiveDate, entitlement_end: NaiveDate) -> Option<FullTermWindow> {
        let tomorrow = issued_on.succ_opt()?;
        let mut window: Option<FullTermWindow> = None;
        for (index, rule) in self.rules.iter().enumerate() {
            let replaced_from = self.rules.get(index + 1).map(|next| next.from);
            let last = replaced_from.and_then(|day| day.pred_opt()).unwrap_or(entitlement_end).min(entitlement_end);
            let first = rule.term.first_issue_reaching(entitlement_end).max(rule.from).max(tomorrow);
            match &mut window {
                None if first <= last => window = Some(FullTermWindow { first, last }),
                Some(open) if open.last.succ_opt() == Some(first) && first <= last => open.last = last,
                None | Some(_) => {}
            }
        }
        window
    }
}

struct FullTermWindow {
    first: NaiveDate,
    last: NaiveDate,
}

/// How long the replacement lives, and when the customer gets the rest of what was ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplacementValidity {
    /// The last day of the replacement.
    pub not_after_on: NaiveDate,
    /// Whether the policy ends it before the order's entitlement.
    pub shortened: bool,
    /// The first later day on which a further reissue reaches the entitlement end; only when shortened.
    pub full_term_from: Option<NaiveDate>,
    /// The last day of that chance, when a stricter rule comes into force before the entitlement ends.
    pub full_term_until: Option<NaiveDate>,
}

impl ReplacementValidity {
    /// 23:59:59 JST on the last day.
    pub fn not_after(&self) -> DateTime<Utc> {
        not_after_instant(self.not_after_on)
    }
}

/// The instant a certificate whose last day is `not_after_on` ends: 23:59:59 JST.
pub fn not_after_instant(not_after_on: NaiveDate) -> DateTime<Utc> {
    end_of_day(not_after_on)
}

/// `entitlement_end` belongs to the order, so a further reissue may end later than its own source.
pub fn replacement_validity(
    policy: &ValidityPolicy,
    issued_on: NaiveDate,
    entitlement_end: NaiveDate,
) -> Result<ReplacementValidity, Problem> {
    let rule = policy.rule_on(issued_on)?;
    if entitlement_end < issued_on {
        return Err(Problem::on("entitlement_end_on", "entitlement_ended")
            .with("entitlement_end_on", entitlement_end)
            .with("issued_on", issued_on));
    }
    let cap = rule.term.last_day(issued_on);
    let shortened = cap < entitlement_end;
    let window = if shortened { policy.full_term_window(issued_on, entitlement_end) } else { None };
    Ok(ReplacementValidity {
        not_after_on: cap.min(entitlement_end),
        shortened,
        full_term_from: window.as_ref().map(|window| window.first),
        full_term_until: window.map(|window| window.last).filter(|last| *last < entitlement_end),
    })
}
