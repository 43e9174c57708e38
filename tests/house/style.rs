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
fn the_desk_speaks_the_readers_language() {
    assert_none(&one_language(&read("src", &[".rs"])));
}

#[test]
fn every_module_says_what_it_owns() {
    let mut sources = read("src", &[".rs"]);
    sources.extend(read("migration/src", &[".rs"]));
    sources.extend(read("tests", &[".rs"]));
    assert_none(&without_heading(&sources));
}

fn clock_reads(sources: &[Source]) -> Vec<String> {
    const READS: &[&str] = &[
        "Utc::now",
        "Local::now",
        "SystemTime::now",
        "OffsetDateTime::now",
        "ASN1Time::now",
        "Timestamp::now",
        "Zoned::now",
    ];
    lines_with(sources.iter().filter(|source| source.path != "src/clock.rs"), READS, "reads the clock")
}

/// On SQLite instants are text that is compared as text: a default of the database would have another form.
fn database_times(sources: &[Source]) -> Vec<String> {
    const DEFAULTS: &[&str] = &["current_timestamp", "CURRENT_TIMESTAMP", "now()", "'now'"];
    lines_with(sources, DEFAULTS, "takes the time from the database")
}

fn panics(sources: &[Source]) -> Vec<String> {
    lines_with(sources, &[".unwrap()", ".expect(", "todo!(", "unimplemented!("], "may panic")
}

/// Where the desk shows Japanese to whoever reads it.
const ALWAYS_JAPANESE: &[(&str, &str)] = &[
    ("src/controllers/desk/case/page.rs", "the agent speaks Japanese: the facts within the call script"),
    ("src/controllers/desk/bulk/start.rs", "a list that is uploaded may have its heading in either language"),
    ("src/controllers/desk/texts/pages.rs", "mails are in Japanese: the reader of a sample"),
];

/// Staff have a language each: their pages take it from the frame.
fn one_language(sources: &[Source]) -> Vec<String> {
    let desk = |source: &&Source| {
        let path = source.path.as_str();
        ["src/controllers/desk/", "src/views/desk/", "src/views/api/", "src/controllers/api/"]
            .iter()
            .any(|room| path.starts_with(room))
            && ALWAYS_JAPANESE.iter().all(|(free, _)| *free != path)
    };
    lines_with(sources.iter().filter(desk), &["Texts::JA", "Texts::EN"], "knows only one language")
}

/// Where Japanese letters are what the code is about.
const ABOUT_JAPANESE: &[(&str, &str)] = &[
    ("src/messages/", "reads the catalogue and writes dates as Japanese does"),
    ("src/mail/width.rs", "breaks lines where Japanese may be broken"),
    ("src/domain/search.rs", "knows which letters a search takes for the same"),
    ("src/domain/calendar/cabinet_office.rs", "reads the headings of the Cabinet Office's file"),
];

/// Comments may quote the word that a page or the manual uses; sentences for people are in the catalogue.
fn japanese(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources.iter().filter(|source| !ABOUT_JAPANESE.iter().any(|(room, _)| source.path.starts_with(room)))
    {
        let found = source.code().filter(|(_, code)| code.chars().any(is_japanese));
        complaints.extend(found.map(|(line, code)| format!("{}:{line}: Japanese: {}", source.path, code.trim())));
    }
    complaints
}

/// A kana or an ideograph, of full or half width. Marks and the long-vowel mark are syntax of input, not words.
pub fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{FF66}'..='\u{FF9D}')
        || matches!(c, '\u{3005}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2FFFF}')
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
fn japanese_is_seen_in_code_but_not_in_comments_and_test_data() {
    let rest = "// 再架電 is derived\n#[cfg(test)]\nmod tests { const NAME: &str = \"例文 花\"; }";
    for line in ["let label = \"失効済み\";", "let kana = \"ﾚｲｼﾞ\";", "let kanji = \"髙\";"] {
        let text = format!("{line}\n{rest}");

        assert_seen(&japanese(&[Source::new("src/views/desk.rs", &text)]), "src/views/desk.rs:1: Japanese");
        assert_none(&japanese(&[Source::new("src/messages/dates.rs", &text)]));
    }
    assert_none(&japanese(&[Source::new("src/domain/contact.rs", &format!("let dashes = ['‐', 'ー'];\n{rest}"))]));
}

#[test]
fn a_page_of_the_desk_in_one_language_is_seen() {
    let text = "let t = Texts::JA;";
    assert_seen(
        &one_language(&[Source::new("src/controllers/desk/today.rs", text)]),
        "src/controllers/desk/today.rs:1",
    );
    assert_none(&one_language(&[Source::new("src/controllers/portal/frame.rs", text)]));
}

#[test]
fn a_module_without_a_heading_is_seen() {
    assert_seen(&without_heading(&[Source::new("src/x.rs", "use std::fmt;\n")]), "src/x.rs:1");
}
