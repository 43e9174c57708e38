//! Every text that the code or a template asks for exists, and every refusal has its sentence; English beside Japanese.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::case::{CaseState, HoldReason};
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::language::Language;
use revocation_desk::domain::role::Role;
use revocation_desk::messages::Texts;
use revocation_desk::views::keys;

/// Groups of texts that only customers read: in the portal, and in mails. They are in Japanese alone.
const CUSTOMERS_ONLY: &[&str] = &[
    "certificate_list.",
    "certificate_page.",
    "certificate_status.",
    "csr_field.",
    "desk_form.",
    "download.",
    "halt.portal",
    "leak_report.",
    "mail.call.",
    "mail.failure.",
    "mail.form.",
    "mail.in_brackets",
    "mail.other_domains",
    "mail.performer.",
    "mail.role.",
    "mail.validation.",
    "months.",
    "obstacle.",
    "portal.",
    "portal_",
    "reissue.",
    "reissue_picture.",
    "request.",
];

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

#[test]
fn both_languages_have_the_same_texts_in_the_same_files() {
    let (japanese, english) = (catalogue(Language::Japanese), catalogue(Language::English));
    let place = |texts: &BTreeMap<String, (String, String)>, key: &str| texts.get(key).map(|(file, _)| file.clone());
    for (key, (file, _)) in &japanese {
        let customers_only = CUSTOMERS_ONLY.iter().any(|group| key.starts_with(group));
        let there = place(&english, key);
        assert!(there.as_ref() == Some(file) || (there.is_none() && customers_only), "{file}: {key} is not in English");
    }
    for key in english.keys() {
        assert!(japanese.contains_key(key), "{key} is only in English");
    }
}

#[test]
fn a_text_names_the_same_values_in_both_languages() {
    let english = catalogue(Language::English);
    for (key, (file, text)) in catalogue(Language::Japanese) {
        let Some((_, translation)) = english.get(&key) else { continue };
        assert_eq!(placeholders(&text), placeholders(translation), "{file}: {key}");
    }
}

#[test]
fn english_texts_have_no_japanese_in_them() {
    for (key, (file, text)) in catalogue(Language::English) {
        let japanese = text.chars().find(|letter| matches!(letter, '\u{3000}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}'));
        assert_eq!(japanese, None, "{file}: {key}");
    }
}

#[test]
fn staff_are_shown_no_text_that_only_customers_have() {
    let staff = |path: &PathBuf| {
        let path = path.to_string_lossy();
        ["/portal", "/mail/", "/tasks/"].iter().all(|room| !path.contains(room))
    };
    let sources: Vec<PathBuf> = files("views", ".html").into_iter().chain(files("src", ".rs")).filter(staff).collect();
    let mut keys = BTreeSet::new();
    for source in &sources {
        let program = program_of(source);
        for call in ["t.s(", "t.f("] {
            keys.extend(arguments(&program, call).into_iter().filter_map(|found| found.into_iter().next()));
        }
    }
    keys.retain(|key| !["portal.to_the_start"].contains(&key.as_str()));
    let missing: Vec<&String> = keys.iter().filter(|key| Texts::EN.get(key).is_none()).collect();
    assert!(missing.is_empty(), "no text in views/messages/en for: {missing:#?}");
}

#[test]
fn every_key_says_what_it_does_and_the_script_can_do_it() {
    let script = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/desk.js")).unwrap();
    let acts = script.split("const acts = {").nth(1).unwrap().split("\n};").next().unwrap();
    let acts: BTreeSet<&str> = acts.split('\n').filter_map(|line| line.trim().split([':', ',']).next()).collect();
    let mut used = BTreeSet::from([""]);
    for key in keys::GROUPS.iter().flat_map(|group| group.keys) {
        assert!(Texts::JA.get(key.label).is_some() && Texts::EN.get(key.label).is_some(), "{key:?}");
        used.insert(key.act);
    }
    assert_eq!(used, acts);
}

/// Key → file and text.
fn catalogue(language: Language) -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    for path in files(&format!("views/messages/{}", language.as_str()), ".toml") {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let table: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let mut open = vec![(String::new(), table)];
        while let Some((prefix, table)) = open.pop() {
            for (name, value) in table {
                match value {
                    toml::Value::Table(inner) => open.push((format!("{prefix}{name}."), inner)),
                    text => {
                        let text = (file.clone(), text.as_str().unwrap().to_owned());
                        found.insert(format!("{prefix}{name}"), text);
                    }
                }
            }
        }
    }
    found
}

/// `{n}`, `{state:state}` and `{n|case|cases}` name `n`, `state` and `n`.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let inner = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    inner.filter_map(|placeholder| placeholder.split([':', '|']).next()).collect()
}

#[test]
fn the_values_of_a_text_are_seen() {
    assert_eq!(placeholders("{n} {n|case|cases} of {who:contact_role}"), BTreeSet::from(["n", "who"]));
    assert_eq!(placeholders("none"), BTreeSet::new());
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
