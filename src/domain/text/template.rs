//! The language of the texts: words with places to fill, and parts that are shown under a condition.
//!
//! `{{company}}` is filled with a fact. What stands between `{{#key_compromise}}` and `{{/key_compromise}}` is there when
//! the fact is given, after `{{^key_compromise}}` when it is not; alone on a line such a mark takes the line with it. A
//! place for several values repeats its line for each. Braces mean nothing else and never reach a reader.

use std::collections::BTreeMap;

use crate::domain::problem::Problem;

/// A text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Place(Named),
    Section { name: Named, when_given: bool, parts: Vec<Part> },
}

/// A name as it was written, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub line: usize,
}

/// How a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Place,
    Condition,
}

/// What the places of one text are filled with. Not `Debug`: logs never carry a name.
#[derive(Clone, Default)]
pub struct Facts(BTreeMap<&'static str, Fact>);

#[derive(Clone)]
pub enum Fact {
    Text(String),
    /// One value for each line.
    Lines(Vec<String>),
    /// Nothing to show, only whether.
    Given(bool),
}

impl Facts {
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(name, Fact::Text(value.into()));
        self
    }

    #[must_use]
    pub fn lines(mut self, name: &'static str, values: Vec<String>) -> Self {
        self.0.insert(name, Fact::Lines(values));
        self
    }

    #[must_use]
    pub fn given(mut self, name: &'static str, given: bool) -> Self {
        self.0.insert(name, Fact::Given(given));
        self
    }

    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Fact)> {
        self.0.iter().map(|(name, fact)| (*name, fact))
    }

    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }
}

impl Fact {
    fn is_given(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Lines(lines) => !lines.is_empty(),
            Self::Given(given) => *given,
        }
    }
}

impl Template {
    /// Every fault with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { open: Vec::new(), parts: Vec::new(), problems: Vec::new() };
        for (line, words) in (1..).zip(text.split_inclusive('\n')) {
            reader.read_line(line, words);
        }
        reader.finish()
    }

    /// Every name in the text, in order.
    pub fn names(&self) -> Vec<(&Named, Use)> {
        let mut names = Vec::new();
        collect(&self.parts, &mut names);
        names
    }

    /// The problem names a place that the facts do not have: the text is of another version of the program.
    pub fn fill(&self, facts: &Facts) -> Result<String, Problem> {
        let mut filled = String::new();
        write(&self.parts, facts, &mut filled)?;
        Ok(filled.split_inclusive('\n').map(repeated).collect())
    }
}

fn collect<'a>(parts: &'a [Part], names: &mut Vec<(&'a Named, Use)>) {
    for part in parts {
        match part {
            Part::Words(_) => {}
            Part::Place(name) => names.push((name, Use::Place)),
            Part::Section { name, parts, .. } => {
                names.push((name, Use::Condition));
                collect(parts, names);
            }
        }
    }
}

/// Around the values of a place with several, and between them, until lines are repeated. No fact holds control characters.
const FIRST: char = '\u{1D}';
const NEXT: char = '\u{1E}';
const LAST: char = '\u{1F}';

fn write(parts: &[Part], facts: &Facts, into: &mut String) -> Result<(), Problem> {
    let fact_of = |name: &Named| facts.get(&name.name).ok_or_else(|| unknown(name));
    for part in parts {
        match part {
            Part::Words(words) => into.push_str(words),
            Part::Place(name) => match fact_of(name)? {
                Fact::Text(text) => into.push_str(text),
                Fact::Lines(lines) => {
                    into.push(FIRST);
                    into.push_str(&lines.join(&NEXT.to_string()));
                    into.push(LAST);
                }
                Fact::Given(_) => return Err(only_a_condition(name)),
            },
            Part::Section { name, when_given, parts } => {
                if fact_of(name)?.is_given() == *when_given {
                    write(parts, facts, into)?;
                }
            }
        }
    }
    Ok(())
}

/// The line once for each value of the first place with several; without a value it is left out.
fn repeated(line: &str) -> String {
    let Some((before, rest)) = line.split_once(FIRST) else { return line.to_owned() };
    let Some((values, after)) = rest.split_once(LAST) else { return line.to_owned() };
    let values = values.split(NEXT).filter(|value| !value.is_empty());
    values.map(|value| repeated(&format!("{before}{value}{after}"))).collect()
}

pub fn unknown(name: &Named) -> Problem {
    Problem::new("text_place_unknown").with("value", written(name)).with("line", name.line)
}

pub fn only_a_condition(name: &Named) -> Problem {
    Problem::new("text_place_is_condition").with("value", written(name)).with("line", name.line)
}

pub fn written(name: &Named) -> String {
    format!("{{{{{}}}}}", name.name)
}

/// Builds the tree of parts line by line.
struct Reader {
    /// Sections that are open, each with what came before it.
    open: Vec<(Named, bool, Vec<Part>)>,
    parts: Vec<Part>,
    problems: Vec<Problem>,
}

#[derive(Clone, Copy)]
enum Tag {
    Place,
    Open { when_given: bool },
    Close,
}

impl Reader {
    fn read_line(&mut self, line: usize, words: &str) {
        let alone = words.trim();
        if let Some((tag @ (Tag::Open { .. } | Tag::Close), name)) = whole(alone) {
            return self.tag(tag, Named { name: name.to_owned(), line });
        }
        let mut rest = words;
        while let Some((before, from)) = rest.split_once("{{") {
            self.words(line, before);
            let read = from.split_once("}}").and_then(|(inside, after)| Some((tag_of(inside)?, after)));
            let Some(((tag, name), after)) = read else {
                self.problems.push(Problem::new("text_tag_malformed").with("line", line));
                return;
            };
            self.tag(tag, Named { name: name.to_owned(), line });
            rest = after;
        }
        self.words(line, rest);
    }

    fn words(&mut self, line: usize, words: &str) {
        if words.contains(['{', '}']) {
            self.problems.push(Problem::new("text_tag_malformed").with("line", line));
        }
        match self.parts.last_mut() {
            Some(Part::Words(known)) => known.push_str(words),
            _ if words.is_empty() => {}
            _ => self.parts.push(Part::Words(words.to_owned())),
        }
    }

    fn tag(&mut self, tag: Tag, named: Named) {
        match tag {
            Tag::Place => self.parts.push(Part::Place(named)),
            Tag::Open { when_given } => self.open.push((named, when_given, std::mem::take(&mut self.parts))),
            Tag::Close => match self.open.pop_if(|(opened, ..)| opened.name == named.name) {
                Some((name, when_given, before)) => {
                    let parts = std::mem::replace(&mut self.parts, before);
                    self.parts.push(Part::Section { name, when_given, parts });
                }
                None => self
                    .problems
                    .push(Problem::new("text_section_not_open").with("value", &named.name).with("line", named.line)),
            },
        }
    }

    fn finish(mut self) -> Result<Template, Vec<Problem>> {
        let unclosed = self.open.iter().map(|(name, ..)| {
            Problem::new("text_section_not_closed").with("value", &name.name).with("line", name.line)
        });
        self.problems.extend(unclosed);
        if self.problems.is_empty() { Ok(Template { parts: self.parts }) } else { Err(self.problems) }
    }
}

/// The one tag that makes up the whole text.
fn whole(text: &str) -> Option<(Tag, &str)> {
    tag_of(text.strip_prefix("{{")?.strip_suffix("}}")?)
}

fn tag_of(inside: &str) -> Option<(Tag, &str)> {
    let inside = inside.trim();
    let (tag, name) = match inside.strip_prefix(['#', '^', '/']) {
        None => (Tag::Place, inside),
        Some(name) if inside.starts_with('/') => (Tag::Close, name),
        Some(name) => (Tag::Open { when_given: inside.starts_with('#') }, name),
    };
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().all(|one| one.is_alphanumeric() || one == '_' || one == '-');
    fits.then_some((tag, name))
}
