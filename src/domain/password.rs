//! What a new password must be like: long enough, and nothing that somebody guesses early (NIST SP 800-63B; OWASP ASVS
//! 5.0 6.2).
//!
//! Length and guesses are what counts; there is no rule about kinds of characters. Must not know how passwords are kept.

use zxcvbn::{Score, zxcvbn};

use super::problem::Problem;

/// In characters.
pub const MIN: usize = 12;
/// No work on input that no person types.
pub const MAX_BYTES: usize = 256;
/// A hundred million guesses. Five failures lock an account, so the limit is for whoever got hold of the hashes.
const ENOUGH: Score = Score::Three;
/// Characters that are judged. The estimate takes a second for a hundred that are chosen with malice, 70 ms for these.
const JUDGED: usize = 32;
/// What this program is called, besides the names in its settings.
const PRODUCT: &str = "revocation-desk";

/// Judges a password that was typed twice. `known`: what a guesser knows of the person and the house, such as names,
/// addresses and organisations.
pub fn check(new: &str, repeated: &str, known: &[impl AsRef<str>]) -> Result<(), Problem> {
    if new.chars().count() < MIN {
        Err(Problem::on("new", "password_too_short").with("min", MIN))
    } else if new.len() > MAX_BYTES {
        Err(Problem::on("new", "password_too_long").with("max", MAX_BYTES))
    } else if new != repeated {
        Err(Problem::on("repeated", "password_repeated_differs"))
    } else if is_guessable(new, known) {
        Err(Problem::on("new", "password_guessable"))
    } else {
        Ok(())
    }
}

/// Whether it is put together of common passwords, words, names, keys side by side, repetitions, dates or what is known.
/// How far a date is from today is the one thing that the estimate asks the clock.
fn is_guessable(new: &str, known: &[impl AsRef<str>]) -> bool {
    let judged: String = new.chars().take(JUDGED).collect();
    let words: Vec<String> = known.iter().map(AsRef::as_ref).chain([PRODUCT]).flat_map(forms).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    zxcvbn(&judged, &words).score() < ENOUGH
}

/// As it is, its words, and its words written together: `hana.reibun` is `hanareibun` and `reibunhana`, too.
fn forms(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let reversed: String = words.iter().rev().copied().collect();
    let mut forms: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    forms.extend([text.to_owned(), words.concat(), reversed]);
    forms.retain(|form| !form.is_empty());
    forms
}
