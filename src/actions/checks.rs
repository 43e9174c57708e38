//! Checks of plain texts that several actions take: present, of sane length, on one line.

use crate::domain::problem::Problem;

/// Longest name, department or source that is kept, in characters.
const LONGEST: usize = 200;

/// Pushes a problem unless `text` is present, short and free of control characters.
pub(super) fn require_text(field: &'static str, text: &str, problems: &mut Vec<Problem>) {
    if text.trim().is_empty() {
        problems.push(Problem::on(field, "text_missing"));
    } else {
        check_text(field, Some(text), problems);
    }
}

/// The same for a text that may be absent.
pub(super) fn check_text(field: &'static str, text: Option<&str>, problems: &mut Vec<Problem>) {
    let Some(text) = text else { return };
    if text.chars().count() > LONGEST {
        problems.push(Problem::on(field, "text_too_long").with("limit", LONGEST));
    }
    if text.chars().any(|c| c.is_control() || is_bidi_override(c)) {
        problems.push(Problem::on(field, "text_control_character"));
    }
}

/// Longest ground that is kept, in characters: what a form's text area takes.
const LONGEST_GROUND: usize = 2000;

/// Why something is refused: somebody is going to read it.
pub(super) fn check_ground(ground: &str) -> Result<(), Problem> {
    if ground.trim().is_empty() {
        return Err(Problem::on("ground", "decline_ground_missing"));
    }
    if ground.chars().count() > LONGEST_GROUND {
        return Err(Problem::on("ground", "text_too_long").with("limit", LONGEST_GROUND));
    }
    Ok(())
}

/// Why a setting, an account or a token is changed: kept in the audit log.
pub(super) fn check_reason(reason: &str) -> Result<&str, Problem> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Problem::on("reason", "change_reason_missing"));
    }
    if reason.chars().count() > LONGEST_GROUND {
        return Err(Problem::on("reason", "text_too_long").with("limit", LONGEST_GROUND));
    }
    Ok(reason)
}

/// Marks that turn the reading direction make one name look like another.
fn is_bidi_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
