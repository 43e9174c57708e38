//! Pieces that several pages share: status words, pills, tabs, links, pagers, serial numbers.

use std::fmt::Write;

use chrono::NaiveDate;

use crate::messages::Texts;
use crate::models::counting::Count;

/// An icon and a word in a tone; the colour only repeats what the word says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLabel {
    pub icon: &'static str,
    pub tone: Tone,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// To be called.
    Call,
    /// Done.
    Ok,
    /// Needs a person.
    Bad,
    /// Waits for a time or a person.
    Wait,
    /// At rest.
    Hold,
    /// In progress right now.
    Work,
}

impl Tone {
    pub fn css(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::Wait => "wait",
            Self::Hold => "hold",
            Self::Work => "work",
        }
    }
}

/// First and last day of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// A short remark in a box, added to any status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pill {
    pub color: PillColor,
    pub icon: Option<&'static str>,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PillColor {
    Red,
    Orange,
    Green,
    Blue,
    Gray,
}

impl PillColor {
    pub fn css(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Orange => "org",
            Self::Green => "grn",
            Self::Blue => "blu",
            Self::Gray => "gry",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Link {
    pub href: String,
    pub label: String,
}

impl Link {
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into() }
    }
}

/// A built-in view of a list with its count.
#[derive(Debug, Clone)]
pub struct Tab {
    pub href: String,
    pub label: String,
    /// See [`counted`].
    pub count: Option<String>,
    pub hot: bool,
    pub current: bool,
}

/// A count beside a tab or a menu item: `243`, or `1,000以上` where counting stopped.
pub fn counted(t: Texts, count: Count) -> String {
    if count.more { t.f("list.number_at_least", &[("n", &grouped(count.number))]) } else { count.number.to_string() }
}

/// A count that stands alone: `243件`, `1,000件以上`.
pub fn counted_items(t: Texts, count: Count) -> String {
    if count.more {
        t.f("list.count_at_least", &[("n", &grouped(count.number))])
    } else {
        t.f("list.count", &[("n", &count.number)])
    }
}

/// `1,000`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Keyset paging: no page numbers, the addresses carry the cursor.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// `243件中 50件を表示`
    pub shown: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}

/// What an empty list says and where to go from there.
#[derive(Debug, Clone)]
pub struct Empty {
    pub text: String,
    pub link: Option<Link>,
}

/// The names of a certificate in a list: `shop.example.jp ほか2件`.
#[derive(Debug, Clone)]
pub struct SiteNames {
    pub common_name: String,
    /// `ほか2件`, or nothing.
    pub others: String,
}

impl SiteNames {
    pub fn new(t: Texts, common_name: impl Into<String>, other_names: usize) -> Self {
        let others = if other_names == 0 { String::new() } else { t.f("cert.others", &[("n", &other_names)]) };
        Self { common_name: common_name.into(), others }
    }
}

/// A serial number in pairs with its last four digits apart, so that old and new are never confused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serial {
    /// `4a:91:…:b8:`
    pub head: String,
    /// `7c:3a`
    pub tail: String,
}

impl Serial {
    /// `hex` is lower-case and unseparated; an odd length gets a leading zero.
    pub fn new(hex: &str) -> Self {
        let padded = if hex.len().is_multiple_of(2) { hex.to_owned() } else { format!("0{hex}") };
        let pairs: Vec<String> =
            padded.as_bytes().chunks(2).map(|pair| pair.iter().map(|b| *b as char).collect()).collect();
        let (head, tail) = pairs.split_at(pairs.len().saturating_sub(2));
        let head = head.iter().flat_map(|pair| [pair.as_str(), ":"]).collect();
        Self { head, tail: tail.join(":") }
    }

    /// For narrow tables: `5c:02:…:11:9d`.
    pub fn abridged_head(&self) -> String {
        let mut pairs = self.head.split_inclusive(':');
        match (pairs.next(), pairs.next(), pairs.next()) {
            (Some(first), Some(second), Some(_)) => format!("{first}{second}…:"),
            _ => self.head.clone(),
        }
    }
}

/// `a=1&b=%E4%BB%8A`, without the empty ones: the query part of list addresses.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let filled: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .collect();
    filled.join("&")
}

fn percent_encoded(value: &str) -> String {
    value.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte as char);
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// A sentence cut where a telephone or reception number (`0120-000-000`, `RQ-260806-0182`) begins and ends; true marks
/// the numbers. Browsers would break them after a hyphen.
pub fn unbroken(text: &str) -> Vec<(bool, &str)> {
    let of_number = |letter: char| letter == '-' || letter.is_ascii_uppercase() || letter.is_ascii_digit();
    let mut parts: Vec<(bool, &str)> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = of_number(first);
        let end = rest.find(|letter| of_number(letter) != kind).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push((kind && is_number(part), part));
        rest = after;
    }
    parts
}

/// Groups of digits behind at least two hyphens; one hyphen alone is a name (`P-256`).
fn is_number(part: &str) -> bool {
    let groups: Vec<&str> = part.split('-').collect();
    groups.len() > 2
        && groups.iter().all(|group| !group.is_empty())
        && groups.iter().skip(1).all(|group| group.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_and_reception_numbers_are_kept_in_one_piece() {
        for (text, numbers) in [
            ("窓口（0120-000-000）へお電話ください。", vec!["0120-000-000"]),
            ("申請中です（RQ-260806-0182、03-0000-0000）", vec!["RQ-260806-0182", "03-0000-0000"]),
            ("「-----BEGIN CERTIFICATE REQUEST-----」", vec![]),
            ("ECDSA P-256以上、2026/12/08(火) 9:00", vec![]),
            ("", vec![]),
        ] {
            let parts = unbroken(text);
            assert_eq!(parts.iter().filter(|part| part.0).map(|part| part.1).collect::<Vec<_>>(), numbers, "{text}");
            assert_eq!(parts.iter().map(|part| part.1).collect::<String>(), text);
        }
    }

    #[test]
    fn a_count_says_when_it_is_not_the_whole() {
        for (count, beside, alone) in [
            (Count::exactly(0), "0", "0件"),
            (Count::exactly(1000), "1000", "1000件"),
            (Count::at_least(50), "50以上", "50件以上"),
            (Count::at_least(1000), "1,000以上", "1,000件以上"),
            (Count::at_least(1_234_567), "1,234,567以上", "1,234,567件以上"),
        ] {
            assert_eq!((counted(Texts::JA, count).as_str(), counted_items(Texts::JA, count).as_str()), (beside, alone));
        }
    }

    #[test]
    fn a_serial_number_shows_its_last_four_digits_apart() {
        for (hex, head, tail, abridged) in [
            ("4a910ce75d22b87c3a", "4a:91:0c:e7:5d:22:b8:", "7c:3a", "4a:91:…:"),
            ("00a1b2c3", "00:a1:", "b2:c3", "00:a1:"),
            ("1a2b3", "01:", "a2:b3", "01:"),
            ("7f", "", "7f", ""),
        ] {
            let serial = Serial::new(hex);
            assert_eq!((serial.head.as_str(), serial.tail.as_str()), (head, tail), "{hex}");
            assert_eq!(serial.abridged_head(), abridged, "{hex}");
        }
    }

    #[test]
    fn a_list_address_escapes_what_was_typed_and_leaves_empty_filters_out() {
        assert_eq!(
            query(&[("q", "例 & 100%"), ("state", ""), ("after", "a-1")]),
            "q=%E4%BE%8B%20%26%20100%25&after=a-1"
        );
    }
}
