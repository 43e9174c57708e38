//! Text files as offices send them: UTF-8 with or without its mark, or Shift_JIS as spreadsheets write it.

use encoding_rs::SHIFT_JIS;

use super::problem::Problem;

/// The text without its byte order mark. Japanese in Shift_JIS is never valid UTF-8, so that one that somebody saved
/// again as UTF-8 is read as such; `code` on the field `file` where the bytes are in neither encoding.
pub fn decode(file: &[u8], code: &'static str) -> Result<String, Problem> {
    if let Ok(text) = std::str::from_utf8(file) {
        return Ok(text.trim_start_matches('\u{FEFF}').to_owned());
    }
    SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(file)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| Problem::on("file", code))
}
