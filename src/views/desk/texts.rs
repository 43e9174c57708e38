//! S11 メールの文面・通話の進め方 `/desk/settings/{mail_texts,call_scripts,texts/…}`: what is said, and its versions.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::domain::text::diff::{self, Change};
use crate::domain::text::script::Step;
use crate::messages::Texts;
use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::parts::Link;

/// All texts of one family.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/texts/index.html")]
pub struct TextsPage {
    pub chrome: Chrome,
    pub title: &'static str,
    pub explanation: &'static str,
    /// The page of the other family.
    pub other: Link,
    pub rows: Vec<TextRow>,
}

#[derive(Debug, Clone)]
pub struct TextRow {
    pub text: Link,
    /// The version in force.
    pub version: String,
    /// Since when.
    pub since: String,
    /// Versions whose day has not come.
    pub planned: Vec<String>,
}

/// One text to be changed, what may stand in it, its versions.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/texts/edit.html")]
pub struct EditPage {
    pub chrome: Chrome,
    pub head: TextHead,
    pub guard: Guard,
    pub input: TextInput,
    /// The version that is taken up again.
    pub restoring: Option<String>,
    pub places: Vec<PlaceRow>,
    pub versions: Vec<VersionRow>,
    pub errors: FieldErrors,
}

/// What every page of one text begins with.
#[derive(Debug, Clone)]
pub struct TextHead {
    pub name: &'static str,
    /// `/desk/settings/texts/withdrawn`
    pub href: String,
    /// The list it stands in.
    pub family: Link,
    pub has_subject: bool,
    /// How the text is written, where it is not a mail.
    pub form: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct PlaceRow {
    /// With its braces.
    pub written: String,
    pub meaning: &'static str,
    /// Where it may stand, and how it behaves.
    pub usage: &'static str,
}

#[derive(Debug, Clone)]
pub struct VersionRow {
    pub version: Link,
    pub effective_on: String,
    pub saved: String,
    pub reason: String,
    /// It is the one in force.
    pub current: bool,
    pub planned: bool,
}

/// `POST …/preview`, `…/test`, `…/versions`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TextInput {
    /// The newest version that the author saw.
    pub version: i64,
    pub idem: String,
    pub subject: String,
    pub body: String,
    pub effective_on: String,
    pub reason: String,
    /// A number, or nothing.
    pub restored_from: String,
    pub sample: String,
}

/// What changes and how it will look; here it is saved.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/texts/confirm.html")]
pub struct ConfirmPage {
    pub chrome: Chrome,
    pub head: TextHead,
    pub guard: Guard,
    pub input: TextInput,
    /// Somebody saved another version meanwhile.
    pub overtaken: Option<Overtaken>,
    /// What the text is compared with.
    pub compared: String,
    pub difference: Vec<DiffLine>,
    pub samples: Vec<Choice>,
    pub preview: Preview,
    /// May be mailed to the reader.
    pub is_mail: bool,
    /// The test mail is on its way.
    pub sent: Option<String>,
    pub first_day: String,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone)]
pub struct Overtaken {
    pub text: String,
    /// From the version that was seen to the one that came meanwhile.
    pub difference: Vec<DiffLine>,
}

/// The text with the sample's facts.
#[derive(Debug, Clone)]
pub enum Preview {
    Mail { subject: String, text: String, html: String },
    Steps(Vec<Step>),
    Situations(Vec<(String, String)>),
}

/// One version, as it was saved.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/texts/version.html")]
pub struct VersionPage {
    pub chrome: Chrome,
    pub head: TextHead,
    pub title: String,
    pub facts: Vec<(String, String)>,
    pub subject: String,
    pub body: String,
    /// Against the version before.
    pub difference: Vec<DiffLine>,
    /// Where the text is taken up again.
    pub restore: Link,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    pub change: Change,
    pub text: String,
}

impl DiffLine {
    /// Says the colour in words.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn mark(&self, t: &Texts) -> &'static str {
        match self.change {
            Change::Same => "",
            Change::Gone => t.s("texts.diff.gone"),
            Change::Added => t.s("texts.diff.added"),
        }
    }
}

/// Unchanged lines on both sides of a change that are shown with it.
const CONTEXT: usize = 2;

/// What differs, each change with the lines around it; an ellipsis stands for what is left out. Nothing where nothing
/// differs.
pub fn difference(before: &str, after: &str) -> Vec<DiffLine> {
    let lines = diff::lines(before, after);
    let near = |at: usize| {
        let around = &lines[at.saturating_sub(CONTEXT)..lines.len().min(at + CONTEXT + 1)];
        around.iter().any(|(change, _)| *change != Change::Same)
    };
    let mut shown: Vec<DiffLine> = Vec::new();
    let mut left_out = false;
    for (at, (change, text)) in lines.iter().enumerate() {
        if near(at) {
            if std::mem::take(&mut left_out) {
                shown.push(DiffLine { change: Change::Same, text: "…".to_owned() });
            }
            shown.push(DiffLine { change: *change, text: (*text).to_owned() });
        } else {
            left_out = true;
        }
    }
    if left_out && !shown.is_empty() {
        shown.push(DiffLine { change: Change::Same, text: "…".to_owned() });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_two_lines_around_each_change() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        let shown = |after: &str| {
            let lines = difference(before, after);
            let sign = |line: &DiffLine| match line.change {
                Change::Same => ' ',
                Change::Gone => '-',
                Change::Added => '+',
            };
            lines.iter().map(|line| format!("{}{}", sign(line), line.text)).collect::<Vec<_>>().join("|")
        };
        assert_eq!(shown(before), "");
        assert_eq!(shown("1\n2\n3\n4\nfive\n6\n7\n8\n9"), " …| 3| 4|-5|+five| 6| 7| …");
        assert_eq!(shown("2\n3\n4\n5\n6\n7\n8\n9\n10"), "-1| 2| 3| …| 8| 9|+10");
    }
}
