//! Every page renders, has one heading of the first rank, names its fields, and asks for nothing that is not there.
//!
//! The pages are written to `target/pages/` with their assets, to be looked at in a browser.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use crate::{samples, samples_lists};

#[test]
fn every_page_is_sound() {
    for (name, html) in samples::all() {
        assert_sound(&name, &html);
    }
}

/// Also for pages that other tests were given by the program; `name` is the file to look at.
pub fn assert_sound(name: &str, html: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    for name in ["base.css", "desk.css", "portal.css", "desk.js", "list.js", "run.js", "icons.svg", "favicon.svg"] {
        let address = revocation_desk::views::asset(name);
        let file = folder.join(address.trim_start_matches('/'));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, revocation_desk::views::assets::find(name).unwrap().bytes).unwrap();
    }
    std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    let faults = faults_of(html);
    assert!(faults.is_empty(), "{name}: {faults:#?}");
}

/// kB as `ui.md` section 2 counts them, compressed.
const FIRST_LOAD: usize = 35_000;
const LIST_OF_FIFTY: usize = 15_000;

#[test]
fn a_list_of_fifty_is_light() {
    let octets = compressed(samples_lists::fifty_cases().as_bytes());
    assert!(octets <= LIST_OF_FIFTY, "{octets} bytes");
}

#[test]
fn the_first_load_is_light() {
    let of_desk = ["base.css", "desk.css", "desk.js", "list.js", "live.js", "run.js", "icons.svg", "favicon.svg"];
    let assets: usize =
        of_desk.iter().map(|name| compressed(&revocation_desk::views::assets::find(name).unwrap().bytes)).sum();
    let octets = assets + compressed(samples_lists::fifty_cases().as_bytes());
    assert!(octets <= FIRST_LOAD, "{octets} bytes");
}

fn compressed(content: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap().len()
}

fn faults_of(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !["ja", "en"].iter().any(|language| html.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{language}\""))) {
        faults.push("no document type or language".to_owned());
    }
    let first_headings = html.matches("<h1").count();
    if first_headings != 1 {
        faults.push(format!("{first_headings} first headings"));
    }
    for forbidden in ["???", " style=", "<style", " onclick=", "{{ ", "{%", "/assets/missing"] {
        if html.contains(forbidden) {
            faults.push(format!("contains {forbidden}"));
        }
    }
    let ids: Vec<&str> = attribute(html, "id");
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    if known.len() != ids.len() {
        faults.push(format!("an id is used twice: {ids:?}"));
    }
    let mut references: Vec<&str> = attribute(html, "for");
    for name in ["aria-labelledby", "aria-describedby"] {
        references.extend(attribute(html, name).into_iter().flat_map(str::split_whitespace));
    }
    references.extend(attribute(html, "href").into_iter().filter_map(|href| href.strip_prefix('#')));
    faults.extend(references.into_iter().filter(|id| !known.contains(id)).map(|id| format!("nothing has the id {id}")));
    for form in html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap_or_default()) {
        if form.contains("method=\"post\"") && !form.contains("name=\"_csrf\"") {
            faults.push(format!("a form without its token: {}", form.lines().next().unwrap_or_default()));
        }
    }
    faults
}

fn attribute<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn faults_are_seen() {
    let page = |body: &str| format!("<!DOCTYPE html>\n<html lang=\"ja\"><h1>x</h1>{body}");
    assert_eq!(faults_of(&page("")), Vec::<String>::new());
    for body in [
        "<h1>second</h1>",
        "<p style=\"color:red\">",
        "<i id=\"a\"></i><i id=\"a\"></i>",
        "<label for=\"nowhere\">",
        "<form method=\"post\"></form>",
        "???",
    ] {
        assert_eq!(faults_of(&page(body)).len(), 1, "{body}");
    }
}
