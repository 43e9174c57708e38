//! Reads the `.eml` files of [`super::transport::FileTransport`] back, for the development page.
//!
//! Knows only what `envelope.rs` writes; it is not a reader of other people's mail.

use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::fs;

/// One stored mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMail {
    pub file_name: String,
    /// Name and value, decoded, in the order of the file.
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
}

impl StoredMail {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// The mails of the folder, newest first. A file that is not one of ours is left out.
pub async fn newest(folder: &Path, limit: usize) -> io::Result<Vec<StoredMail>> {
    let mut names = Vec::new();
    let mut entries = match fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        names.extend(entry.file_name().into_string().ok().filter(|name| is_mail_file(name)));
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    let mut mails = Vec::new();
    for name in names.into_iter().take(limit) {
        mails.extend(read(folder, &name).await?);
    }
    Ok(mails)
}

/// One mail by its file name; `None` when there is no such file, or it is not one of ours.
pub async fn read(folder: &Path, name: &str) -> io::Result<Option<StoredMail>> {
    if !is_mail_file(name) {
        return Ok(None);
    }
    match fs::read_to_string(folder.join(name)).await {
        Ok(text) => Ok(parse(name, &text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A name from an address never leaves the folder.
fn is_mail_file(name: &str) -> bool {
    let safe = name.chars().all(|character| character.is_ascii_alphanumeric() || "._-".contains(character));
    let has_extension = Path::new(name).extension().is_some_and(|extension| extension == "eml");
    safe && has_extension && !name.starts_with('.')
}

fn parse(file_name: &str, text: &str) -> Option<StoredMail> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let headers = headers(head);
    let content_type = &headers.iter().find(|(name, _)| name == "Content-Type")?.1;
    let boundary = content_type.split("boundary=").nth(1)?.trim_matches('"');
    let delimiter = format!("--{boundary}");
    let mut parts = body.split(&delimiter).skip(1).filter_map(|part| part.split_once("\r\n\r\n"));
    let text = decoded_part(parts.next()?.1)?;
    let html = decoded_part(parts.next()?.1)?;
    Some(StoredMail { file_name: file_name.to_owned(), headers, text, html })
}

fn headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let pairs = unfolded.lines().filter_map(|line| line.split_once(": "));
    pairs.map(|(name, value)| (name.to_owned(), decoded_words(value))).collect()
}

/// `=?utf-8?b?5aSx5Yq5?=` (RFC 2047). The space between two encoded words does not count.
fn decoded_words(value: &str) -> String {
    let mut decoded = String::new();
    let mut after_encoded = false;
    for word in value.split(' ') {
        let plain = word.trim_end_matches([',', '>']);
        let encoded = plain.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
        let octets = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        let is_encoded = octets.is_some();
        if !(decoded.is_empty() || after_encoded && is_encoded) {
            decoded.push(' ');
        }
        match octets {
            Some(octets) => {
                decoded.push_str(&String::from_utf8_lossy(&octets));
                decoded.push_str(&word[plain.len()..]);
            }
            None => decoded.push_str(word),
        }
        after_encoded = is_encoded;
    }
    decoded
}

fn decoded_part(encoded: &str) -> Option<String> {
    let encoded: String = encoded.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}
