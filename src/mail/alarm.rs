//! The mail that tells the desk itself what needs a person at once.

use super::compose::instant;
use super::filling::{self, Contents, Words, one_line};
use crate::domain::alarm::Alarm;
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::domain::text::TextFault;
use crate::domain::text::template::Facts;
use crate::messages::Texts;

pub struct AlarmLetter<'a> {
    pub to: Recipient,
    /// Where browsers reach the program.
    pub url: &'a str,
}

/// In the sentences of the catalogue for this kind of alarm. Pages show the same.
pub fn compose_alarm(alarm: &Alarm, letter: AlarmLetter<'_>, words: Words<'_>) -> Result<ComposedMail, TextFault> {
    let texts = Texts::JA;
    let kind = alarm.kind.as_str();
    // Numbers of cases or names; empty where there are none.
    let examples: Vec<String> = alarm.examples.iter().map(|example| one_line(example)).collect();
    let facts = Facts::default()
        .text("title", texts.s(&format!("alarm.{kind}.title")))
        .text("what", texts.f(&format!("alarm.{kind}.what"), &[("n", &alarm.count), ("at", &instant(alarm.instant))]))
        .text("todo", texts.s(&format!("alarm.{kind}.todo")))
        .text("examples", examples.join(texts.s("alarm.and")))
        .text("page_url", format!("{}{}", letter.url, alarm.kind.path(alarm.run)));
    filling::compose(Contents { kind: MailKind::Alarm, to: vec![letter.to], facts }, words)
}
