//! What `docs/SECURITY.md` says is tested is tested: each test that it names is there.

use crate::source::{Source, assert_none, assert_seen, read};

#[test]
fn every_test_that_the_security_page_names_is_there() {
    let page = read("docs", &["SECURITY.md"]);
    let mut sources = read("tests", &[".rs"]);
    sources.extend(read("src", &[".rs"]));
    assert_none(&missing(&page[0], &sources));
}

/// Names of tests are sentences: words with underscores, many of them.
fn missing(page: &Source, sources: &[Source]) -> Vec<String> {
    let quoted = page.text.split('`').skip(1).step_by(2);
    let mut names: Vec<&str> = quoted.filter(|name| is_sentence(name)).collect();
    names.sort_unstable();
    names.dedup();
    let is_there = |name: &str| sources.iter().any(|source| source.text.contains(&format!("fn {name}(")));
    names.into_iter().filter(|name| !is_there(name)).map(|name| format!("{}: no test {name}", page.path)).collect()
}

fn is_sentence(name: &str) -> bool {
    name.matches('_').count() >= 3
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte))
}

#[test]
fn a_test_that_is_not_there_is_seen() {
    let page = Source::new("docs/SECURITY.md", "| x | `nobody_gets_in_here` and `cargo test` and `data_dir` |");
    assert_seen(&missing(&page, &[]), "no test nobody_gets_in_here");
    let source = Source::new("tests/x.rs", "async fn nobody_gets_in_here() {");
    assert_none(&missing(&page, &[source]));
}
