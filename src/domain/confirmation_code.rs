//! 確認コード: six digits from an authenticator app (RFC 6238 as all apps know it: SHA-1, 30 seconds).
//!
//! Owns which code counts at an instant. Must not make secrets or remember what was used.

use chrono::{DateTime, Utc};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use unicode_normalization::UnicodeNormalization;

/// Octets of a secret (RFC 4226, section 4: 160 bits recommended).
pub const SECRET_BYTES: usize = 20;
/// How long one code is shown, in seconds.
const STEP: u32 = 30;
const DIGITS: u8 = 6;
/// Steps before and after now whose codes count: clocks differ and typing takes time (RFC 6238, section 5.2).
const SKEW: i64 = 1;

/// A secret as it is stored and typed: Base32 without padding.
pub fn encode(secret: [u8; SECRET_BYTES]) -> String {
    Secret::from(secret).to_base32()
}

/// The step whose code was typed, if it counts at `now`. A step up to `last_step` was used before: a code works once.
pub fn accepted_step(secret: &str, typed: &str, last_step: Option<i64>, now: DateTime<Utc>) -> Option<i64> {
    let totp = totp(secret)?;
    let typed = folded(typed);
    let current = now.timestamp().div_euclid(STEP.into());
    let unused = |step: &i64| last_step.is_none_or(|last| *step > last);
    (current - SKEW..=current + SKEW).filter(unused).find(|step| code(&totp, *step).as_deref() == Some(typed.as_str()))
}

/// The code of an instant; what an app shows.
pub fn code_at(secret: &str, now: DateTime<Utc>) -> Option<String> {
    code(&totp(secret)?, now.timestamp().div_euclid(STEP.into()))
}

/// In groups of four, as a person types it.
pub fn grouped(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// What the QR code says to the app (Key URI format). `issuer` is shown above the code.
pub fn provisioning_uri(secret: &str, issuer: &str, login: &str) -> String {
    let (issuer, login) = (percent(issuer), percent(login));
    format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}")
}

fn totp(secret: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS).with_step_duration(STEP.into());
    builder.with_secret(secret).build().ok()
}

fn code(totp: &Totp, step: i64) -> Option<String> {
    let seconds = u64::try_from(step * i64::from(STEP)).ok()?;
    Some(totp.generate(seconds).to_string())
}

/// People type digits in groups, and at full width.
fn folded(typed: &str) -> String {
    typed.nfkc().filter(|character| !character.is_whitespace() && *character != '-').collect()
}

fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
