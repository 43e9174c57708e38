//! Made-up contents of 取り込み.

use askama::Template;

use revocation_desk::domain::problem::Problem;
use revocation_desk::messages::Texts;
use revocation_desk::views::chrome::Place;
use revocation_desk::views::desk::imports::{ImportPage, ImportRow, ImportsPage, Progress, RowLine};
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::parts::{Empty, Link, Pager, Tone};

use crate::samples::{HREF, chrome, guard, label, tab};

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let refused = [Problem::on("kind", "import_kind_missing"), Problem::on("file", "import_file_missing")];
    let missing = [Problem::on("file", "import_column_missing").with("value", "pem")];
    vec![
        ("imports", imports(&[]).render()),
        ("imports-refused", imports(&refused).render()),
        ("imports-wrong-file", imports(&missing).render()),
        ("imports-empty", ImportsPage { imports: Vec::new(), empty: Some(nothing()), ..imports(&[]) }.render()),
        ("import", import().render()),
        ("import-running", ImportPage { live: Some(48_211), cancel: Some(guard()), ..import() }.render()),
        ("import-blanked", blanked().render()),
    ]
}

fn nothing() -> Empty {
    Empty { text: T.s("imports.empty").to_owned(), link: None }
}

fn imports(problems: &[Problem]) -> ImportsPage {
    let kinds = ["certificates", "contacts", "applications"];
    let word = |kind: &str| T.s(&format!("imports.kinds.{kind}"));
    let row = |number: i64, kind: &str, refused, status| ImportRow {
        href: format!("/desk/imports/{number}"),
        number: number.to_string(),
        kind: word(kind),
        at: "11/24(火) 10:07".to_owned(),
        by: "窓口 美咲".to_owned(),
        rows: "2000".to_owned(),
        refused,
        status,
    };
    ImportsPage {
        chrome: chrome(Place::Imports),
        guard: guard(),
        kinds: kinds.map(|kind| Choice::new(kind, word(kind), kind == "contacts")).into(),
        samples: kinds.map(|kind| Link::new(format!("/desk/imports/samples/{kind}"), word(kind))).into(),
        hint: T.f("imports.file_hint", &[("limit", &8)]),
        errors: FieldErrors::of(T, problems),
        imports: vec![
            row(14, "applications", 0, label("refresh-cw", Tone::Work, T.s("imports.states.running"))),
            row(13, "certificates", 3, label("triangle-alert", Tone::Bad, T.s("imports.states.finished"))),
            row(12, "contacts", 0, label("ban", Tone::Hold, T.s("imports.states.cancelled"))),
        ],
        pager: Pager { shown: String::new(), previous: None, next: Some("/desk/imports?after=12".to_owned()) },
        empty: None,
    }
}

fn import() -> ImportPage {
    let word = |state: &str| T.s(&format!("imports.state.{state}"));
    let line = |line: &str, status, became, reasons: &[(&str, &str)]| RowLine {
        line: line.to_owned(),
        status,
        became,
        reasons: reasons.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned())).collect(),
    };
    let bad = || label("triangle-alert", Tone::Bad, word("refused"));
    let ok = |state| label("circle-check", Tone::Ok, word(state));
    ImportPage {
        chrome: chrome(Place::Imports),
        title: T.f("imports.title", &[("kind", &T.s("imports.kinds.certificates")), ("n", &13)]),
        href: "/desk/imports/13".to_owned(),
        status: label("triangle-alert", Tone::Bad, T.s("imports.states.finished")),
        facts: vec![
            (T.s("imports.made").to_owned(), "窓口 美咲　2026年11月24日(火) 10:07".to_owned()),
            (T.s("imports.ended").to_owned(), "2026年11月24日(火) 10:09".to_owned()),
        ],
        progress: Progress {
            max: 2_000,
            value: 1_500,
            summary: T.f("imports.summary", &[("done", &1_500), ("target", &2_000)]),
            registered: "1400".to_owned(),
            known: "97".to_owned(),
            refused: "3".to_owned(),
            waiting: "500".to_owned(),
            any_refused: true,
        },
        live: None,
        cancel: None,
        download: Some(guard()),
        note: None,
        tabs: vec![tab(word("all"), 2_000, false, true), tab(word("refused"), 3, true, false)],
        rows: vec![
            line("2", ok("registered"), Some(Link::new("", "証明書 #12")), &[]),
            line("3", ok("known"), Some(Link::new(HREF, "RQ-260806-0182")), &[]),
            line(
                "4",
                bad(),
                None,
                &[
                    ("entitlement_end_on", "「entitlement_end_on」の値「2026-13-01」を日付として読み取れません。"),
                    ("pem", "証明書を読み取れません。"),
                ],
            ),
            line("5", bad(), None, &[("", "列の数が見出しと違います。")]),
        ],
        pager: Pager { shown: String::new(), previous: None, next: Some("/desk/imports/13?after=5".to_owned()) },
        empty: None,
    }
}

fn blanked() -> ImportPage {
    let empty = Empty { text: T.s("imports.no_rows").to_owned(), link: None };
    let note = T.f("imports.blanked", &[("at", &"2026年12月24日(木) 10:00")]);
    ImportPage { download: None, note: Some(note), rows: Vec::new(), empty: Some(empty), ..import() }
}
