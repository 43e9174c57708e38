//! What a page offers: its links and its forms, read from its markup.

use std::collections::BTreeSet;

use axum::http::Method;

use crate::support::app::Answer;

/// A form as a browser would send it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenForm {
    pub method: Send,
    pub action: String,
    pub fields: Vec<Field>,
}

/// How a form is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Send {
    Get,
    Post,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    pub name: String,
    pub value: String,
    /// Whether a person writes into it.
    pub is_text: bool,
}

/// Addresses that a page leads to, without their queries: links, and forms by their method.
pub fn offered(page: &Answer) -> BTreeSet<(String, String)> {
    let mut offered = BTreeSet::new();
    let mut add = |method: &Method, address: Option<String>| {
        if let Some(address) = address.filter(|address| address.starts_with('/')) {
            offered.insert((method.to_string(), address.split(['?', '#']).next().unwrap().to_owned()));
        }
    };
    for element in page.body.split('<') {
        match tag(element) {
            "a" => add(&Method::GET, attribute(element, "href")),
            "button" | "input" => add(&Method::POST, attribute(element, "formaction")),
            _ => {}
        }
    }
    for form in forms(page) {
        let method = if form.method == Send::Post { Method::POST } else { Method::GET };
        add(&method, Some(form.action));
    }
    offered
}

/// The forms of a page with what their fields hold.
pub fn forms(page: &Answer) -> Vec<SeenForm> {
    let mut forms = Vec::new();
    for part in page.body.split("<form").skip(1) {
        let part = part.split("</form>").next().unwrap();
        let head = format!("form{part}");
        let Some(action) = attribute(&head, "action") else { continue };
        let post = attribute(&head, "method").as_deref() == Some("post");
        let fields = part.split('<').filter_map(field).collect();
        forms.push(SeenForm { method: if post { Send::Post } else { Send::Get }, action, fields });
    }
    forms
}

fn field(element: &str) -> Option<Field> {
    let kind = attribute(element, "type").unwrap_or_default();
    let is_text = match tag(element) {
        "textarea" => true,
        "select" => false,
        "input" => !["hidden", "radio", "checkbox", "submit", "file"].contains(&kind.as_str()),
        _ => return None,
    };
    let name = attribute(element, "name")?;
    let inner = element.split_once('>').map_or("", |(_, inner)| inner);
    let value = attribute(element, "value").unwrap_or_else(|| unescaped(inner));
    Some(Field { name, value, is_text })
}

fn tag(element: &str) -> &str {
    element.split([' ', '>', '\n']).next().unwrap()
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let element = element.split('>').next().unwrap();
    let value = element.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    Some(unescaped(value))
}

fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (written, meant) in
        [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&"), ("&amp;", "&")]
    {
        text = text.replace(written, meant);
    }
    text
}
