//! The text catalogue: every sentence that people read comes from `views/messages/<language>/*.toml`.
//!
//! Japanese has every text; English those of the staff pages and of the API, while portal and mails are Japanese.
//!
//! Owns looking texts up and filling their `{placeholders}`. Must not decide which text is shown, and knows no page.
//! Each subject has its own file; the tables of all files are flattened into dotted keys (`[nav] today = …` is
//! `nav.today`) and no key may appear twice.

pub mod dates;
pub mod shipped;

use std::collections::HashMap;
use std::fmt::{Display, Write};
use std::sync::LazyLock;

use chrono::NaiveDate;
use rust_embed::RustEmbed;

use crate::domain::language::Language;
use crate::domain::problem::Problem;

/// Shown where a text is missing; a test keeps this from happening for keys that are written in the code.
const MISSING: &str = "???";

#[derive(RustEmbed)]
#[folder = "views/messages/"]
struct MessageFiles;

/// One language's texts: a handle to pass around by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts {
    language: Language,
}

impl Texts {
    pub const JA: Self = Self::of(Language::Japanese);
    pub const EN: Self = Self::of(Language::English);

    pub const fn of(language: Language) -> Self {
        Self { language }
    }

    pub fn language(self) -> Language {
        self.language
    }

    /// For `lang` attributes.
    pub fn lang(self) -> &'static str {
        self.language.as_str()
    }

    /// Reads the files; the start-up stops on a message file that does not parse or repeats a key.
    pub fn check(self) -> Result<(), CatalogueError> {
        self.catalogue().as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// The text of `key` as it stands.
    pub fn s(self, key: &str) -> &'static str {
        self.get(key).unwrap_or_else(|| {
            tracing::error!(key, "a text is missing in views/messages");
            MISSING
        })
    }

    /// The text of `key` with its `{placeholders}` filled. `{n|case|cases}` shows the word for one or for several.
    pub fn f(self, key: &str, params: &[(&str, &(dyn Display + Sync))]) -> String {
        fill(self.s(key), |placeholder| {
            let (name, words) = placeholder.split_once('|').unwrap_or((placeholder, ""));
            let value = params.iter().find(|(known, _)| *known == name)?.1.to_string();
            Some(if words.is_empty() { value } else { numbered(&value, words) })
        })
    }

    /// 「…以降」, 「…から…までの間」 or the one day: when something is possible, to go before 「に」.
    pub fn days(self, from: NaiveDate, until: Option<NaiveDate>) -> String {
        let first = dates::long(self, from);
        match until {
            None => self.f("days.from", &[("from", &first)]),
            Some(last) if last == from => self.f("days.only", &[("from", &first)]),
            Some(last) => self.f("days.between", &[("from", &first), ("until", &dates::long(self, last))]),
        }
    }

    /// What a refusal says to the person who caused it: the text of `problem.<code>`.
    ///
    /// `{state:state}` shows the word for a code, the text `state.<value>`. Dates and instants are written for the
    /// reader, whatever they look like in the refusal.
    pub fn problem(self, problem: &Problem) -> String {
        self.refusal(problem.code, &problem.params)
    }

    /// The same for a refusal that was written down.
    pub fn refusal(self, code: &str, params: &[(impl AsRef<str>, String)]) -> String {
        let text = self.s(&format!("problem.{code}"));
        fill(text, |placeholder| {
            let (name, words) = placeholder.split_once('|').unwrap_or((placeholder, ""));
            let (name, group) = name.split_once(':').unwrap_or((name, ""));
            let (_, value) = params.iter().find(|(known, _)| known.as_ref() == name)?;
            if !words.is_empty() {
                return Some(numbered(value, words));
            }
            let word = if group.is_empty() { None } else { self.get(&format!("{group}.{value}")) };
            Some(word.map_or_else(|| dates::readable(self, value), str::to_owned))
        })
    }

    /// The text of `key`, or nothing: for texts that only some values have.
    pub fn get(self, key: &str) -> Option<&'static str> {
        self.catalogue().as_ref().ok()?.get(key).map(String::as_str)
    }

    fn catalogue(self) -> &'static Result<Catalogue, CatalogueError> {
        static JAPANESE: LazyLock<Result<Catalogue, CatalogueError>> = LazyLock::new(|| read(Language::Japanese));
        static ENGLISH: LazyLock<Result<Catalogue, CatalogueError>> = LazyLock::new(|| read(Language::English));
        match self.language {
            Language::Japanese => &JAPANESE,
            Language::English => &ENGLISH,
        }
    }
}

type Catalogue = HashMap<String, String>;

/// Why the message files cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    #[error("{file}: not readable as TOML: {reason}")]
    Unreadable { file: String, reason: String },
    #[error("{file}: {key} is neither a text nor a table")]
    NotAText { file: String, key: String },
    #[error("{file}: {key} is already defined in another message file")]
    Repeated { file: String, key: String },
}

fn read(language: Language) -> Result<Catalogue, CatalogueError> {
    let folder = format!("{}/", language.as_str());
    let mut catalogue = Catalogue::new();
    for file in MessageFiles::iter().filter(|file| file.starts_with(&folder)) {
        let unreadable = |reason: String| CatalogueError::Unreadable { file: file.to_string(), reason };
        let bytes = MessageFiles::get(&file).ok_or_else(|| unreadable("vanished".to_owned()))?;
        let text = std::str::from_utf8(&bytes.data).map_err(|error| unreadable(error.to_string()))?;
        let table = text.parse::<toml::Table>().map_err(|error| unreadable(error.to_string()))?;
        flatten(&file, "", table, &mut catalogue)?;
    }
    Ok(catalogue)
}

fn flatten(file: &str, prefix: &str, table: toml::Table, into: &mut Catalogue) -> Result<(), CatalogueError> {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        match value {
            toml::Value::String(text) => {
                if into.insert(key.clone(), text).is_some() {
                    return Err(CatalogueError::Repeated { file: file.to_owned(), key });
                }
            }
            toml::Value::Table(inner) => flatten(file, &format!("{key}."), inner, into)?,
            _ => return Err(CatalogueError::NotAText { file: file.to_owned(), key }),
        }
    }
    Ok(())
}

/// `1` of `case|cases` is `case`.
fn numbered(value: &str, words: &str) -> String {
    let (one, several) = words.split_once('|').unwrap_or((words, words));
    if value == "1" { one.to_owned() } else { several.to_owned() }
}

/// Replaces each `{name}` that has a value; an unknown name stays visible as it is written.
fn fill(text: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, from_brace) = rest.split_at(start);
        filled.push_str(before);
        let Some(end) = from_brace.find('}') else {
            filled.push_str(from_brace);
            return filled;
        };
        match value_of(&from_brace[1..end]) {
            Some(value) => filled.push_str(&value),
            None => {
                let _ = write!(filled, "{}", &from_brace[..=end]);
            }
        }
        rest = &from_brace[end + 1..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_file_parses_and_no_key_is_defined_twice() {
        assert_eq!(Texts::JA.check(), Ok(()));
        assert_eq!(Texts::EN.check(), Ok(()));
    }

    #[test]
    fn an_english_word_follows_its_number() {
        for (n, expected) in [(0, "0 items"), (1, "1 item"), (2, "2 items")] {
            assert_eq!(Texts::EN.f("list.count", &[("n", &n)]), expected);
            let problem = Problem::new("invalid_input").with("n", n);
            assert_eq!(Texts::EN.problem(&problem).contains("error)"), n == 1, "{n}");
        }
    }

    #[test]
    fn a_key_in_two_files_is_refused() {
        let mut catalogue = Catalogue::new();
        let table = || "[nav]\ntoday = 'a'".parse::<toml::Table>().unwrap();
        flatten("ja/one.toml", "", table(), &mut catalogue).unwrap();
        let refused = flatten("ja/two.toml", "", table(), &mut catalogue);
        assert_eq!(
            refused,
            Err(CatalogueError::Repeated { file: "ja/two.toml".to_owned(), key: "nav.today".to_owned() })
        );
    }

    #[test]
    fn placeholders_are_filled_by_name_and_never_twice() {
        let value_of = |name: &str| match name {
            "n" => Some("3".to_owned()),
            "value" => Some("{n}".to_owned()),
            _ => None,
        };
        for (text, expected) in [
            ("{n}件", "3件"),
            ("{n}／{n}", "3／3"),
            ("なし", "なし"),
            ("{value}", "{n}"),
            ("{unknown}のまま", "{unknown}のまま"),
            ("閉じない{n", "閉じない{n"),
        ] {
            assert_eq!(fill(text, value_of), expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_words_and_readable_dates() {
        let wrong = Problem::on("spoke_with", "wrong_contact")
            .with("needed", "application_responsible")
            .with("given", "procedure_contact");
        assert_eq!(
            Texts::JA.problem(&wrong),
            "この証明書は申請責任者との確認が必要です。話した相手は手続き担当者のため、失効には進めません。"
        );
        let early = Problem::on("outcome", "not_due").with("due_on", "2026-12-08");
        assert!(Texts::JA.problem(&early).starts_with("失効できるのは2026年12月8日(火)からです。"));
        assert_eq!(
            Texts::EN.problem(&wrong),
            "This certificate needs the confirmation of the responsible person. \
             You spoke with the procedure contact, so it cannot be revoked."
        );
        assert!(Texts::EN.problem(&early).starts_with("Revocation is possible from 8 December 2026 (Tue) on."));
    }
}
