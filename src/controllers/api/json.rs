//! A JSON object, read strictly: bytes in, a value or a `Problem` out. Must not know HTTP.

use serde::de::DeserializeOwned;

use crate::domain::problem::Problem;

/// Longest field name or reason that a refusal repeats, in characters.
const LONGEST_ECHO: usize = 200;

/// Why there is no value.
#[derive(Debug)]
pub enum Unread {
    /// It is no JSON object.
    Text(Problem),
    /// A member of it is not as it should be.
    Member(Problem),
}

pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread> {
    let malformed = |error: &dyn ToString| {
        Unread::Text(Problem::new("json_malformed").with("reason", shortened(&error.to_string())))
    };
    // A list would be taken for the members in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed(&"an object is expected"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().is_data() { Unread::Member(member_problem(&error)) } else { malformed(error.inner()) }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn member_problem(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let text = error.inner().to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    let path = error.path().to_string();
    if let Some(name) = reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let field = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
        return Problem::new("field_missing").with("field", field);
    }
    let code = if reason.starts_with("unknown field") { "field_unknown" } else { "field_malformed" };
    Problem::new(code).with("field", shortened(&path)).with("reason", shortened(reason))
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_ECHO).collect()
}
