//! The picture of the manual's supplement: the source certificate, its replacement, and, where the rule in force shortens
//! the replacement, the certificate that a further reissue brings.
//!
//! Owns the geometry. Positions are per cent of the width, so that the bars shrink with the page and the letters do not.

use chrono::NaiveDate;

use crate::domain::application::first_day_of_reissue;
use crate::domain::validity::ReplacementValidity;
use crate::messages::{Texts, dates};
use crate::views::parts::Period;

#[derive(Debug, Clone, PartialEq)]
pub struct ReissuePicture {
    pub bars: Vec<Bar>,
    /// Units of CSS.
    pub height: u32,
    /// What the picture says, for those who do not see it.
    pub description: String,
    /// Below the picture: why it is shortened, and from which day a further reissue reaches the original end.
    pub sentences: Vec<String>,
    pub original_end: Label,
}

/// One certificate: its name and its days above its bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    pub css: &'static str,
    pub name: &'static str,
    pub from: String,
    pub to: String,
    pub x: String,
    pub width: String,
    /// Days that were ordered and that this certificate does not have.
    pub missing: Option<Span>,
    pub label: Label,
    /// Baselines and the upper edge of the bar.
    pub name_y: u32,
    pub days_y: u32,
    pub bar_y: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub x: String,
    pub width: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub x: String,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
    pub text: String,
}

/// Two lines of text and the bar.
const ROW: u32 = 74;
/// The line of the original end goes on below the last bar, to its label.
const FOOT: u32 = 26;
/// A label as wide as `2020/08/10 – 2022/08/10` stays inside a picture of 288 px when it starts before the first or ends
/// behind the second.
const STARTS_UNTIL: f64 = 38.0;
const ENDS_FROM: f64 = 62.0;

impl ReissuePicture {
    /// Of a certificate that is or would be issued on `issued_on`; `validity` is what the rules give it.
    pub fn new(
        t: Texts,
        source: Period,
        issued_on: NaiveDate,
        entitlement_end: NaiveDate,
        validity: ReplacementValidity,
    ) -> Self {
        let replacement = Period { from: issued_on, to: validity.not_after_on };
        let further = validity.full_term_from.map(|from| Period { from, to: entitlement_end });
        let axis = Axis { first: source.from.min(issued_on), last: source.to.max(entitlement_end) };
        let rows = [
            Some(("bar-old", "reissue_picture.source", source)),
            Some(("bar-new", "reissue_picture.replacement", replacement)),
            further.map(|period| ("bar-further", "reissue_picture.further", period)),
        ];
        let bars: Vec<Bar> = rows
            .into_iter()
            .flatten()
            .zip(0_u32..)
            .map(|((css, name, period), row)| axis.bar(css, t.s(name), period, entitlement_end, row * ROW))
            .collect();
        let sentences = sentences(t, issued_on, entitlement_end, validity);
        Self {
            height: u32::try_from(bars.len()).unwrap_or_default() * ROW + FOOT,
            description: describe(t, &bars, &sentences),
            original_end: axis.label(
                entitlement_end,
                entitlement_end,
                t.f("reissue_picture.original_end", &[("day", &dates::numeric(entitlement_end))]),
            ),
            bars,
            sentences,
        }
    }
}

fn sentences(t: Texts, issued_on: NaiveDate, end: NaiveDate, validity: ReplacementValidity) -> Vec<String> {
    if !validity.shortened {
        return Vec::new();
    }
    let mut sentences = vec![t.f("reissue_picture.shortened", &[("end", &dates::long(t, validity.not_after_on))])];
    if let Some(from) = validity.full_term_from {
        let days = t.days(from, validity.full_term_until);
        sentences.push(t.f("reissue_picture.again", &[("days", &days), ("end", &dates::long(t, end))]));
        let in_portal = first_day_of_reissue(issued_on);
        if from < in_portal {
            sentences.push(t.f("reissue_picture.again_early", &[("day", &dates::long(t, in_portal))]));
        }
    }
    sentences
}

fn describe(t: Texts, bars: &[Bar], sentences: &[String]) -> String {
    let of_bar = |bar: &Bar| t.f("reissue_picture.bar", &[("name", &bar.name), ("from", &bar.from), ("to", &bar.to)]);
    bars.iter().map(of_bar).chain(sentences.iter().cloned()).collect()
}

struct Axis {
    first: NaiveDate,
    last: NaiveDate,
}

impl Axis {
    fn bar(&self, css: &'static str, name: &'static str, period: Period, end: NaiveDate, top: u32) -> Bar {
        let (from, to) = (dates::numeric(period.from), dates::numeric(period.to));
        Bar {
            css,
            name,
            x: percent(self.x(period.from)),
            width: percent((self.x(period.to) - self.x(period.from)).max(0.5)),
            missing: (period.to < end)
                .then(|| Span { x: percent(self.x(period.to)), width: percent(self.x(end) - self.x(period.to)) }),
            label: self.label(period.from, period.to, format!("{from} – {to}")),
            from,
            to,
            name_y: top + 16,
            days_y: top + 37,
            bar_y: top + 45,
        }
    }

    /// A label over the days from `from` to `to` that does not run out of a narrow picture.
    fn label(&self, from: NaiveDate, to: NaiveDate, text: String) -> Label {
        let (start, end) = (self.x(from), self.x(to));
        let (x, anchor) = if start <= STARTS_UNTIL {
            (start, "start")
        } else if end >= ENDS_FROM {
            (end, "end")
        } else {
            (50.0, "middle")
        };
        Label { x: percent(x), anchor, text }
    }

    fn x(&self, day: NaiveDate) -> f64 {
        let days = |from: NaiveDate, to: NaiveDate| i32::try_from((to - from).num_days()).map_or(0.0, f64::from);
        days(self.first, day) / days(self.first, self.last).max(1.0) * 100.0
    }
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::validity::{ValidityPolicy, replacement_validity};

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn picture(source: Period, issued_on: NaiveDate, end: NaiveDate) -> ReissuePicture {
        let validity = replacement_validity(&ValidityPolicy::shipped(), issued_on, end).unwrap();
        ReissuePicture::new(Texts::JA, source, issued_on, end, validity)
    }

    /// What a bar says, with the place of its label.
    fn bars(picture: &ReissuePicture) -> Vec<(&'static str, String, &'static str)> {
        picture.bars.iter().map(|bar| (bar.name, bar.label.text.clone(), bar.label.anchor)).collect()
    }

    fn number(percent: &str) -> f64 {
        percent.trim_end_matches('%').parse().unwrap()
    }

    #[test]
    fn the_manuals_example_is_drawn_with_its_dates() {
        let source = Period { from: day(2020, 8, 10), to: day(2022, 8, 10) };
        let picture = picture(source, day(2021, 1, 10), source.to);
        let expected = [
            ("再発行元証明書", "2020/08/10 – 2022/08/10", "start"),
            ("再発行先証明書", "2021/01/10 – 2022/02/09", "start"),
            ("再々発行先証明書", "2021/07/11 – 2022/08/10", "end"),
        ];
        assert_eq!(bars(&picture), expected.map(|(name, days, anchor)| (name, days.to_owned(), anchor)));
        assert_eq!(picture.sentences.len(), 2);
        assert!(picture.sentences[0].contains("2022年2月9日(水)"), "{:?}", picture.sentences);
        assert!(picture.sentences[1].contains("2021年7月11日(日)以降"), "{:?}", picture.sentences);
        assert!(picture.sentences[1].contains("2022年8月10日(水)"), "{:?}", picture.sentences);
        assert!(
            picture.description.contains("再々発行先証明書は2021/07/11から2022/08/10まで"),
            "{}",
            picture.description
        );
    }

    #[test]
    fn the_missing_days_of_the_replacement_end_where_the_order_ends() {
        let source = Period { from: day(2020, 8, 10), to: day(2022, 8, 10) };
        let picture = picture(source, day(2021, 1, 10), source.to);
        let [old, new, further] = picture.bars.as_slice() else { panic!("{:?}", picture.bars) };
        let missing = new.missing.as_ref().unwrap();
        assert!((number(&new.x) + number(&new.width) - number(&missing.x)).abs() < 0.02);
        assert!((number(&missing.x) + number(&missing.width) - 100.0).abs() < 0.02);
        assert_eq!((old.missing.as_ref(), further.missing.as_ref()), (None, None));
    }

    #[test]
    fn a_term_that_is_not_shortened_needs_no_explanation() {
        let source = Period { from: day(2026, 6, 10), to: day(2026, 12, 25) };
        let picture = picture(source, day(2026, 11, 24), source.to);
        assert_eq!(picture.bars.len(), 2);
        assert_eq!(picture.sentences, Vec::<String>::new());
    }

    #[test]
    fn a_chance_that_ends_and_a_day_before_the_portal_can_do_it_are_said() {
        let source = Period { from: day(2026, 9, 21), to: day(2027, 9, 20) };
        let picture = picture(source, day(2027, 3, 1), source.to);
        let said = picture.sentences.concat();
        assert!(said.contains("2027年3月6日(土)から2027年3月14日(日)までの間に"), "{said}");
        assert!(said.contains("2027年4月1日(木)より前"), "{said}");
    }

    #[test]
    fn no_label_leaves_a_picture_of_288_px() {
        // 23 letters of half width at 14 px, and a little.
        let label = 180.0 / 288.0 * 100.0;
        let axis = Axis { first: day(2026, 1, 1), last: day(2026, 12, 31) };
        for from in 0..365_u64 {
            for length in [0, 10, 60, 200] {
                let first = axis.first + chrono::Days::new(from);
                let last = (first + chrono::Days::new(length)).min(axis.last);
                let shown = axis.label(first, last, String::new());
                let x = number(&shown.x);
                let (left, right) = match shown.anchor {
                    "start" => (x, x + label),
                    "end" => (x - label, x),
                    _ => (x - label / 2.0, x + label / 2.0),
                };
                assert!(left >= -1.0 && right <= 101.0, "{first} {last}: {left} {right}");
            }
        }
    }
}
