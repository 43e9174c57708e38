//! The HTML part of a mail, made from its text: it says the same in paragraphs, tables of labels and values, and links.
//!
//! Owns how the lines of a text are understood. Lines that were broken for width are joined again.

use super::width::{is_label, labelled};

/// The whole document.
pub fn page(subject: &str, text: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n</head>\n<body>\n{}</body>\n</html>\n",
        escaped(subject),
        body(text)
    )
}

/// What stands in the body of a document that [`page`] made.
pub fn shown(page: &str) -> &str {
    let body = page.split_once("<body>\n").map_or(page, |(_, body)| body);
    body.split_once("</body>").map_or(body, |(body, _)| body)
}

fn body(text: &str) -> String {
    let mut html = String::with_capacity(2 * text.len());
    let mut block: Vec<&str> = Vec::new();
    let mut first = true;
    for line in text.lines().map(str::trim_end).chain([""]) {
        if !line.is_empty() {
            block.push(line);
        } else if !block.is_empty() {
            write_block(&block, std::mem::take(&mut first), &mut html);
            block.clear();
        }
    }
    html
}

/// One piece of a block: running text, or rows of a table.
enum Piece {
    /// With `\n` where a line ends for good.
    Words(String),
    Rows(Vec<(String, String)>),
}

/// The first block says whom the mail is for: each of its lines stands alone.
fn write_block(lines: &[&str], first: bool, html: &mut String) {
    let table = !first && lines.iter().all(|line| labelled(line).is_some() || is_continued_value(line));
    let mut pieces: Vec<Piece> = Vec::new();
    for line in lines {
        let row = if first { None } else { row(line, table, pieces.last()) };
        match (pieces.last_mut(), row) {
            (Some(Piece::Rows(rows)), Some(row)) => rows.push(row),
            (_, Some(row)) => pieces.push(Piece::Rows(vec![row])),
            (Some(Piece::Rows(rows)), None) if is_continued_value(line) => {
                if let Some((_, value)) = rows.last_mut() {
                    join(value, line.trim_start_matches('　'), true);
                }
            }
            (Some(Piece::Words(words)), None) => {
                let hanging = line.starts_with('　');
                let ends = first || !(hanging || goes_on(words, line));
                join(words, line.trim_start_matches('　'), ends);
            }
            (_, None) => pieces.push(Piece::Words(line.trim_start_matches('　').to_owned())),
        }
    }
    for piece in pieces {
        write_piece(&piece, html);
    }
}

/// Label and value, where the line has them: moved in by one, or in a block of nothing else. Below another row a label may
/// stand alone, its values following.
fn row(line: &str, table: bool, before: Option<&Piece>) -> Option<(String, String)> {
    let moved_in = line.starts_with('　') && !is_continued_value(line);
    if !moved_in && !table {
        return None;
    }
    match labelled(line) {
        Some((label, value)) => Some((label.trim_start_matches('　').to_owned(), value.to_owned())),
        None if moved_in && matches!(before, Some(Piece::Rows(_))) && is_label(line.trim_start_matches('　')) => {
            Some((line.trim_start_matches('　').to_owned(), String::new()))
        }
        None => None,
    }
}

/// Moved in by two or more: below the value of the row before.
fn is_continued_value(line: &str) -> bool {
    line.starts_with("　　")
}

fn join(words: &mut String, line: &str, ends: bool) {
    if ends && !words.is_empty() {
        words.push('\n');
    }
    words.push_str(line);
}

/// A line was broken for width where it ends in a hiragana or a comma, unless the next begins something of its own.
fn goes_on(words: &str, next: &str) -> bool {
    let broken = words.ends_with(|last: char| matches!(last, '\u{3041}'..='\u{3096}' | '、'));
    let begins = next.starts_with(['・', '■', '※', '[', '【'])
        || next.starts_with("http")
        || next
            .split_once('.')
            .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    broken && !begins
}

fn write_piece(piece: &Piece, html: &mut String) {
    match piece {
        Piece::Words(words) => {
            let lines: Vec<String> = words.lines().map(linked).collect();
            html.extend(["<p>", &lines.join("<br>\n"), "</p>\n"]);
        }
        Piece::Rows(rows) => {
            html.push_str("<table>\n");
            for (label, value) in rows {
                let values: Vec<String> = value.lines().map(linked).collect();
                let (label, value) = (escaped(label), values.join("<br>"));
                html.extend(["<tr><th align=\"left\" valign=\"top\">", &label, "</th><td>", &value, "</td></tr>\n"]);
            }
            html.push_str("</table>\n");
        }
    }
}

/// Addresses of pages become links.
fn linked(line: &str) -> String {
    let mut html = String::with_capacity(line.len() + 32);
    let mut rest = line;
    while let Some(at) = rest.find("https://").or_else(|| rest.find("http://")) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|one: char| !one.is_ascii_graphic() || "<>\"'".contains(one)).unwrap_or(from.len());
        let (url, after) = from.split_at(end);
        let url = escaped(url);
        html.extend([&escaped(before), "<a href=\"", &url, "\">", &url, "</a>"]);
        rest = after;
    }
    html + &escaped(rest)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_broken_for_width_are_joined_and_others_are_not() {
        for (text, html) in [
            ("宛先\n\n証明書の失効を\n受け付けました。", "<p>証明書の失効を受け付けました。</p>\n"),
            ("宛先\n\n終わりました。\n次です。", "<p>終わりました。<br>\n次です。</p>\n"),
            ("宛先\n\n・当日は例田様\n　（末尾4182）へ\n・次", "<p>・当日は例田様（末尾4182）へ<br>\n・次</p>\n"),
            (
                "宛先\n\n状況は\nhttps://a.example/?a=1&b",
                "<p>状況は<br>\n<a href=\"https://a.example/?a=1&#38;b\">https://a.example/?a=1&#38;b</a></p>\n",
            ),
        ] {
            assert_eq!(body(text), format!("<p>宛先</p>\n{html}"), "{text}");
        }
        assert_eq!(body("例示さくら\n花 様"), "<p>例示さくら<br>\n花 様</p>\n", "the address is never joined");
    }

    #[test]
    fn labels_and_values_become_a_table() {
        let text = "宛先\n\n証明書\n　番号　　4a:91\n　　　　　（満了日 x）\n　日時\n　　一\n　　二";
        let html = body(text);
        let row = |label: &str, value: &str| format!("<th align=\"left\" valign=\"top\">{label}</th><td>{value}</td>");
        for expected in ["<p>証明書</p>".to_owned(), row("番号", "4a:91<br>（満了日 x）"), row("日時", "一<br>二")]
        {
            assert!(html.contains(&expected), "{expected} in {html}");
        }
        assert!(body("宛先\n\n会社　例\n番号　12").contains("<table>"), "a block of nothing else needs no indentation");
        assert!(!body("宛先\n\n--\n会社　例\n電話　12").contains("<table>"), "a signature is none");
    }

    #[test]
    fn markup_in_a_text_is_text() {
        assert_eq!(body("<b>&\"'"), "<p>&#60;b&#62;&#38;\"'</p>\n");
        assert!(page("<x>", "y").contains("<title>&#60;x&#62;</title>"));
    }
}
