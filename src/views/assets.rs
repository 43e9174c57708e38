//! The style sheet, script and icons inside the program, and the addresses under which browsers may keep them for good.
//!
//! Owns the embedded `assets/` folder. The address carries a piece of the content's hash, so a new release is a new address.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Embedded;

/// One file as it is sent.
pub struct Asset {
    pub bytes: Cow<'static, [u8]>,
    pub media_type: String,
    /// The hash in its current address.
    pub hash: String,
}

/// `base.css` → `/assets/0123456789ab/base.css`. A name that does not exist gives an address that answers 404.
pub fn asset(name: &str) -> &'static str {
    static ADDRESSES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        Embedded::iter()
            .filter_map(|name| {
                let address = format!("/assets/{}/{name}", find(&name)?.hash);
                Some((name.into_owned(), address))
            })
            .collect()
    });
    ADDRESSES.get(name).map_or("/assets/missing", String::as_str)
}

/// The names of the icons in `icons.svg`.
pub fn icons() -> Vec<&'static str> {
    static SPRITE: LazyLock<String> = LazyLock::new(|| {
        find("icons.svg").map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).unwrap_or_default()
    });
    SPRITE.split("<symbol id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

pub fn find(name: &str) -> Option<Asset> {
    let file = Embedded::get(name)?;
    Some(Asset {
        hash: hex::encode(&file.metadata.sha256_hash()[..6]),
        media_type: file.metadata.mimetype().to_owned(),
        bytes: file.data,
    })
}
