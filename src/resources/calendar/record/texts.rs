//! What an event says: `subject`, `body`, `bodyPreview`, `categories`, `transactionId`. The HTML of a body is X-ALT-DESC, as Outlook writes it, or
//! what others write beside DESCRIPTION, its text. Imports `html`, `ical`, `content_line`, `serde_json`.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::html;
use crate::resources::content_line::{Property, escaped, split, unescaped};
use crate::resources::given;

/// The most characters of a body.
pub(super) const BODY: usize = 128 * 1024;
const PREVIEW: usize = 255;

/// The text of a JSON value; '' for null.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A member of a JSON object; null if there is none.
pub(super) fn part<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

pub(super) fn shown(text: String) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

pub(super) fn subject(event: &Component) -> Value {
    shown(event.text("SUMMARY"))
}

pub(super) fn put_subject(event: &mut Component, given: &Value) {
    put_text(event, "SUMMARY", text(given));
}

/// Under which name its maker made it once.
const TRANSACTION: &str = "X-SHAREHOLD-TRANSACTION-ID";

pub(super) fn transaction(event: &Component) -> Value {
    shown(event.text(TRANSACTION))
}

pub(super) fn put_transaction(event: &mut Component, given: &Value) {
    put_text(event, TRANSACTION, text(given));
}

/// Makes this the text of a property. What another form of the old text said goes with it.
pub(super) fn put_text(event: &mut Component, name: &str, text: &str) {
    event.set(name, (!text.is_empty()).then(|| escaped(text)));
    if let Some(property) = event.properties.iter_mut().find(|property| property.is(name)) {
        property.params.retain(|(name, _)| !name.eq_ignore_ascii_case("ALTREP"));
    }
}

fn is_html(property: &Property) -> bool {
    property.has("FMTTYPE", "text/html")
}

/// The HTML of the body, as somebody wrote it.
fn raw_html(event: &Component) -> Option<String> {
    let beside = ["X-ALT-DESC", "STYLED-DESCRIPTION"].into_iter().flat_map(|name| event.all(name));
    let mut beside = beside.filter(|property| is_html(property)).map(Property::text);
    // Thunderbird's.
    let inline = || {
        let uri = event.property("DESCRIPTION")?.param("ALTREP").next()?;
        let data = uri.strip_prefix("data:text/html,")?;
        Some(percent_decode_str(data).decode_utf8_lossy().into_owned())
    };
    beside.find(|html| !html.trim().is_empty()).or_else(inline)
}

/// The body as it is: HTML if there is some, else text; null if there is none.
pub(super) fn body(event: &Component) -> Value {
    let cut = |text: &str| text.chars().take(BODY).collect::<String>();
    let (kind, content) = match raw_html(event) {
        Some(html) => ("html", html::clean(&cut(&html))),
        None => ("text", cut(&event.text("DESCRIPTION"))),
    };
    if content.is_empty() { Value::Null } else { json!({"contentType": kind, "content": content}) }
}

pub(super) fn put_body(event: &mut Component, value: &Value) {
    let member = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    // Whoever reads it in the one form sends it back in that form.
    if given::normal(&body_as(&body(event), member("contentType"))) == *value {
        return;
    }
    let html = if member("contentType") == "html" { html::clean(member("content")) } else { String::new() };
    if !html.is_empty() && body(event).get("content").and_then(Value::as_str) == Some(&html) {
        return;
    }
    let plain = if html.is_empty() { member("content").to_owned() } else { html::text(&html) };
    event.remove("STYLED-DESCRIPTION");
    put_text(event, "DESCRIPTION", &plain);
    if html.is_empty() {
        event.remove("X-ALT-DESC");
    } else {
        event.replace(Property::new("X-ALT-DESC", escaped(&html)).with("FMTTYPE", "text/html"));
    }
}

/// A body as `Prefer: outlook.body-content-type` wants it.
pub fn body_as(body: &Value, kind: &str) -> Value {
    let member = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let content = match (member("contentType"), kind) {
        ("html", "text") => html::text(member("content")),
        ("text", "html") => html::of_text(member("content")),
        _ => return body.clone(),
    };
    json!({"contentType": kind, "content": content})
}

pub(super) fn preview(event: &Component) -> Value {
    let body = body_as(&body(event), "text");
    shown(text(part(&body, "content")).chars().take(PREVIEW).collect())
}

pub(super) fn categories(event: &Component) -> Value {
    let values = event.all("CATEGORIES").flat_map(|property| split(&property.value, ',')).map(unescaped);
    let mut seen = Vec::new();
    for category in values.map(|category| category.trim().to_owned()).filter(|category| !category.is_empty()) {
        if !seen.contains(&category) && seen.len() < 100 {
            seen.push(category);
        }
    }
    seen.into()
}

pub(super) fn put_categories(event: &mut Component, given: &Value) {
    let values: Vec<String> = given.as_array().into_iter().flatten().map(|value| escaped(text(value))).collect();
    let mut first = true;
    // The first keeps its place and parameters, and has them all.
    event.properties.retain(|property| !property.is("CATEGORIES") || std::mem::take(&mut first));
    event.set("CATEGORIES", (!values.is_empty()).then(|| values.join(",")));
}
