//! Acts on many cases: how many, the typed count, and files of reception numbers as people save them.

use encoding_rs::SHIFT_JIS;
use revocation_desk::domain::bulk::{BulkKind, BulkOrigin, BulkState, LIMIT, check_count, check_size, read_file};
use revocation_desk::domain::problem::Problem;

const HEADINGS: [&str; 2] = ["受付番号", "reception_number"];

fn codes(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.code).collect()
}

/// The numbers of a file with their lines, or the codes of what is wrong with it.
fn read(file: &[u8]) -> Result<Vec<(u64, String)>, Vec<Problem>> {
    let lines = read_file(file, &HEADINGS)?;
    Ok(lines.iter().map(|line| (line.line, line.number.to_string())).collect())
}

#[test]
fn an_act_holds_from_one_to_five_hundred_cases() {
    for (cases, code) in
        [(0, Some("bulk_nothing_chosen")), (1, None), (LIMIT, None), (LIMIT + 1, Some("bulk_too_many"))]
    {
        assert_eq!(check_size(cases).err().map(|problem| problem.code), code, "{cases}");
    }
    assert_eq!(LIMIT, 500);
}

#[test]
fn the_typed_count_is_the_number_of_certificates() {
    for (typed, code) in [
        ("52", None),
        (" 52 ", None),
        ("５２", None),
        ("51", Some("bulk_count_differs")),
        ("53", Some("bulk_count_differs")),
        ("", Some("bulk_count_missing")),
        ("all", Some("bulk_count_missing")),
        ("-52", Some("bulk_count_missing")),
    ] {
        assert_eq!(check_count(typed, 52).err().map(|problem| problem.code), code, "{typed}");
    }
}

#[test]
fn a_file_is_read_however_it_was_saved() {
    let expected = vec![(2, "RQ-261124-0001".to_owned()), (3, "RQ-261124-0002".to_owned())];
    let text = "受付番号\r\nRQ-261124-0001\r\nRQ-261124-0002\r\n";
    let (shift_jis, ..) = SHIFT_JIS.encode(text);
    for (name, file) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("with its mark", format!("\u{FEFF}{text}").into_bytes()),
        ("LF", text.replace('\r', "").into_bytes()),
        ("no end of the last line", text.trim_end().as_bytes().to_vec()),
        ("Shift_JIS", shift_jis.into_owned()),
        ("quoted", b"\"reception_number\"\n\"RQ-261124-0001\"\n\"rq-261124-0002 \"\n".to_vec()),
        ("another column first", "会社名,受付番号\n例示商事,RQ-261124-0001\n見本,RQ-261124-0002\n".as_bytes().to_vec()),
        ("empty lines at the end", format!("{text}\r\n,\r\n").into_bytes()),
    ] {
        assert_eq!(read(&file).unwrap(), expected, "{name}");
    }
}

#[test]
fn each_wrong_line_is_told_and_nothing_is_taken_over() {
    let file = "受付番号\nRQ-261124-0001\nRQ-1\nRQ-261124-0001\n".as_bytes();
    let problems = read(file).unwrap_err();
    assert_eq!(codes(&problems), ["bulk_row_unknown", "bulk_row_repeated"]);
    let facts = |problem: &Problem| problem.params.clone();
    assert_eq!(facts(&problems[0]), [("line", "3".to_owned()), ("value", "RQ-1".to_owned())]);
    let repeated = [("line", "4"), ("value", "RQ-261124-0001"), ("first", "2")];
    assert_eq!(facts(&problems[1]), repeated.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn a_file_that_cannot_be_used_says_why() {
    for (name, file, code) in [
        ("no column", "会社名\n例示商事\n".as_bytes().to_vec(), "bulk_column_missing"),
        ("no heading", b"RQ-261124-0001\n".to_vec(), "bulk_column_missing"),
        ("nothing", Vec::new(), "bulk_column_missing"),
        ("only the heading", "受付番号\n".as_bytes().to_vec(), "bulk_file_empty"),
        ("no text at all", vec![0xFF, 0xFF, 0x00], "bulk_file_encoding"),
    ] {
        assert_eq!(codes(&read(&file).unwrap_err()), [code], "{name}");
    }
}

fn numbered(rows: usize) -> String {
    let lines: Vec<String> = (1..=rows).map(|n| format!("RQ-261124-{n:04}")).collect();
    format!("受付番号\n{}\n", lines.join("\n"))
}

#[test]
fn the_limit_counts_rows() {
    assert_eq!(read(numbered(LIMIT).as_bytes()).unwrap().len(), LIMIT);
    assert_eq!(codes(&read(numbered(LIMIT + 1).as_bytes()).unwrap_err()), ["bulk_too_many"]);
}

#[test]
fn of_many_wrong_lines_the_first_fifty_are_told() {
    let file = format!("受付番号\n{}", "x\n".repeat(60));
    let problems = read(file.as_bytes()).unwrap_err();
    assert_eq!(problems.len(), 51);
    let last = problems.last().unwrap();
    assert_eq!((last.code, last.params.clone()), ("bulk_more_rows", vec![("n", "10".to_owned())]));
}

#[test]
fn what_is_stored_is_read_again() {
    for kind in BulkKind::ALL {
        assert_eq!(kind.as_str().parse::<BulkKind>(), Ok(kind));
    }
    for state in BulkState::ALL {
        assert_eq!(state.as_str().parse::<BulkState>(), Ok(state));
    }
    for origin in BulkOrigin::ALL {
        assert_eq!(origin.as_str().parse::<BulkOrigin>(), Ok(origin));
    }
}
