//! Every text that the code or a template asks for exists, and every refusal has its sentence.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::case::{CaseState, HoldReason};
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::role::Role;
use revocation_desk::messages::Texts;

#[test]
fn every_refusal_in_the_code_has_a_sentence() {
    let sources = files("src", ".rs");
    let mut codes = BTreeSet::new();
    for source in &sources {
        let program = program_of(source);
        codes.extend(arguments(&program, "Problem::new(").into_iter().filter_map(|found| found.into_iter().next()));
        codes.extend(arguments(&program, "Problem::on(").into_iter().filter_map(|found| found.into_iter().nth(1)));
    }
    assert!(codes.len() > 20, "the scan found only {codes:?}");
    assert_known(codes.into_iter().map(|code| format!("problem.{code}")));
}

#[test]
fn every_text_that_a_page_asks_for_exists() {
    let mut keys = BTreeSet::new();
    for source in files("views", ".html").iter().chain(&files("src", ".rs")) {
        let program = program_of(source);
        for call in ["t.s(", "t.f(", "texts.s(", "texts.f(", "Texts::JA.s(", "Texts::JA.f("] {
            keys.extend(arguments(&program, call).into_iter().filter_map(|found| found.into_iter().next()));
        }
    }
    assert!(keys.len() > 100, "the scan found only {} keys", keys.len());
    assert_known(keys.into_iter());
}

#[test]
fn every_value_that_is_shown_has_a_word() {
    let mut keys: Vec<String> = CaseState::ALL.iter().map(|state| format!("state.{}", state.as_str())).collect();
    keys.extend(CallOutcome::ALL.iter().map(|outcome| format!("outcome.{}", outcome.as_str())));
    keys.extend(ContactRole::ALL.iter().map(|role| format!("contact_role.{}", role.as_str())));
    keys.extend(HoldReason::ALL.iter().map(|reason| format!("hold_reason.{}", reason.as_str())));
    keys.extend(Role::ALL.iter().map(|role| format!("role.{}", role.as_str())));
    assert_known(keys.into_iter());
}

fn assert_known(keys: impl Iterator<Item = String>) {
    let missing: Vec<String> = keys.filter(|key| Texts::JA.get(key).is_none()).collect();
    assert!(missing.is_empty(), "no text in views/messages/ja for: {missing:#?}");
}

/// The string literals at the start of each call's arguments: `Problem::on("a", "b").with(…)` gives `["a", "b"]`.
fn arguments(program: &str, call: &str) -> Vec<Vec<String>> {
    program
        .match_indices(call)
        .map(|(at, _)| {
            let mut rest = program[at + call.len()..].trim_start();
            let mut literals = Vec::new();
            while let Some((literal, after)) = rest.strip_prefix('"').and_then(|inside| inside.split_once('"')) {
                literals.push(literal.to_owned());
                rest = after.trim_start().trim_start_matches(',').trim_start();
            }
            literals
        })
        .collect()
}

/// Without the unit tests at the end, which make up codes of their own.
fn program_of(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut found);
    assert!(!found.is_empty(), "no {ending} files under {folder}");
    found
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}
