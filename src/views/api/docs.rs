//! `/api/docs`: the OpenAPI document as a page.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use serde_json::{Map, Value};

use crate::messages::Texts;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "api/docs.html")]
pub struct DocsPage {
    pub t: Texts,
    pub product: String,
    pub reference: Arc<Reference>,
}

/// What the document says.
#[derive(Debug)]
pub struct Reference {
    pub operations: Vec<Operation>,
    pub types: Vec<Type>,
}

#[derive(Debug)]
pub struct Operation {
    /// Upper case.
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub parameters: Vec<Member>,
    /// The type of the body.
    pub body: Option<Kind>,
    pub answers: Vec<Answer>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: String,
    pub body: Option<Kind>,
}

/// An object, or (without members) something simpler.
#[derive(Debug)]
pub struct Type {
    pub name: String,
    pub description: String,
    pub members: Vec<Member>,
}

#[derive(Debug)]
pub struct Member {
    pub name: String,
    pub required: bool,
    pub kind: Kind,
    pub description: String,
}

/// What a value is: words, and the type to look up, when it has a name.
#[derive(Debug)]
pub struct Kind {
    pub words: String,
    pub named: Option<String>,
}

impl Reference {
    pub fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
        Self {
            operations: paths
                .flat_map(|(path, item)| {
                    item.as_object().into_iter().flatten().map(move |(m, o)| operation(m, path, o))
                })
                .collect(),
            types: schemas.map(|(name, schema)| described(name, schema)).collect(),
        }
    }
}

fn operation(method: &str, path: &str, operation: &Value) -> Operation {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let answers = operation["responses"].as_object().into_iter().flatten();
    let body = &operation["requestBody"];
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        parameters: parameters
            .map(|parameter| Member {
                name: text(&parameter["name"]),
                required: parameter["required"].as_bool().unwrap_or_default(),
                kind: kind(&parameter["schema"]),
                description: text(&parameter["description"]),
            })
            .collect(),
        body: content(body),
        answers: answers.map(|(status, answer)| Answer { status: status.clone(), body: content(answer) }).collect(),
    }
}

/// The schema of the one media type of a body or an answer.
fn content(holder: &Value) -> Option<Kind> {
    let (media_type, content) = holder["content"].as_object()?.iter().next()?;
    let kind = kind(content.get("schema")?);
    Some(if media_type.contains("json") { kind } else { Kind { words: media_type.clone(), named: None } })
}

/// Members of all parts of an object (`allOf` where one is folded into another).
fn described(name: &str, schema: &Value) -> Type {
    let mut members = Vec::new();
    for part in std::iter::once(schema).chain(schema["allOf"].as_array().into_iter().flatten()) {
        if part["$ref"].is_string() {
            let kind = kind(part);
            members.push(Member { name: "\u{2026}".to_owned(), required: true, kind, description: String::new() });
        }
        let required: Vec<&str> = part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        members.extend(part["properties"].as_object().into_iter().flatten().map(|(name, schema)| Member {
            name: name.clone(),
            required: required.contains(&name.as_str()),
            kind: kind(schema),
            description: text(&schema["description"]),
        }));
    }
    Type { name: name.to_owned(), description: text(&schema["description"]), members }
}

fn kind(schema: &Value) -> Kind {
    let Some(schema) = schema.as_object() else { return Kind { words: String::new(), named: None } };
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        return Kind { words: String::new(), named: path.rsplit('/').next().map(str::to_owned) };
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return Kind { words: joined(words.iter().filter_map(Value::as_str)), named: None };
    }
    if let Some(items) = schema.get("items") {
        let Kind { words, named } = kind(items);
        return Kind { words: format!("list {words}").trim_end().to_owned(), named };
    }
    // A member that may be null: `oneOf: [null, …]`.
    let choices = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    if let Some(choice) = choices.clone().find(|choice| choice["type"] != "null") {
        return kind(choice);
    }
    plain(schema)
}

fn plain(schema: &Map<String, Value>) -> Kind {
    let word = |value: &Value| value.as_str().filter(|word| *word != "null").map(str::to_owned);
    let kind = match schema.get("type") {
        Some(Value::Array(words)) => words.iter().find_map(word),
        Some(single) => word(single),
        None => None,
    };
    let format = schema.get("format").and_then(Value::as_str);
    Kind { words: format.map_or_else(|| kind.unwrap_or_default(), str::to_owned), named: None }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" | ")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
