//! House style of the Rust sources: one clock, no panics on purpose, words in the catalogue, a heading on every module.

use crate::source::{Source, assert_none, assert_seen, read};

#[test]
fn only_the_clock_reads_the_clock() {
    assert_none(&clock_reads(&read("src", &[".rs"])));
}

#[test]
fn the_database_supplies_no_times() {
    assert_none(&database_times(&read("migration/src", &[".rs"])));
}

#[test]
fn nothing_panics_on_purpose() {
    assert_none(&panics(&read("src", &[".rs"])));
}

#[test]
fn japanese_lives_in_the_catalogue() {
    assert_none(&japanese(&read("src", &[".rs"])));
}

#[test]
fn every_module_says_what_it_owns() {
    let mut sources = read("src", &[".rs"]);
    sources.extend(read("migration/src", &[".rs"]));
    sources.extend(read("tests", &[".rs"]));
    assert_none(&without_heading(&sources));
}

fn clock_reads(sources: &[Source]) -> Vec<String> {
    const READS: &[&str] =
        &["Utc::now", "Local::now", "SystemTime::now", "OffsetDateTime::now", "Timestamp::now", "Zoned::now"];
    lines_with(sources.iter().filter(|source| source.path != "src/clock.rs"), READS, "reads the clock")
}

/// On SQLite instants are text that is compared as text: a default of the database would have another form.
fn database_times(sources: &[Source]) -> Vec<String> {
    const DEFAULTS: &[&str] = &["current_timestamp", "CURRENT_TIMESTAMP", "now()", "'now'"];
    lines_with(sources, DEFAULTS, "takes the time from the database")
}

fn panics(sources: &[Source]) -> Vec<String> {
    lines_with(sources, &[".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!("], "may panic")
}

fn japanese(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let found = source.outside_tests().filter(|(_, line)| line.chars().any(is_japanese));
        complaints.extend(found.map(|(line, text)| format!("{}:{line}: Japanese: {}", source.path, text.trim())));
    }
    complaints
}

/// Kana, CJK ideographs and punctuation, full- and half-width forms.
pub fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{2FFFF}')
}

fn without_heading(sources: &[Source]) -> Vec<String> {
    let bare = sources.iter().filter(|source| !source.text.starts_with("//! "));
    bare.map(|source| format!("{}:1: the module does not say what it owns", source.path)).collect()
}

fn lines_with<'a>(sources: impl IntoIterator<Item = &'a Source>, words: &[&str], fault: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        for (line, code) in source.code().filter(|(_, code)| words.iter().any(|word| code.contains(word))) {
            complaints.push(format!("{}:{line}: {fault}: {}", source.path, code.trim()));
        }
    }
    complaints
}

#[test]
fn a_clock_read_is_seen_outside_the_clock() {
    let text = "let now = Utc::now();";

    assert_seen(&clock_reads(&[Source::new("src/actions/prove.rs", text)]), "src/actions/prove.rs:1: reads the clock");
    assert_none(&clock_reads(&[Source::new("src/clock.rs", text)]));
}

#[test]
fn a_time_from_the_database_is_seen() {
    let text = ".default(Expr::current_timestamp())";

    assert_seen(&database_times(&[Source::new("migration/src/m1.rs", text)]), "takes the time from the database");
}

#[test]
fn a_panic_is_seen_in_the_program_but_not_in_its_tests() {
    let text = "fn f() { g().unwrap() }\n#[cfg(test)]\nmod tests { fn t() { g().unwrap() } }";

    assert_seen(&panics(&[Source::new("src/ca/mod.rs", text)]), "src/ca/mod.rs:1: may panic");
}

#[test]
fn japanese_is_seen_in_code_and_comments_but_not_in_test_data() {
    for line in ["let label = \"失効済み\";", "// 高 is written two ways", "let mark = 'ー';", "let kana = \"ﾚｲｼﾞ\";"]
    {
        let text = format!("{line}\n#[cfg(test)]\nmod tests {{ const NAME: &str = \"例文 花\"; }}");

        assert_seen(&japanese(&[Source::new("src/views/desk.rs", &text)]), "src/views/desk.rs:1: Japanese");
    }
    assert_none(&japanese(&[Source::new("src/domain/mod.rs", "// `a → b` — “c” …")]));
}

#[test]
fn a_module_without_a_heading_is_seen() {
    assert_seen(&without_heading(&[Source::new("src/x.rs", "use std::fmt;\n")]), "src/x.rs:1");
}
