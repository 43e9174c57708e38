//! The texts of mails and call scripts as shipped, version 0 of each: the files of `views/mail/` and `views/call_scripts/`.
//!
//! The first line of a mail's file is its subject, a blank line follows.

use std::collections::HashMap;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

use crate::domain::problem::Problem;
use crate::domain::text::template::Facts;
use crate::domain::text::{Draft, Family, Filled, Text, TextBook, TextFault, TextKey, read};

#[derive(RustEmbed)]
#[folder = "views/mail/"]
struct Mails;

#[derive(RustEmbed)]
#[folder = "views/call_scripts/"]
struct CallScripts;

/// One text of the program itself.
pub struct Shipped {
    pub draft: Draft,
    text: Text,
}

pub fn shipped(key: TextKey) -> Result<&'static Shipped, TextFault> {
    static ALL: LazyLock<HashMap<TextKey, Result<Shipped, TextFault>>> =
        LazyLock::new(|| TextKey::all().map(|key| (key, load(key))).collect());
    match ALL.get(&key) {
        Some(Ok(shipped)) => Ok(shipped),
        Some(Err(fault)) => Err(fault.clone()),
        None => Err(missing(key)),
    }
}

/// Start-up stops on a file that is missing or wrong.
pub fn check() -> Result<(), TextFault> {
    TextKey::all().try_for_each(|key| shipped(key).map(|_| ()))
}

/// The text in force with everything in its places. One that asks for facts which this version of the program does not
/// have (another version saved it) gives way to the shipped one: a mail is written whatever happens.
pub fn fill(key: TextKey, facts: &Facts, texts: &TextBook) -> Result<Filled, TextFault> {
    if let Some(text) = texts.get(key) {
        match text.fill(facts) {
            Ok(filled) => return Ok(filled),
            Err(problem) => {
                tracing::error!(text = %key, %problem, "the text as shipped is used: the one in force does not fit");
            }
        }
    }
    shipped(key)?.text.fill(facts).map_err(|problem| TextFault::new(key, &problem))
}

fn load(key: TextKey) -> Result<Shipped, TextFault> {
    let name = format!("{key}.txt");
    let file = match key.family() {
        Family::Mails => Mails::get(&name),
        Family::CallScripts => CallScripts::get(&name),
    };
    let file = file.ok_or_else(|| missing(key))?;
    let content = String::from_utf8_lossy(&file.data);
    let (subject, body) = match content.split_once("\n\n") {
        Some((subject, body)) if key.has_subject() => (subject, body),
        _ => ("", content.as_ref()),
    };
    let draft = Draft::typed(subject, body);
    let text = read(key, &draft).map_err(|problems| match problems.first() {
        Some(problem) => TextFault::new(key, problem),
        None => missing(key),
    })?;
    Ok(Shipped { draft, text })
}

fn missing(key: TextKey) -> TextFault {
    TextFault::new(key, &Problem::new("text_not_found"))
}
