//! The holiday file of the Cabinet Office (`syukujitsu.csv`): Shift_JIS, a header, then `2026/1/1,name` per line.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::problem::Problem;
use crate::domain::text_file;

const HEADER: [&str; 2] = ["国民の祝日・休日月日", "国民の祝日・休日名称"];
/// The longest published name has 11 characters.
const LONGEST_NAME_CHARS: usize = 40;

/// The file's text.
pub fn decode_cabinet_office_csv(file: &[u8]) -> Result<String, Problem> {
    text_file::decode(file, "holiday_csv_encoding")
}

/// All rows, or every problem found, each with its line number. Nothing of a file with a problem is taken over.
pub fn parse_cabinet_office_csv(text: &str) -> Result<Vec<(NaiveDate, String)>, Vec<Problem>> {
    let mut lines = text.trim_start_matches('\u{FEFF}').lines().zip(1_u32..);
    if !lines.next().is_some_and(|(line, _)| is_header(line)) {
        return Err(vec![Problem::on("file", "holiday_csv_header").with("line", 1)]);
    }
    let mut rows = BTreeMap::new();
    let mut problems = Vec::new();
    for (line, number) in lines.filter(|(line, _)| !line.trim().is_empty()) {
        match parse_row(line) {
            Ok((date, name)) => {
                if rows.insert(date, name).is_some() {
                    problems.push(Problem::on("file", "holiday_csv_duplicate").with("date", date).with("line", number));
                }
            }
            Err(problem) => problems.push(problem.with("line", number)),
        }
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push(Problem::on("file", "holiday_csv_empty"));
    }
    if problems.is_empty() { Ok(rows.into_iter().collect()) } else { Err(problems) }
}

fn is_header(line: &str) -> bool {
    line.split(',').map(str::trim).eq(HEADER)
}

fn parse_row(line: &str) -> Result<(NaiveDate, String), Problem> {
    let (date, name) = line
        .split_once(',')
        .map(|(date, name)| (date.trim(), name.trim()))
        .filter(|(_, name)| !name.contains(','))
        .ok_or_else(|| Problem::on("file", "holiday_csv_columns"))?;
    let parsed =
        parse_date(date).ok_or_else(|| Problem::on("file", "holiday_csv_date").with("value", shorten(date)))?;
    if name.is_empty() || name.chars().count() > LONGEST_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Problem::on("file", "holiday_csv_name").with("value", shorten(name)));
    }
    Ok((parsed, name.to_owned()))
}

/// `2026/1/1`; chrono alone would also take signs and years of any length.
fn parse_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('/');
    let mut number = |longest: usize| {
        let part = parts.next()?;
        let plain = part.len() <= longest && part.bytes().all(|byte| byte.is_ascii_digit());
        if plain { part.parse::<u16>().ok() } else { None }
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    // The law on national holidays is of 1948.
    if parts.next().is_some() || year < 1948 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
}

fn shorten(value: &str) -> String {
    value.chars().filter(|character| !character.is_control()).take(LONGEST_NAME_CHARS).collect()
}
