//! What all lists of the API share: page size, cursors, the answer; and the answers of writes.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{domain::problem::Problem, errors::Result};

const DEFAULT_LIMIT: u64 = 50;
const LARGEST_LIMIT: u64 = 200;

/// `limit` of a list, 1 to 200.
pub fn limit(given: Option<&str>) -> Result<u64, Problem> {
    let Some(given) = given else { return Ok(DEFAULT_LIMIT) };
    given
        .parse()
        .ok()
        .filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
        .ok_or_else(|| Problem::on("limit", "limit_out_of_range").with("max", LARGEST_LIMIT))
}

/// `after` of a list that is ordered by id.
pub fn after_id(given: Option<&str>) -> Result<Option<i64>, Problem> {
    given.map(|cursor| cursor.parse().map_err(|_| bad_cursor())).transpose()
}

pub fn bad_cursor() -> Problem {
    Problem::on("after", "cursor_malformed")
}

/// Cuts a list that was read with one row more than asked, and names the last row shown when others follow.
pub fn cut<T>(rows: &mut Vec<T>, limit: u64, cursor: impl Fn(&T) -> String) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more).map(cursor)
}

/// A query parameter in its typed form.
pub fn parsed<T: std::str::FromStr>(given: Option<&str>, field: &'static str) -> Result<Option<T>, Problem> {
    let malformed = |text| Problem::on(field, "parameter_malformed").with("field", field).with("value", text);
    given.map(|text| text.parse().map_err(|_| malformed(text))).transpose()
}

/// 201 with the address of what was made.
pub fn created(location: &str, body: impl Serialize) -> Response {
    (StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response()
}

/// Longest free text, in characters.
const LONGEST_TEXT: usize = 2000;

/// A free text of several lines that both databases can keep.
pub fn check_text(field: &'static str, text: &str) -> Result<(), Problem> {
    check(field, text, LONGEST_TEXT, |character| character.is_control() && !matches!(character, '\n' | '\r' | '\t'))
}

/// A short text on one line.
pub fn check_line(field: &'static str, text: Option<&str>) -> Result<(), Problem> {
    check(field, text.unwrap_or_default(), 200, char::is_control)
}

fn check(field: &'static str, text: &str, limit: usize, unfit: impl Fn(char) -> bool) -> Result<(), Problem> {
    if text.chars().count() > limit {
        return Err(Problem::on(field, "text_too_long").with("limit", limit));
    }
    if text.chars().any(unfit) { Err(Problem::on(field, "text_control_character")) } else { Ok(()) }
}
