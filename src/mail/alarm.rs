//! The mail that tells the desk itself what needs a person at once.

use super::compose::{DeskWords, instant, one_line};
use super::templates;
use crate::domain::alarm::Alarm;
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::messages::Texts;
use crate::settings::Desk;

pub struct AlarmLetter<'a> {
    pub to: Recipient,
    /// Where browsers reach the program.
    pub url: &'a str,
}

pub fn compose_alarm(alarm: &Alarm, letter: AlarmLetter<'_>, desk: &Desk) -> Result<ComposedMail, askama::Error> {
    let filled = templates::fill_alarm(&AlarmWords::new(alarm, letter.url, desk))?;
    Ok(filled.addressed(MailKind::Alarm, vec![letter.to]))
}

/// The sentences of the catalogue for this kind of alarm, filled. Pages show the same.
pub(super) struct AlarmWords {
    pub title: &'static str,
    pub what: String,
    pub todo: &'static str,
    /// Numbers of cases or names; empty where there are none.
    pub examples: String,
    pub url: String,
    pub desk: DeskWords,
}

impl AlarmWords {
    fn new(alarm: &Alarm, url: &str, desk: &Desk) -> Self {
        let texts = Texts::JA;
        let kind = alarm.kind.as_str();
        let examples: Vec<String> = alarm.examples.iter().map(|example| one_line(example)).collect();
        Self {
            title: texts.s(&format!("alarm.{kind}.title")),
            what: texts.f(&format!("alarm.{kind}.what"), &[("n", &alarm.count), ("at", &instant(alarm.instant))]),
            todo: texts.s(&format!("alarm.{kind}.todo")),
            examples: examples.join(texts.s("alarm.and")),
            url: format!("{url}{}", alarm.kind.path(alarm.run)),
            desk: DeskWords::new(desk),
        }
    }
}
