//! Pictures of figures, drawn as SVG by `macros/charts.html`: days as stacked bars, weeks as a line, kinds as lying bars.
//!
//! Owns the geometry only. Each picture has a table with the same numbers beside it.

use std::fmt::Write;

/// A picture with its words and the same numbers as a table.
#[derive(Debug, Clone)]
pub struct Table {
    pub caption: String,
    pub head: Vec<String>,
    /// The first cell names the row.
    pub rows: Vec<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    pub y: String,
    pub label: String,
}

fn coordinate(value: f64) -> String {
    format!("{value:.1}")
}

fn number(value: u64) -> f64 {
    u32::try_from(value).map_or(f64::from(u32::MAX), f64::from)
}

/// 1, 2 or 5 times a power of ten: at most `lines` of them reach `top`.
fn step(top: u64, lines: u64) -> u64 {
    let mut unit = 1;
    loop {
        for factor in [1, 2, 5] {
            if unit * factor * lines >= top {
                return unit * factor;
            }
        }
        unit *= 10;
    }
}

/// Two stacked numbers a day; closed days are grey.
#[derive(Debug, Clone)]
pub struct DayBars {
    pub title: String,
    pub description: String,
    pub grid: Vec<Grid>,
    pub columns: Vec<Column>,
}

/// What a day of [`DayBars`] is.
#[derive(Debug, Clone)]
pub struct DayFigure {
    pub lower: u64,
    pub upper: u64,
    /// The sum as it is written.
    pub total: String,
    pub day: String,
    pub weekday: String,
    pub closed: bool,
    pub strong: bool,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub closed: bool,
    pub strong: bool,
    pub left: String,
    pub bar_left: String,
    pub middle: String,
    pub lower: Option<Block>,
    pub upper: Option<Block>,
    /// Above the bar; nothing on an empty day.
    pub total: Option<(String, String)>,
    pub day: String,
    pub weekday: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub y: String,
    pub height: String,
}

/// View box 985 × 216: the bars stand on 176 and reach 30 at most.
const FLOOR: f64 = 176.0;
const CEILING: f64 = 30.0;
const FIRST: f64 = 46.0;
const COLUMN: f64 = 33.0;
const GAP: f64 = 3.0;

impl DayBars {
    pub fn new(title: String, description: String, days: Vec<DayFigure>) -> Self {
        let highest = days.iter().map(|day| day.lower + day.upper).max().unwrap_or_default().max(1);
        let step = step(highest, 4);
        let scale = (FLOOR - CEILING) / number(highest.next_multiple_of(step).max(step));
        let grid = (0..=highest.div_ceil(step))
            .map(|n| Grid { y: coordinate(FLOOR - number(n * step) * scale), label: (n * step).to_string() });
        let mut left = FIRST;
        let mut columns = Vec::with_capacity(days.len());
        for day in days {
            columns.push(column(day, left, scale));
            left += COLUMN;
        }
        Self { title, description, grid: grid.collect(), columns }
    }
}

fn column(day: DayFigure, left: f64, scale: f64) -> Column {
    let block = |below: u64, own: u64| {
        let height = number(own) * scale;
        let y = FLOOR - number(below) * scale - height;
        (own > 0).then(|| Block { y: coordinate(y), height: coordinate(height) })
    };
    let all = day.lower + day.upper;
    Column {
        closed: day.closed,
        strong: day.strong,
        left: coordinate(left),
        bar_left: coordinate(left + GAP),
        middle: coordinate(left + COLUMN / 2.0),
        lower: block(0, day.lower),
        upper: block(day.lower, day.upper),
        total: (all > 0).then(|| (coordinate(FLOOR - number(all) * scale - 5.0), day.total)),
        day: day.day,
        weekday: day.weekday,
    }
}

/// Per cents of weeks. A week without a figure breaks the line.
#[derive(Debug, Clone)]
pub struct Line {
    pub title: String,
    pub grid: Vec<Grid>,
    pub points: Vec<Point>,
    /// Corners of each unbroken part.
    pub parts: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Point {
    pub x: String,
    /// Where the point is and where its number stands; nothing without a figure.
    pub mark: Option<Mark>,
    pub label: String,
}

#[derive(Debug, Clone)]
pub struct Mark {
    pub y: String,
    pub text_y: String,
    pub text: String,
}

/// View box 480 × 180.
const LINE_FLOOR: f64 = 150.0;
const LINE_CEILING: f64 = 25.0;
const LINE_LEFT: f64 = 66.0;
const LINE_WIDTH: f64 = 371.0;

impl Line {
    /// Each week's label and its figure in tenths of a per cent.
    pub fn new(title: String, weeks: &[(String, Option<i64>)]) -> Self {
        let height = |per_mille: i64| {
            let share = f64::from(i32::try_from(per_mille).unwrap_or_default()) / 1000.0;
            LINE_FLOOR - share * (LINE_FLOOR - LINE_CEILING)
        };
        let grid = [0, 250, 500, 750, 1000];
        let grid = grid.map(|share| Grid { y: coordinate(height(share)), label: format!("{}%", share / 10) }).to_vec();
        let distance = LINE_WIDTH / number(weeks.len().saturating_sub(1).max(1) as u64);
        let (mut points, mut parts, mut part) = (Vec::new(), Vec::new(), String::new());
        let mut x = LINE_LEFT;
        for (label, figure) in weeks {
            let mark = figure.map(|figure| Mark {
                y: coordinate(height(figure)),
                text_y: coordinate(height(figure) - 10.0),
                text: ((figure + 5) / 10).to_string(),
            });
            match &mark {
                Some(mark) => {
                    let _ = write!(part, "{}{x:.1},{}", if part.is_empty() { "" } else { " " }, mark.y);
                }
                None => parts.push(std::mem::take(&mut part)),
            }
            points.push(Point { x: coordinate(x), mark, label: label.clone() });
            x += distance;
        }
        parts.push(part);
        parts.retain(|part| part.contains(' '));
        Self { title, grid, points, parts }
    }
}

/// Numbers of kinds, longest bar for the largest.
#[derive(Debug, Clone)]
pub struct Bars {
    pub title: String,
    pub height: String,
    pub bars: Vec<Bar>,
}

#[derive(Debug, Clone)]
pub struct Bar {
    pub y: String,
    pub text_y: String,
    pub width: String,
    pub number_x: String,
    pub label: String,
    pub number: u64,
    pub strong: bool,
}

/// View box 480 wide, names up to 178.
const BAR_LEFT: f64 = 178.0;
const BAR_WIDTH: f64 = 248.0;
const BAR_ROW: f64 = 24.0;

impl Bars {
    /// Each kind's name and number; the first is the one that is hoped for.
    pub fn new(title: String, kinds: Vec<(String, u64)>) -> Self {
        let longest = kinds.iter().map(|(_, number)| *number).max().unwrap_or_default().max(1);
        let mut bars = Vec::with_capacity(kinds.len());
        let mut y = 14.0;
        for (label, count) in kinds {
            let width = number(count) / number(longest) * BAR_WIDTH;
            bars.push(Bar {
                y: coordinate(y),
                text_y: coordinate(y + 13.0),
                width: coordinate(width),
                number_x: coordinate(BAR_LEFT + width + 8.0),
                label,
                number: count,
                strong: bars.is_empty(),
            });
            y += BAR_ROW;
        }
        Self { title, height: coordinate(y + 6.0), bars }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> f64 {
        text.parse().unwrap()
    }

    #[test]
    fn steps_are_round_and_few() {
        for (top, expected) in
            [(1, 1), (4, 1), (5, 2), (8, 2), (9, 5), (20, 5), (21, 10), (31, 10), (1000, 500), (4001, 2000)]
        {
            assert_eq!(step(top, 4), expected, "{top}");
        }
    }

    #[test]
    fn the_upper_block_stands_on_the_lower_one_and_nothing_leaves_the_picture() {
        let day = |lower, upper| DayFigure {
            lower,
            upper,
            total: (lower + upper).to_string(),
            day: "24".to_owned(),
            weekday: "x".to_owned(),
            closed: false,
            strong: false,
        };
        let picture = DayBars::new(String::new(), String::new(), vec![day(8, 23), day(0, 5), day(0, 0)]);
        let [full, upper_only, empty] = picture.columns.as_slice() else { panic!() };
        let (lower, upper) = (full.lower.clone().unwrap(), full.upper.clone().unwrap());
        assert!((value(&lower.y) + value(&lower.height) - FLOOR).abs() < 0.2);
        assert!((value(&upper.y) + value(&upper.height) - value(&lower.y)).abs() < 0.2);
        assert!(value(&upper.y) >= CEILING);
        assert!((value(&upper.height) / value(&lower.height) - 23.0 / 8.0).abs() < 0.05);
        assert_eq!((upper_only.lower.clone(), upper_only.total.clone().unwrap().1), (None, "5".to_owned()));
        assert_eq!((empty.lower.clone(), empty.upper.clone(), empty.total.clone()), (None, None, None));
        assert_eq!(picture.grid.last().unwrap().label, "40");
    }

    #[test]
    fn nothing_at_all_is_still_a_picture() {
        assert_eq!(DayBars::new(String::new(), String::new(), Vec::new()).grid.len(), 2);
        assert_eq!(Bars::new(String::new(), vec![("x".to_owned(), 0)]).bars[0].width, "0.0");
        assert!(Line::new(String::new(), &[]).parts.is_empty());
    }

    #[test]
    fn a_week_without_a_figure_breaks_the_line() {
        let week = |figure| ("11/2".to_owned(), figure);
        let line =
            Line::new(String::new(), &[week(Some(610)), week(Some(645)), week(None), week(Some(1000)), week(Some(0))]);
        assert_eq!(line.parts.len(), 2, "{:?}", line.parts);
        assert_eq!(line.points.iter().filter(|point| point.mark.is_none()).count(), 1);
        let marks: Vec<_> = line.points.iter().filter_map(|point| point.mark.as_ref()).collect();
        assert_eq!((marks[1].text.as_str(), value(&marks[2].y), value(&marks[3].y)), ("65", LINE_CEILING, LINE_FLOOR));
        // A point between two gaps is a mark without a line.
        assert!(Line::new(String::new(), &[week(None), week(Some(5)), week(None)]).parts.is_empty());
    }

    #[test]
    fn the_longest_bar_is_the_largest_number() {
        let bars = Bars::new(String::new(), vec![("a".to_owned(), 50), ("b".to_owned(), 100)]).bars;
        assert_eq!((value(&bars[0].width), value(&bars[1].width)), (BAR_WIDTH / 2.0, BAR_WIDTH));
        assert_eq!((bars[0].strong, bars[1].strong), (true, false));
    }
}
