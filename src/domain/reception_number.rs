//! 受付番号: the human key of an application and of its case, `RQ-260806-0182`.
//!
//! Owns its form. Which number of the day is free is the database's business.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::problem::Problem;

/// The JST date of filing and the number of that day. Two digits of the year: good from 2000 to 2099. Ordered by
/// date, then by number (unlike the text, once a day passes 9999).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceptionNumber {
    filed_on: NaiveDate,
    number: u32,
}

impl ReceptionNumber {
    /// The `number`th application of the day, counted from 1.
    pub fn new(filed_on: NaiveDate, number: u32) -> Self {
        Self { filed_on, number }
    }

    pub fn filed_on(self) -> NaiveDate {
        self.filed_on
    }

    pub fn number(self) -> u32 {
        self.number
    }
}

impl fmt::Display for ReceptionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RQ-{}-{:04}", self.filed_on.format("%y%m%d"), self.number)
    }
}

impl FromStr for ReceptionNumber {
    type Err = Problem;

    /// Reads what people type or paste: lower case, full width, any dash, space around it.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let typed: String = text.trim().nfkc().map(plain_dash).flat_map(char::to_uppercase).take(MAX_CHARS).collect();
        parse_canonical(typed.trim()).ok_or_else(|| {
            let shown: String = text.trim().chars().take(MAX_CHARS).collect();
            Problem::on("reception_number", "reception_number_malformed").with("value", shown)
        })
    }
}

/// More than any reception number; what is longer is cut and then refused.
const MAX_CHARS: usize = 32;

/// Hyphens and what Japanese keyboards and word processors make of them.
fn plain_dash(character: char) -> char {
    match character {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' => '-',
        other => other,
    }
}

fn parse_canonical(text: &str) -> Option<ReceptionNumber> {
    let (date, number) = text.strip_prefix("RQ-")?.split_once('-')?;
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let padded_too_much = number.len() > 4 && number.starts_with('0');
    if date.len() != 6 || number.len() < 4 || padded_too_much || !digits_only(date) || !digits_only(number) {
        return None;
    }
    let part = |from: usize| date.get(from..from + 2)?.parse::<u32>().ok();
    let year = i32::try_from(part(0)?).ok()? + 2000;
    let filed_on = NaiveDate::from_ymd_opt(year, part(2)?, part(4)?)?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    Some(ReceptionNumber::new(filed_on, number))
}
