//! Sends the embedded style sheet, script and icons.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::views::assets;

/// A year: the address changes with the content.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// `GET /assets/{hash}/{*name}`. A page of an older release still gets its (now newer) file, which is not to be kept.
#[allow(clippy::unused_async, reason = "handlers are async")]
pub async fn show(Path((hash, name)): Path<(String, String)>) -> Response {
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
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, caching.to_owned())], asset.bytes).into_response()
}
