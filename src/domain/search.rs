//! Folds text so that a search finds what people mean: width, case, kana, dashes, spaces and the old and new forms of
//! kanji in names.
//!
//! Owns the folding. Stored text and query pass through the same function; a change here means folding stored text
//! anew. The result is for comparing, never for showing.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// The folded form. `xn--` labels become the domain name that people read.
pub fn normalize(text: &str) -> String {
    let compatible: String =
        text.chars().map(joining_mark).nfkc().filter(|character| !is_invisible(*character)).collect();
    let folded: String =
        read_punycode(&compatible).chars().flat_map(char::to_lowercase).map(fold_kanji_and_kana).collect();
    // Folding can bring a letter and a mark together that compose.
    fold_dashes_and_spaces(&folded).nfkc().collect()
}

/// A folded domain name without the host name that nearly all have, and without the star of a wildcard.
pub fn site(folded: &str) -> &str {
    folded.strip_prefix("www.").or_else(|| folded.strip_prefix("*.")).unwrap_or(folded)
}

/// The distinct pairs of neighbouring characters of the folded text, within words; a word of one character stands for
/// itself.
pub fn bigrams(text: &str) -> BTreeSet<String> {
    let folded = normalize(text);
    let mut pairs = BTreeSet::new();
    for word in folded.split_whitespace() {
        let characters: Vec<char> = word.chars().collect();
        if characters.len() == 1 {
            pairs.insert(word.to_owned());
        }
        pairs.extend(characters.windows(2).map(|pair| pair.iter().collect::<String>()));
    }
    pairs
}

/// The voicing marks that stand alone; NFKC would put a space before them.
fn joining_mark(character: char) -> char {
    match character {
        '\u{309B}' => '\u{3099}',
        '\u{309C}' => '\u{309A}',
        other => other,
    }
}

/// A label that does not decode stays as it is.
fn read_punycode(text: &str) -> String {
    text.split_inclusive(ends_label)
        .map(|piece| {
            let label = piece.trim_end_matches(ends_label);
            let end = piece.strip_prefix(label).unwrap_or_default();
            if !is_punycode(label) {
                return piece.to_owned();
            }
            let (readable, decoded) = idna::domain_to_unicode(label);
            if decoded.is_ok() { format!("{readable}{end}") } else { piece.to_owned() }
        })
        .collect()
}

fn ends_label(character: char) -> bool {
    !(character.is_ascii_alphanumeric() || character == '-')
}

fn is_punycode(label: &str) -> bool {
    label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
}

/// Zero-width characters, marks of direction and variation selectors: they change nothing that is read.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{E0100}'..='\u{E01EF}'
    )
}

fn fold_kanji_and_kana(character: char) -> char {
    match character {
        // Small ka and ke in place names are written large as well.
        '\u{30F5}' => '\u{304B}',
        '\u{30F6}' => '\u{3051}',
        // ァ–ヴ and ヽヾ lie 0x60 above the hiragana.
        '\u{30A1}'..='\u{30F4}' | '\u{30FD}' | '\u{30FE}' => {
            char::from_u32(u32::from(character) - 0x60).unwrap_or(character)
        }
        other => common_form(other),
    }
}

/// Old, popular and rare forms of kanji that one family name or company name is written with.
const KANJI_FORMS: [(char, &str); 80] = [
    ('高', "髙"),
    ('崎', "﨑碕嵜"),
    ('辺', "邊邉"),
    ('斉', "齊斎齋"),
    ('浜', "濱濵"),
    ('沢', "澤"),
    ('島', "嶋嶌"),
    ('広', "廣"),
    ('国', "國"),
    ('桜', "櫻"),
    ('真', "眞"),
    ('徳', "德"),
    ('恵', "惠"),
    ('栄', "榮"),
    ('条', "條"),
    ('瀬', "瀨"),
    ('淵', "渕"),
    ('富', "冨"),
    ('蔵', "藏"),
    ('学', "學"),
    ('寿', "壽"),
    ('竜', "龍"),
    ('滝', "瀧"),
    ('円', "圓"),
    ('藪', "薮籔"),
    ('曽', "曾"),
    ('弥', "彌"),
    ('豊', "豐"),
    ('実', "實"),
    ('与', "與"),
    ('万', "萬"),
    ('応', "應"),
    ('顕', "顯"),
    ('仏', "佛"),
    ('礼', "禮"),
    ('静', "靜"),
    ('証', "證"),
    ('総', "總"),
    ('当', "當"),
    ('黒', "黑"),
    ('吉', "𠮷"),
    ('青', "靑"),
    ('槙', "槇"),
    ('尭', "堯"),
    ('遥', "遙"),
    ('瑶', "瑤"),
    ('凜', "凛"),
    ('巌', "巖"),
    ('会', "會"),
    ('来', "來"),
    ('館', "舘"),
    ('児', "兒"),
    ('鉄', "鐵"),
    ('楽', "樂"),
    ('気', "氣"),
    ('団', "團"),
    ('医', "醫"),
    ('薬', "藥"),
    ('宝', "寶"),
    ('覚', "覺"),
    ('桧', "檜"),
    ('鴎', "鷗"),
    ('桑', "桒"),
    ('船', "舩"),
    ('松', "枩"),
    ('柳', "栁"),
    ('峰', "峯"),
    ('野', "埜"),
    ('芦', "蘆"),
    ('晃', "晄"),
    ('郷', "鄕"),
    ('郎', "郞"),
    ('増', "增"),
    ('教', "敎"),
    ('清', "淸"),
    ('横', "橫"),
    ('内', "內"),
    ('戸', "戶"),
    ('緒', "緖"),
    ('渓', "溪"),
];

const FIRST_KANJI: char = '\u{4E00}';

fn common_form(character: char) -> char {
    if character < FIRST_KANJI {
        return character;
    }
    KANJI_FORMS.iter().find(|(_, others)| others.contains(character)).map_or(character, |(common, _)| *common)
}

/// One kind of dash and one kind of space. A dash after kana is a long vowel mark and the other way round; spaces
/// beside Japanese text mean nothing (a name is written with and without). Lines stay apart.
fn fold_dashes_and_spaces(text: &str) -> String {
    let lines = text.lines().map(fold_line).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn fold_line(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut last: Option<char> = None;
    let mut space_before = false;
    for character in text.chars() {
        if character.is_whitespace() {
            space_before = true;
            continue;
        }
        let character = match (is_dash(character), last.is_some_and(is_kana)) {
            (true, true) => LONG_VOWEL_MARK,
            (true, false) => '-',
            (false, true | false) => character,
        };
        if space_before && last.is_some_and(|last| last.is_ascii()) && character.is_ascii() {
            folded.push(' ');
        }
        folded.push(character);
        last = Some(character);
        space_before = false;
    }
    folded
}

const LONG_VOWEL_MARK: char = '\u{30FC}';

fn is_kana(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{309F}' | LONG_VOWEL_MARK)
}

fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30A0}' | LONG_VOWEL_MARK)
}
