//! Sends the embedded style sheet, script and icons.

use std::io::Write;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::{Compression, write::GzEncoder};

use crate::views::assets;

/// A year: the address changes with the content.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// `GET /assets/{hash}/{*name}`. A page of an older release still gets its (now newer) file, which is not to be kept.
#[allow(clippy::unused_async, reason = "handlers are async")]
pub async fn show(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = assets::find(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Debug builds read the folder, so the content can change under its address.
    let keep = asset.hash == hash && !cfg!(debug_assertions);
    let caching = if keep { FOR_GOOD } else { ASK_AGAIN };
    let media_type = match asset.media_type.as_str() {
        kind if kind.starts_with("text/") => format!("{kind}; charset=utf-8"),
        kind => kind.to_owned(),
    };
    let about = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, caching.to_owned()),
        (header::VARY, header::ACCEPT_ENCODING.to_string()),
    ];
    match takes_gzip(&headers).then(|| compressed(&asset.bytes)).flatten() {
        Some(bytes) => (about, [(header::CONTENT_ENCODING, "gzip")], bytes).into_response(),
        None => (about, asset.bytes).into_response(),
    }
}

/// Only assets are compressed here. Pages hold a secret of the session beside what an address can put there, and the size
/// of the two compressed together would tell about the secret (BREACH).
fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok());
    let is_gzip = |coding: &str| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && weight.trim() != "q=0"
    };
    accepted.is_some_and(|accepted| accepted.split(',').any(is_gzip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (accepted, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
            ("x-gzip", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepted.parse().unwrap())]);
            assert_eq!(takes_gzip(&headers), takes, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
