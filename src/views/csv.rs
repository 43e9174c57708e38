//! Lines of a CSV as spreadsheets in Japan open it: UTF-8 with its mark, CRLF, no cell that would be taken for a formula.

/// Without it spreadsheets take the file for Shift_JIS.
pub const MARK: &str = "\u{FEFF}";

/// One line with its end.
pub fn line<T: AsRef<str>>(cells: &[T]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text.as_ref())).collect();
    format!("{}\r\n", cells.join(","))
}

/// What a spreadsheet would compute gets an apostrophe in front and stays text.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let guarded = if formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_are_formulas() {
        for (text, written) in [
            ("例示商事株式会社", "例示商事株式会社"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+81", "'+81"),
            ("-1", "'-1"),
            ("@cmd", "'@cmd"),
            ("\tx", "'\tx"),
            ("＝1+1", "'＝1+1"),
            ("1=1", "1=1"),
            ("03-0000-4182", "03-0000-4182"),
        ] {
            assert_eq!(line(&[text]), format!("{written}\r\n"), "{text:?}");
        }
        assert_eq!(line(&["a", "b"]), "a,b\r\n");
    }
}
