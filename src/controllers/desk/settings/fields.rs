//! Numbers and dates as people type them into forms.

use chrono::{NaiveDate, NaiveTime};

use crate::domain::problem::Problem;

/// Digits of full width count like the others.
pub fn ascii_digits(typed: &str) -> String {
    typed.trim().chars().map(ascii_digit).collect()
}

fn ascii_digit(letter: char) -> char {
    match letter {
        '\u{FF10}'..='\u{FF19}' => char::from_u32(u32::from(letter) - 0xFF10 + u32::from('0')).unwrap_or(letter),
        other => other,
    }
}

/// A number, or the problem of its field. The problem goes to the others.
pub fn number(field: &'static str, typed: &str, problems: &mut Vec<Problem>) -> u32 {
    ascii_digits(typed).parse().unwrap_or_else(|_| {
        problems.push(Problem::on(field, "number_malformed"));
        0
    })
}

/// Numbers between commas, of whichever width, or blanks; none is a list too.
pub fn numbers(field: &'static str, typed: &str, problems: &mut Vec<Problem>) -> Vec<u32> {
    let typed = ascii_digits(typed);
    let parts = typed.split([',', '\u{3001}', '\u{FF0C}', ' ', '\u{3000}']).filter(|part| !part.is_empty());
    let read: Result<Vec<u32>, _> = parts.map(str::parse).collect();
    read.unwrap_or_else(|_| {
        problems.push(Problem::on(field, "number_malformed"));
        Vec::new()
    })
}

pub fn date(field: &'static str, typed: &str) -> Result<NaiveDate, Problem> {
    typed.trim().parse().map_err(|_| Problem::on(field, "date_malformed"))
}

/// Hours and minutes; what a browser without a field for times sends may be of full width.
pub fn time(field: &'static str, typed: &str) -> Result<NaiveTime, Problem> {
    let typed = ascii_digits(typed).replace('\u{FF1A}', ":");
    NaiveTime::parse_from_str(&typed, "%H:%M").map_err(|_| Problem::on(field, "time_malformed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_numbers_are_read_as_people_type_them() {
        for (typed, read) in [
            ("5, 1", Some(vec![5, 1])),
            ("5,1", Some(vec![5, 1])),
            ("５、１", Some(vec![5, 1])),
            ("10　3 1", Some(vec![10, 3, 1])),
            ("", Some(vec![])),
            ("5; 1", None),
            ("-1", None),
            ("1.5", None),
        ] {
            let mut problems = Vec::new();
            let numbers = numbers("reminder_business_days", typed, &mut problems);
            assert_eq!(problems.is_empty().then_some(numbers), read, "{typed}");
        }
    }

    #[test]
    fn a_time_is_hours_and_minutes() {
        for (typed, read) in [
            ("09:00", Some((9, 0))),
            (" 9:05 ", Some((9, 5))),
            ("１８：３０", Some((18, 30))),
            ("24:00", None),
            ("9", None),
            ("", None),
            ("09:00:30", None),
        ] {
            let read = read.and_then(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0));
            assert_eq!(time("opens", typed).ok(), read, "{typed}");
        }
    }

    #[test]
    fn a_number_is_digits_of_either_width() {
        for (typed, read) in [("15", Some(15)), (" １５ ", Some(15)), ("", None), ("x", None), ("99999999999", None)]
        {
            let mut problems = Vec::new();
            let number = number("attempts", typed, &mut problems);
            assert_eq!(problems.is_empty().then_some(number), read, "{typed}");
        }
    }
}
