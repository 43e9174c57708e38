//! Whatever an action records is in the list of `domain/audit.rs`, and has a word: who reads the log looks for it there.

use revocation_desk::domain::audit::{GROUPS, is_known};
use revocation_desk::messages::Texts;

use crate::source::{Source, assert_none, assert_seen, read};

#[test]
fn whatever_is_recorded_is_listed() {
    let mut sources = read("src/actions", &[".rs"]);
    sources.extend(read("src/models", &[".rs"]));
    assert_none(&unlisted(&sources));
}

#[test]
fn whatever_is_listed_has_a_word() {
    for group in &GROUPS {
        let keys = group.actions.iter().map(|action| format!("audit.action.{action}"));
        for key in keys.chain([format!("audit.group.{}", group.name)]) {
            assert!(Texts::JA.get(&key).is_some(), "{key}");
        }
    }
}

/// Literals where acts are made: behind `action:`, or handed to a `record` that several actions share.
fn unlisted(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        for (line, code) in source.code() {
            let made = ["action: \"", "record(&txn, \""].into_iter().flat_map(|start| code.split(start).skip(1));
            let unknown = made.filter_map(|rest| rest.split('"').next()).filter(|action| !is_known(action));
            complaints.extend(unknown.map(|action| format!("{}:{line}: {action} is not listed", source.path)));
        }
    }
    complaints
}

#[test]
fn an_act_that_is_not_listed_is_seen() {
    let act =
        |action: &str| Source::new("src/actions/x.rs", &format!("let act = Act {{ action: \"{action}\", subject }};"));
    assert_seen(&unlisted(&[act("riddle_solved")]), "src/actions/x.rs:1: riddle_solved is not listed");
    let shared = Source::new("src/actions/x.rs", "record(&txn, \"riddle_told\", &view, actor, now).await?;");
    assert_seen(&unlisted(&[shared]), "riddle_told is not listed");
    assert_none(&unlisted(&[act("filed")]));
}
