//! Reads files into sources and strips what rules must not look at.

use std::fs;
use std::path::{Path, PathBuf};

/// One file: its path from the repository's root, with `/`, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Numbered lines of program code: without comments and without the test module at the file's end.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let program = self.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let program = if self.path.ends_with("/tests.rs") { "" } else { program };
        program.lines().enumerate().map(|(index, line)| (index + 1, without_comment(line)))
    }
}

/// All files under `folder` (from the repository's root) that end in one of `endings`, in order of path.
pub fn read(folder: &str, endings: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join(folder), endings, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| Source {
            path: path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"),
            text: fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        })
        .collect()
}

fn collect(folder: &Path, endings: &[&str], paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, endings, paths);
        } else if endings.iter().any(|ending| path.to_str().unwrap().ends_with(ending)) {
            paths.push(path);
        }
    }
}

/// Cuts at `//`, unless it belongs to an address such as `https://`.
fn without_comment(line: &str) -> &str {
    let cut = line.match_indices("//").map(|(at, _)| at).find(|&at| !line[..at].ends_with(':'));
    cut.map_or(line, |at| &line[..at])
}

/// Fails with one complaint a line.
#[track_caller]
pub fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Fails unless exactly the planted violation was named, by a part of its complaint.
#[track_caller]
pub fn assert_seen(complaints: &[String], part: &str) {
    assert!(
        complaints.len() == 1 && complaints[0].contains(part),
        "expected one complaint with {part:?}: {complaints:?}"
    );
}

#[test]
fn comments_and_test_modules_are_not_code() {
    let source = Source::new("src/x.rs", "a(); // b\nlet u = \"https://c\"; // d\n#[cfg(test)]\nmod tests { e(); }\n");

    let code: Vec<_> = source.code().collect();

    assert_eq!(code, [(1, "a(); "), (2, "let u = \"https://c\"; ")]);
}

#[test]
fn the_program_is_read() {
    let sources = read("src", &[".rs"]);

    assert!(sources.len() > 20, "{}", sources.len());
    assert!(sources.iter().any(|source| source.path == "src/domain/case.rs"));
}
