//! Values from a token, fit to be shown: bounded, and without a character that a terminal would obey.

use std::fmt::Write as _;

use serde_json::Value;

/// The longest value that is shown, characters.
const LONGEST: usize = 200;

/// `text`, its end left out if it is long.
pub(super) fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// `text` in quotes, its end left out if it is long.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", short(text))
}

/// A text or a list of texts; of anything else only the kind, since what is in it is not known to be harmless.
pub(super) fn value(value: Option<&Value>) -> String {
    match value {
        None => "missing".to_owned(),
        Some(Value::String(text)) => quoted(text),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            let all: Vec<String> = items.iter().filter_map(Value::as_str).take(20).map(quoted).collect();
            let more = if items.len() > all.len() { ", …" } else { "" };
            format!("[{}{more}]", all.join(", "))
        }
        Some(other) => kind(other).to_owned(),
    }
}

/// What a value is.
pub(super) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// `text` with everything escaped that is not to be seen: controls, directions, invisible letters. Every line that is
/// printed comes through here.
pub(super) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        // What `Debug` escapes beside these three is what cannot be seen.
        if matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1 {
            safe.push(c);
        } else {
            safe.extend(c.escape_unicode());
        }
    }
    safe
}

/// JSON in ASCII: the same value to whoever parses it, and nothing for a terminal to obey.
pub(super) fn json(value: &Value) -> String {
    let text = format!("{value:#}");
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || (' '..='~').contains(&c) {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a `String` does not fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_finds_nothing_to_obey() {
        let hostile = "a\u{1b}[2J\r\u{7f}\u{9b}31m\u{202e}\u{200b}é\"'\\";
        let safe = safe(hostile);
        assert_eq!(safe, "a\\u{1b}[2J\\u{d}\\u{7f}\\u{9b}31m\\u{202e}\\u{200b}é\"'\\");
        let value = serde_json::json!({ hostile: hostile, "😀": 1 });
        let json = json(&value);
        assert!(json.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)), "{json}");
        assert_eq!(serde_json::from_str::<Value>(&json).ok(), Some(value));
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(quoted(&"é".repeat(500)).chars().count(), LONGEST + 3);
        assert_eq!(value(Some(&serde_json::json!(vec!["x"; 30]))).matches("\"x\"").count(), 20);
        assert_eq!(value(Some(&serde_json::json!(["a", {"email": "ann@example.org"}]))), "a list");
    }
}
