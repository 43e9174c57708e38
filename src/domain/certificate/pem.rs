//! From what people upload or paste to DER: finds the PEM blocks, tells apart what they hold.
//!
//! Must never put any of the input into a problem: it may be a private key.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::der;

/// Upper limit of a pasted certificate or CSR, in octets (`reliability.md`).
pub const MAX_INPUT: usize = 64 * 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One `-----BEGIN …-----` … `-----END …-----`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub label: String,
    /// Line of the BEGIN, counted from 1.
    pub line: usize,
    /// `None` when the text between is not base64 or the END is missing.
    pub der: Option<Vec<u8>>,
}

/// All blocks of a text; anything between them (the output of `openssl x509 -text`, comments) is passed over.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(Block, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(label) = armor(line, "-----BEGIN ") {
            blocks.extend(open.take().map(|(block, _)| block));
            open = Some((Block { label: label.to_owned(), line: index + 1, der: None }, String::new()));
        } else if let Some(label) = armor(line, "-----END ") {
            if let Some((mut block, body)) = open.take() {
                block.der = (block.label == label).then(|| BASE64.decode(body).ok()).flatten();
                blocks.push(block);
            }
        } else if let Some((_, body)) = &mut open {
            body.extend(line.split_ascii_whitespace());
        }
    }
    blocks.extend(open.map(|(block, _)| block));
    blocks
}

/// Whether the input holds a private key in any common form: PEM of any label, PKCS#1, PKCS#8, SEC 1 or PKCS#12,
/// binary or base64, also cut off or with a damaged armor.
pub fn holds_private_key(input: &[u8]) -> bool {
    if starts_like_private_key(input) {
        return true;
    }
    let text = String::from_utf8_lossy(input);
    let named = text.lines().map(str::to_ascii_uppercase).any(|line| {
        let armor = |(before, after): (&str, &str)| {
            before.contains("BEGIN") || before.contains("END ") || after.trim_start().starts_with("--")
        };
        line.split_once("PRIVATE KEY").is_some_and(armor) || line.starts_with("PUTTY-USER-KEY-FILE")
    });
    named || base64_runs(&text).iter().any(|run| starts_like_private_key(run))
}

/// DER, or the DER of the only PEM block with one of these labels.
pub fn only_der(input: &[u8], labels: &[&str]) -> Result<Vec<u8>, Unreadable> {
    if input.first() == Some(&der::SEQUENCE) {
        return Ok(input.to_vec());
    }
    let text = std::str::from_utf8(input).map_err(|_| Unreadable::Malformed)?;
    let mut blocks = blocks(text.trim_start_matches('\u{feff}'));
    if blocks.len() > 1 {
        return Err(Unreadable::Several(blocks.len()));
    }
    let block = blocks.pop().ok_or(Unreadable::Malformed)?;
    if !labels.contains(&block.label.as_str()) {
        return Err(Unreadable::Other(block.label));
    }
    block.der.ok_or(Unreadable::Malformed)
}

/// Why there is no single DER value in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    Malformed,
    Several(usize),
    /// A block with another label than asked for.
    Other(String),
}

fn armor<'a>(line: &'a str, begin: &str) -> Option<&'a str> {
    line.strip_prefix(begin)?.strip_suffix("-----")
}

/// The text between armor lines, decoded as far as it is base64.
fn base64_runs(text: &str) -> Vec<Vec<u8>> {
    text.split("-----")
        .map(|part| {
            let digits: String = part.split_ascii_whitespace().collect();
            let whole = digits.trim_end_matches('=').len() / 4 * 4;
            digits.get(..whole).and_then(|run| BASE64.decode(run).ok()).unwrap_or_default()
        })
        .collect()
}

/// Looks at the first octets only, so that half a key is found too. No certificate or request starts like this:
/// theirs begins with a SEQUENCE in a SEQUENCE and goes on with another SEQUENCE.
fn starts_like_private_key(der: &[u8]) -> bool {
    let Some(content) = sequence_content(der) else { return false };
    match content {
        // A version: PKCS#1, PKCS#8, SEC 1, DSA (0, 1), PKCS#12 (3).
        [der::INTEGER, 1, 0 | 1 | 3, ..] => true,
        // Encrypted PKCS#8: an algorithm, then an OCTET STRING.
        _ => der::expect(content, der::SEQUENCE)
            .is_some_and(|(algorithm, rest)| algorithm.content.first() == Some(&6) && rest.first() == Some(&4)),
    }
}

/// What follows the header of an outer SEQUENCE, whether or not all of it is there.
fn sequence_content(der: &[u8]) -> Option<&[u8]> {
    match der {
        [der::SEQUENCE, length, rest @ ..] if *length < 0x80 => Some(rest),
        [der::SEQUENCE, 0x80, rest @ ..] => Some(rest),
        [der::SEQUENCE, length @ 0x81..=0x84, rest @ ..] => rest.get(usize::from(length & 0x7f)..),
        _ => None,
    }
}

/// The PEM text of a DER value, in lines of 64 as RFC 7468 has it.
pub fn encode(label: &str, der: &[u8]) -> String {
    let digits = BASE64.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text + &format!("-----END {label}-----\n")
}
