//! Calls point one way: `controllers | tasks | scheduler → actions → models → domain`, and `domain` is pure.

use crate::source::{Source, assert_none, assert_seen, read};

/// Room → rooms that its code may name. A room may always name itself. `app.rs` and `bin/` wire everything and are free.
const ARROWS: &[(&str, &str)] = &[
    ("domain", ""),
    ("clock", ""),
    ("failpoints", ""),
    ("messages", "domain"),
    ("metrics", "domain"),
    ("settings", "domain vault"),
    ("errors", "domain"),
    ("vault", ""),
    ("passkeys", ""),
    ("sso", "settings"),
    ("models", "domain errors clock"),
    ("http_client", "domain"),
    ("webhooks", "domain http_client"),
    ("ca", "domain settings metrics clock proof http_client"),
    ("proof", "domain settings http_client"),
    ("hosts", "domain"),
    ("mail", "domain settings messages clock"),
    ("witness", ""),
    ("audit_heads", "domain settings"),
    (
        "services",
        "models ca proof hosts webhooks mail domain clock settings messages errors metrics vault passkeys sso",
    ),
    (
        "actions",
        "services witness audit_heads models ca proof hosts webhooks http_client mail domain clock settings errors metrics vault passkeys",
    ),
    ("views", "models domain messages metrics"),
    (
        "controllers",
        "app services views actions models ca proof mail domain clock settings messages errors metrics passkeys sso",
    ),
    (
        "tasks",
        "app services audit_heads actions models ca proof mail domain clock settings messages errors metrics vault",
    ),
    ("watchdog", "services actions domain errors"),
    ("scheduler", "app services watchdog tasks actions models ca proof mail domain clock settings errors metrics"),
];

/// What the pure rules must not touch: the framework, input and output, randomness, threads.
const IMPURE: &str = "loco_rs|sea_orm|migration::|axum|tower|lettre|askama|tokio|futures|reqwest|rand::|tracing|\
    std::fs|std::io|std::net::Tcp|std::net::Udp|ToSocketAddrs|std::env|std::process|std::thread|\
    async fn|async move|.await|println!";

#[test]
fn no_arrow_points_back() {
    assert_none(&arrows_back(&read("src", &[".rs"])));
}

#[test]
fn the_domain_is_pure() {
    assert_none(&impurities(&read("src/domain", &[".rs"])));
}

#[test]
fn only_actions_open_transactions() {
    assert_none(&transactions_elsewhere(&read("src", &[".rs"])));
}

fn arrows_back(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let module = module_of(&source.path);
        let Some(room) = module.first().filter(|room| **room != "app") else { continue };
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == room) else {
            complaints.push(format!("{}:1: {room} has no row in ARROWS", source.path));
            continue;
        };
        for (line, named) in rooms_named(source, &module) {
            if named != *room && !allowed.split(' ').any(|name| name == named) {
                complaints.push(format!("{}:{line}: {room} must not name {named}", source.path));
            }
        }
    }
    complaints
}

fn impurities(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        for (line, code) in source.code() {
            let found = IMPURE.split('|').filter(|word| code.contains(word));
            complaints.extend(found.map(|word| format!("{}:{line}: {word} in domain", source.path)));
        }
    }
    complaints
}

fn transactions_elsewhere(sources: &[Source]) -> Vec<String> {
    // How a writing transaction begins; what a customer's page is read in; and a certificate authority of its own, with
    // its own books.
    const FREE: &[&str] = &["src/actions/", "src/models/transaction.rs", "src/models/wall.rs", "src/ca/embedded/"];
    const OPENERS: &[&str] = &["transaction::begin", ".begin()", ".begin_with_", ".transaction(", ".transaction_with_"];
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|source| !FREE.iter().any(|room| source.path.starts_with(room))) {
        for (line, code) in source.code().filter(|(_, code)| OPENERS.iter().any(|opener| code.contains(opener))) {
            complaints.push(format!("{}:{line}: opens a transaction outside actions: {}", source.path, code.trim()));
        }
    }
    complaints
}

/// `src/actions/revoke_case.rs` → `actions::revoke_case`; `src/lib.rs` and `src/bin/` → nothing.
fn module_of(path: &str) -> Vec<&str> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<&str> = inner.split('/').collect();
    match (module.as_slice(), module.last()) {
        (["lib"] | ["bin", ..], _) => return Vec::new(),
        (_, Some(&"mod")) => module.truncate(module.len() - 1),
        _ => {}
    }
    module
}

/// The top-level rooms that paths from `crate::`, or from enough `super::`, reach; with their line numbers.
fn rooms_named(source: &Source, module: &[&str]) -> Vec<(usize, String)> {
    let code: String = source.code().flat_map(|(_, line)| [line, "\n"]).collect();
    let climb = "super::".repeat(module.len());
    let mut named = Vec::new();
    for prefix in ["crate::", climb.as_str()] {
        for (at, _) in code.match_indices(prefix) {
            if code[..at].ends_with("super::")
                || code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
            {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            named.extend(first_names(&code[at + prefix.len()..]).into_iter().map(|name| (line, name)));
        }
    }
    named
}

/// `models::case::Model` → `models`; `{actions::{a, b}, domain}` → `actions`, `domain`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut names, mut start) = (0_i32, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if start && !c.is_whitespace() => {
                names.push(name(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn an_arrow_that_points_back_is_seen_however_it_is_written() {
    for (path, text, part) in [
        ("src/domain/case.rs", "use crate::models::cases;", "src/domain/case.rs:1: domain must not name models"),
        (
            "src/models/cases.rs",
            "//! x\nuse crate::actions::revoke_case;",
            "src/models/cases.rs:2: models must not name actions",
        ),
        ("src/actions/prove.rs", "fn f() { crate::controllers::desk::page() }", "actions must not name controllers"),
        ("src/actions/mod.rs", "use super::views::desk;", "actions must not name views"),
        ("src/ca/embedded/mod.rs", "use super::super::models::cases;", "ca must not name models"),
        (
            "src/views/desk.rs",
            "use crate::{\n    domain::{case, role},\n    actions::revoke_case,\n};",
            "views must not name actions",
        ),
        ("src/mail/mod.rs", "use crate::views;", "mail must not name views"),
        ("src/proof/mod.rs", "pub(crate) use crate::ca::Ca;", "proof must not name ca"),
        ("src/helpers.rs", "", "helpers has no row in ARROWS"),
    ] {
        assert_seen(&arrows_back(&[Source::new(path, text)]), part);
    }
}

#[test]
fn arrows_that_point_on_and_paths_within_a_room_are_free() {
    assert_none(&arrows_back(&[
        Source::new("src/actions/prove.rs", "use super::retry;\nuse crate::{domain::evidence, models::{cases, crls}};"),
        Source::new("src/domain/calendar/mod.rs", "use super::problem::Problem;\nuse crate::domain::role::Role;"),
        Source::new("src/controllers/desk/cases.rs", "use crate::actions::record_call;\nuse super::super::session;"),
        Source::new("src/app.rs", "use crate::controllers;"),
        Source::new(
            "src/domain/case.rs",
            "// as crate::models does\n#[cfg(test)]\nmod tests { use crate::models::cases; }",
        ),
    ]));
}

#[test]
fn impurity_in_the_domain_is_seen() {
    for (text, part) in [
        ("use sea_orm::prelude::*;", "sea_orm in domain"),
        ("let text = std::fs::read(path);", "std::fs in domain"),
        ("pub async fn f() {}", "async fn in domain"),
    ] {
        assert_seen(&impurities(&[Source::new("src/domain/case.rs", text)]), part);
    }
}

#[test]
fn a_transaction_outside_actions_is_seen() {
    for text in ["let txn = db.begin().await?;", "use crate::models::transaction::begin;"] {
        assert_seen(&transactions_elsewhere(&[Source::new("src/tasks/demo.rs", text)]), "src/tasks/demo.rs:1");
        assert_none(&transactions_elsewhere(&[Source::new("src/actions/prove.rs", text)]));
    }
}
