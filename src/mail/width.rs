//! Keeps the lines of a mail at 35 full-width characters (`copy-ja.md` section 1).
//!
//! Owns where a Japanese line may be broken. Lines that fit stay as the template wrote them; a word of Latin letters
//! and digits (a URL, a serial number, a domain) is never split, even when it alone is too wide.

/// In half-width columns.
pub const MAX_COLUMNS: usize = 70;

/// How many half-width columns a text takes on the screen of a mail program with a fixed-width font.
pub fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

fn char_columns(character: char) -> usize {
    match character {
        '\u{0300}'..='\u{036F}' | '\u{200B}'..='\u{200D}' | '\u{3099}' | '\u{309A}' | '\u{FE00}'..='\u{FE0F}' => 0,
        '\u{0000}'..='\u{02FF}' | '\u{FF61}'..='\u{FF9F}' => 1,
        _ => 2,
    }
}

/// The text with every line in bounds, at most one blank line in a row and none at the ends.
pub fn fit(text: &str) -> String {
    let mut fitted = String::with_capacity(text.len() + 64);
    let mut blank_pending = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blank_pending = !fitted.is_empty();
            continue;
        }
        if std::mem::take(&mut blank_pending) {
            fitted.push('\n');
        }
        for piece in fit_line(line) {
            fitted.push_str(piece.trim_end());
            fitted.push('\n');
        }
    }
    fitted
}

fn fit_line(line: &str) -> Vec<String> {
    if columns(line) <= MAX_COLUMNS {
        return vec![line.to_owned()];
    }
    if let Some((label, value)) = labelled(line) {
        let mut lines = vec![label.to_owned()];
        lines.extend(wrap("　　", "　　", value));
        return lines;
    }
    let text = line.trim_start_matches('　');
    let indent = &line[..line.len() - text.len()];
    wrap(indent, &format!("{indent}{}", hanging(text)), text)
}

/// Splits `　コモンネーム　　shop.example.jp` into label and value. The labels stand in a column of their own.
pub(super) fn labelled(line: &str) -> Option<(&str, &str)> {
    let unindented = line.trim_start_matches('　');
    let (label, value) = unindented.split_once('　')?;
    let value = value.trim_start_matches('　');
    let end = line.len() - unindented.len() + label.len();
    (is_label(label) && !value.is_empty()).then(|| (&line[..end], value))
}

pub(super) fn is_label(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_letter_of_label)
}

fn is_letter_of_label(character: char) -> bool {
    matches!(character, 'A'..='Z' | '\u{3041}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}')
}

/// What the following lines of an item of a list are moved in by.
fn hanging(text: &str) -> &'static str {
    let is_item = text.starts_with(['・', '※']) || text.starts_with(|first: char| first.is_ascii_digit());
    if is_item { "　" } else { "" }
}

fn wrap(first_indent: &str, next_indent: &str, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first_indent.to_owned();
    let mut is_empty = true;
    for unit in units(text) {
        if !is_empty && columns(&line) + columns(unit.trim_end()) > MAX_COLUMNS {
            lines.push(std::mem::replace(&mut line, next_indent.to_owned()));
            is_empty = true;
        }
        line.push_str(if is_empty { unit.trim_start() } else { unit });
        is_empty = false;
    }
    lines.push(line);
    lines
}

/// The pieces between which a line may end: words of Latin letters and digits as a whole, Japanese characters one by
/// one, closing marks with what stands before them, opening marks with what follows.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut start = 0;
    let mut previous = None;
    for (at, character) in text.char_indices() {
        if previous.is_some_and(|before| may_break(before, character)) {
            units.push(&text[start..at]);
            start = at;
        }
        previous = Some(character);
    }
    units.push(&text[start..]);
    units
}

fn may_break(before: char, after: char) -> bool {
    let splits_a_word = char_columns(before) == 1 && char_columns(after) == 1 && before != ' ' && after != ' ';
    !splits_a_word
        && after != ' '
        && char_columns(after) > 0
        && !STAYS_WITH_PREVIOUS.contains(after)
        && !"（「『【〈《〔".contains(before)
}

/// Marks that cannot begin a line, and 様, which is not parted from the name.
const STAYS_WITH_PREVIOUS: &str =
    "、。，．・：；？！ー々〜～…）」』】〉》〕様ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_fit_stay_as_they_are() {
        let widest = "あ".repeat(35);
        assert_eq!(fit(&widest), format!("{widest}\n"));
        assert_eq!(fit(&"あ".repeat(36)), format!("{widest}\nあ\n"));
        assert_eq!(fit("一\n\n\n　\n二　\n\n"), "一\n\n二\n");
    }

    #[test]
    fn a_long_value_moves_below_its_label_and_is_never_split() {
        let serial = ["4a"; 20].join(":");
        assert_eq!(fit(&format!("　失効する証明書　{serial}")), format!("　失効する証明書\n　　{serial}\n"));
        let url = format!("https://portal.example.com/{}", "x".repeat(80));
        assert_eq!(fit(&url), format!("{url}\n"));
    }

    #[test]
    fn marks_and_honorifics_stay_with_what_they_belong_to() {
        let head = "あ".repeat(34);
        for (tail, second_line) in
            [("い。", "い。"), ("いう。", "う。"), ("（い", "（い"), ("髙橋様", "橋様"), ("い様へ", "い様へ")]
        {
            assert_eq!(fit(&format!("{head}{tail}")).lines().nth(1), Some(second_line), "{tail}");
        }
    }

    #[test]
    fn items_of_a_list_are_continued_under_their_text() {
        let fitted = fit(&format!("・{}", "あ".repeat(40)));
        assert_eq!(fitted, format!("・{}\n　{}\n", "あ".repeat(34), "あ".repeat(6)));
    }
}
