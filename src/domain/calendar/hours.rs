//! Opening hours: from when to when the desk works on its business days.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;
use crate::domain::setting::Change;

/// What customers read of the hours, in characters.
const LONGEST_WORDS: usize = 40;

/// The telephone hours of a business day, JST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    #[serde(with = "minutes")]
    pub opens: NaiveTime,
    /// No longer open at that instant.
    #[serde(with = "minutes")]
    pub closes: NaiveTime,
}

impl Default for OpeningHours {
    fn default() -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        Self { opens: at(9), closes: at(18) }
    }
}

/// The hours, and how mails and the portal name them to customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedHours {
    #[serde(flatten)]
    pub hours: OpeningHours,
    pub words: String,
}

impl AnnouncedHours {
    /// Everything that is wrong, named by its field.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.hours.closes <= self.hours.opens {
            problems
                .push(Problem::on("closes", "hours_end_before_they_begin").with("opens", written(self.hours.opens)));
        }
        let length = self.words.chars().count();
        if length == 0 || length > LONGEST_WORDS || self.words.chars().any(char::is_control) {
            problems.push(Problem::on("words", "hours_words_invalid").with("limit", LONGEST_WORDS));
        }
        problems
    }

    /// The value of each field as it is typed, in the order of the page.
    pub fn entries(&self) -> [(&'static str, String); 3] {
        [("opens", typed(self.hours.opens)), ("closes", typed(self.hours.closes)), ("words", self.words.clone())]
    }

    /// What differs in `new`.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        let pairs = self.entries().into_iter().zip(new.entries());
        let changed = pairs.filter(|((_, before), (_, after))| before != after);
        changed.map(|((field, before), (_, after))| Change { field: field.to_owned(), before, after }).collect()
    }
}

/// `9:00`, as people read it.
pub fn written(time: NaiveTime) -> String {
    time.format("%-H:%M").to_string()
}

/// `09:00`, as forms have it.
fn typed(time: NaiveTime) -> String {
    time.format(minutes::FORMAT).to_string()
}

/// Hours and minutes; nobody opens at a second.
mod minutes {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub const FORMAT: &str = "%H:%M";

    // serde hands over a reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn serialize<S: Serializer>(time: &NaiveTime, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&time.format(FORMAT))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveTime, D::Error> {
        NaiveTime::parse_from_str(&String::deserialize(from)?, FORMAT).map_err(D::Error::custom)
    }
}
