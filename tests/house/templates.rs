//! Templates work under the content security policy and take their words from the catalogue.

use crate::source::{Source, assert_none, assert_seen, read};
use crate::style::is_japanese;

#[test]
fn pages_have_no_inline_style_or_script() {
    assert_none(&inline(&pages()));
}

#[test]
fn pages_take_their_words_from_the_catalogue() {
    assert_none(&japanese(&pages()));
}

#[test]
fn the_style_guide_shows_every_component() {
    let sources = read("views", &[".html"]);
    let guide = sources.iter().find(|source| source.path == "views/development/styleguide.html").unwrap();
    let macros: Vec<&Source> = sources.iter().filter(|source| source.path.starts_with("views/macros/")).collect();
    assert!(macros.len() > 3);
    assert_none(&unshown(&macros, &guide.text));
}

/// The portal's own pieces need its style sheet; they are looked at on its pages.
fn unshown(macros: &[&Source], guide: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in macros.iter().filter(|source| source.path != "views/macros/portal.html") {
        let names = source.text.split(" macro ").skip(1).filter_map(|rest| rest.split('(').next());
        let calls = |name: &&str| !guide.contains(&format!("::{name}("));
        // What another component of the same file is made of is shown with it.
        let parts = |name: &&str| source.text.matches(&format!("{{ {name}(")).count() == 0;
        complaints
            .extend(names.filter(calls).filter(parts).map(|name| format!("{}:1: {name} is not shown", source.path)));
    }
    complaints
}

#[test]
fn a_component_that_the_style_guide_leaves_out_is_seen() {
    let source = Source::new("views/macros/ui.html", "{%- macro pill(pill) -%}");
    assert_seen(&unshown(&[&source], "{{ ui::status(x) }}"), "views/macros/ui.html:1: pill is not shown");
    assert_none(&unshown(&[&source], "{{ ui::pill(x) }}"));
}

/// Everything a browser gets. Mails and call scripts are whole texts in files of another kind.
fn pages() -> Vec<Source> {
    read("views", &[".html", ".xml", ".svg"])
}

fn inline(sources: &[Source]) -> Vec<String> {
    const FORBIDDEN: &[&str] = &[
        " style=",
        "<style",
        "javascript:",
        "hx-on",
        "hx-live",
        " onclick=",
        " onsubmit=",
        " onchange=",
        " onload=",
        "js:",
    ];
    let mut complaints = Vec::new();
    for source in sources {
        for (index, line) in source.text.lines().enumerate() {
            let forbidden = FORBIDDEN.iter().any(|word| line.contains(word));
            let script = line.match_indices("<script").any(|(at, _)| !line[at..].contains(" src="));
            if forbidden || script {
                complaints.push(format!("{}:{}: inline style or script: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    complaints
}

fn japanese(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let found = source.text.lines().enumerate().filter(|(_, line)| line.chars().any(is_japanese));
        complaints
            .extend(found.map(|(index, line)| format!("{}:{}: Japanese: {}", source.path, index + 1, line.trim())));
    }
    complaints
}

#[test]
fn inline_style_and_script_are_seen() {
    for line in [
        "<p style=\"color:red\">",
        "<style>p{}</style>",
        "<script>go()</script>",
        "<a onclick=\"go()\">",
        "<b hx-on:click=\"go()\">",
    ] {
        assert_seen(&inline(&[Source::new("views/desk/case.html", line)]), "views/desk/case.html:1");
    }
    assert_none(&inline(&[Source::new(
        "views/layouts/desk.html",
        "<script type=\"module\" src=\"/assets/desk.js\"></script>",
    )]));
}

#[test]
fn japanese_in_a_page_is_seen() {
    assert_seen(&japanese(&[Source::new("views/desk/case.html", "<h1>案件</h1>")]), "views/desk/case.html:1");
    assert_none(&japanese(&[Source::new("views/desk/case.html", "<h1>{{ t.s(\"case.script\") }}</h1>")]));
}
