//! The texts that administrators may change: mails and call scripts.
//!
//! Owns which there are, what may stand in them, and which version counts on a day. The texts as shipped are
//! `messages::shipped`, versions of them `models::text_versions`.

pub mod diff;
mod key;
mod places;
pub mod script;
pub mod template;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

pub use self::key::{Family, TextKey};
pub use self::places::{Place, Shape, places};
use self::template::{Facts, Named, Template, Use};
use super::mail::is_unfit_for_a_line;
use super::problem::Problem;

/// Characters. A subject line of a mail program shows about half of it.
const MAX_SUBJECT: usize = 120;
/// Characters.
const MAX_BODY: usize = 10_000;
/// Lines. Comparing two texts costs its square.
const MAX_LINES: usize = 300;

/// A text as it is written. Texts without a subject have an empty one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    pub subject: String,
    pub body: String,
}

impl Draft {
    /// As browsers send it and people type it: line ends of any kind, white space at the ends.
    pub fn typed(subject: &str, body: &str) -> Self {
        let lines: Vec<&str> = body.lines().map(str::trim_end).collect();
        Self { subject: subject.trim().to_owned(), body: lines.join("\n").trim_matches('\n').to_owned() }
    }
}

/// A text that was read and may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub subject: Template,
    pub body: Template,
}

/// Everything that is wrong with a text, on the fields `subject` and `body`.
pub fn read(key: TextKey, draft: &Draft) -> Result<Text, Vec<Problem>> {
    let mut problems = sizes(key, draft);
    let mut parse = |field: &'static str, text: &str| match Template::parse(text) {
        Ok(template) => Some(template),
        Err(found) => {
            problems.extend(found.into_iter().map(|problem| on(field, problem)));
            None
        }
    };
    let (subject, body) = (parse("subject", &draft.subject), parse("body", &draft.body));
    let (Some(subject), Some(body)) = (subject, body) else { return Err(problems) };
    let text = Text { subject, body };
    problems.extend(check_places(key, &text));
    problems.extend(check_form(key, draft));
    if problems.is_empty() { Ok(text) } else { Err(problems) }
}

fn on(field: &'static str, problem: Problem) -> Problem {
    Problem { field: Some(field), ..problem }
}

fn sizes(key: TextKey, draft: &Draft) -> Vec<Problem> {
    let mut problems = Vec::new();
    let unfit = |text: &str| text.chars().any(is_unfit_for_a_line);
    if key.has_subject() && draft.subject.is_empty() {
        problems.push(Problem::on("subject", "text_subject_missing"));
    }
    if draft.subject.chars().count() > MAX_SUBJECT {
        problems.push(Problem::on("subject", "text_subject_too_long").with("limit", MAX_SUBJECT));
    }
    if unfit(&draft.subject) {
        problems.push(Problem::on("subject", "text_letter_unfit"));
    }
    if draft.body.is_empty() {
        problems.push(Problem::on("body", "text_body_missing"));
    }
    if draft.body.chars().count() > MAX_BODY || draft.body.lines().count() > MAX_LINES {
        problems.push(Problem::on("body", "text_body_too_long").with("limit", MAX_BODY).with("lines", MAX_LINES));
    }
    if draft.body.lines().any(unfit) {
        problems.push(Problem::on("body", "text_letter_unfit"));
    }
    problems
}

fn check_places(key: TextKey, text: &Text) -> Vec<Problem> {
    let known = places(key);
    let mut problems = Vec::new();
    for (field, template) in [("subject", &text.subject), ("body", &text.body)] {
        let found = template.names().into_iter().filter_map(|(name, used)| check_name(&known, field, name, used));
        problems.extend(found.map(|problem| on(field, problem)));
    }
    for (field, template) in [("subject", &text.subject), ("body", &text.body)] {
        let filled =
            |wanted: &str| template.names().iter().any(|(name, used)| *used == Use::Place && name.name == wanted);
        let needed = known.iter().filter(|place| place.needed_in == Some(field) && !filled(place.name));
        problems.extend(
            needed
                .map(|place| Problem::on(field, "text_place_needed").with("value", format!("{{{{{}}}}}", place.name))),
        );
    }
    problems
}

fn check_name(known: &[Place], field: &str, name: &Named, used: Use) -> Option<Problem> {
    let Some(place) = known.iter().find(|place| place.name == name.name) else {
        let similar = similar(known, &name.name);
        return Some(match similar {
            Some(similar) => Problem::new("text_place_unknown_similar")
                .with("value", template::written(name))
                .with("line", name.line)
                .with("similar", format!("{{{{{similar}}}}}")),
            None => template::unknown(name),
        });
    };
    match used {
        Use::Place if place.shape == Shape::Condition => Some(template::only_a_condition(name)),
        Use::Place if field == "subject" && !place.in_subject => {
            Some(Problem::new("text_place_private").with("value", template::written(name)))
        }
        Use::Place | Use::Condition => None,
    }
}

/// The known name that was probably meant: at most a third of the letters differ.
fn similar(known: &[Place], written: &str) -> Option<&'static str> {
    let written = written.to_lowercase();
    let distances = known.iter().map(|place| (distance(place.name, &written), place.name));
    let (distance, name) = distances.min()?;
    (distance <= (name.len() / 3).max(1)).then_some(name)
}

/// How many letters have to be added, left out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, one) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(one != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn check_form(key: TextKey, draft: &Draft) -> Option<Problem> {
    match key {
        TextKey::Situations if !draft.body.starts_with('■') => Some(Problem::on("body", "text_situation_unnamed")),
        TextKey::Situations
            if script::situations(&draft.body).iter().any(|(name, say)| name.is_empty() || say.is_empty()) =>
        {
            Some(Problem::on("body", "text_situation_empty"))
        }
        TextKey::Mail(_)
        | TextKey::Signature
        | TextKey::ReissueAgain
        | TextKey::OvScript
        | TextKey::EvScript
        | TextKey::Situations => None,
    }
}

/// The version that counts on `today`: of those that have begun, the one that began last; of two that began on one day,
/// the one that was saved last. `None`: the text as shipped. A version is its number and its first day.
pub fn in_force(versions: impl IntoIterator<Item = (i64, NaiveDate)>, today: NaiveDate) -> Option<i64> {
    let begun = versions.into_iter().filter(|(_, effective_on)| *effective_on <= today);
    begun.max_by_key(|(version, effective_on)| (*effective_on, *version)).map(|(version, _)| version)
}

/// The texts in force that are not as shipped.
#[derive(Debug, Clone, Default)]
pub struct TextBook(HashMap<TextKey, Arc<Text>>);

impl TextBook {
    pub fn get(&self, key: TextKey) -> Option<&Text> {
        self.0.get(&key).map(Arc::as_ref)
    }

    #[must_use]
    pub fn with(mut self, key: TextKey, text: Text) -> Self {
        self.0.insert(key, Arc::new(text));
        self
    }

    /// As shipped.
    #[must_use]
    pub fn without(mut self, key: TextKey) -> Self {
        self.0.remove(&key);
        self
    }
}

/// A text with everything in its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    pub subject: String,
    pub body: String,
}

impl Text {
    pub fn fill(&self, facts: &Facts) -> Result<Filled, Problem> {
        Ok(Filled { subject: self.subject.fill(facts)?, body: self.body.fill(facts)? })
    }
}

/// A text that cannot be used, which the program's own tests keep from happening.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("text {key}: {fault}")]
pub struct TextFault {
    key: TextKey,
    fault: String,
}

impl TextFault {
    pub fn new(key: TextKey, problem: &Problem) -> Self {
        Self { key, fault: problem.to_string() }
    }
}
