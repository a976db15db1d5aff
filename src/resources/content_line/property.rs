//! One property: group, name, parameters and the value as it is written. A leaf: imports nothing of ours.
//!
//! The value stays in its written form (RFC 6350 §3.4, RFC 5545 §3.3.11: `\n`, `\,`, `\;`, `\\`), so whatever nobody edits
//! goes out as it came in, to the byte. Neither value nor parameters ever hold a line break or another control character but the tab.

/// One property.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Property {
    /// Before the name and a dot; iCalendar has none.
    pub group: Option<String>,
    /// As written; compared without regard to case.
    pub name: String,
    /// Name and value; a parameter of several values stands once for each.
    pub params: Vec<(String, String)>,
    /// As written, escaped.
    pub value: String,
}

impl Property {
    /// A property without group and parameters; `value` is escaped already.
    pub fn new(name: &str, value: String) -> Self {
        Self { group: None, name: name.to_owned(), params: Vec::new(), value }
    }

    /// The same with a parameter more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether this is its name.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The values of a parameter.
    pub fn param<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.params.iter().filter(move |(param, _)| param.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter has the value, in any case of letters.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.param(name).any(|given| given.eq_ignore_ascii_case(value))
    }

    /// Whether it is of this TYPE.
    pub fn typed(&self, kind: &str) -> bool {
        self.has("TYPE", kind)
    }

    /// The value as one text.
    pub fn text(&self) -> String {
        unescaped(&self.value)
    }

    /// The components of a structured value (N, ADR, ORG), as written.
    pub fn components(&self) -> Vec<&str> {
        split(&self.value, ';')
    }

    /// One component as text; '' if it is not there.
    pub fn component(&self, at: usize) -> String {
        self.components().get(at).copied().map(unescaped).unwrap_or_default()
    }

    /// One component whose values stand side by side, as second names do.
    pub fn words(&self, at: usize) -> String {
        let values = self.components().get(at).map(|part| split(part, ',')).unwrap_or_default();
        let words = values.into_iter().map(unescaped).filter(|word| !word.trim().is_empty());
        words.map(|word| word.trim().to_owned()).collect::<Vec<_>>().join(" ")
    }

    /// Puts a text into one component, leaving the others as they are written.
    pub fn set_component(&mut self, at: usize, text: &str) {
        let mut parts: Vec<String> = self.components().into_iter().map(str::to_owned).collect();
        if parts.len() <= at {
            parts.resize(at + 1, String::new());
        }
        if let Some(part) = parts.get_mut(at) {
            *part = escaped(text);
        }
        self.value = parts.join(";");
    }
}

/// A text as a value: nothing of it can end the value, the component or the line.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ',' | ';' => out.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// A value, or a component of one, as text. An unknown escape stands for itself: `C:\Temp` of a careless writer stays.
pub fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let next = if c == '\\' { chars.peek().copied() } else { None };
        match next {
            Some('n' | 'N') => out.push('\n'),
            Some(meant @ ('\\' | ',' | ';' | ':')) => out.push(meant),
            _ => {
                out.push(c);
                continue;
            }
        }
        chars.next();
    }
    out
}

/// The parts of a value between `separator`s that are not escaped.
pub fn split(value: &str, separator: char) -> Vec<&str> {
    let mut escape = false;
    value
        .split(|c: char| {
            let ends = c == separator && !escape;
            escape = c == '\\' && !escape;
            ends
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Property, escaped, split, unescaped};

    #[test]
    fn no_text_ends_its_value() {
        for text in ["a,b;c\\d", "x\r\ny\nz\rw", "\u{2028}\u{0}\u{85}", "\\n", "C:\\new", "\\", "a\\,b"] {
            let value = escaped(text);
            assert!(!value.contains(|c: char| c.is_control()), "{value:?}");
            assert_eq!(split(&value, ';').len(), 1);
            assert_eq!(split(&value, ',').len(), 1);
            let plain = text.replace("\r\n", "\n").replace(['\r', '\u{2028}'], "\n").replace(['\u{0}', '\u{85}'], "");
            assert_eq!(unescaped(&value), plain);
        }
        assert_eq!(unescaped("http\\://x\\Temp\\"), "http://x\\Temp\\");
    }

    #[test]
    fn a_component_is_set_alone() {
        let mut n = Property::new("N", "O\\;Neil;Ann,Bea;;".into());
        assert_eq!(
            (n.component(0).as_str(), n.component(1).as_str(), n.component(9).as_str()),
            ("O;Neil", "Ann,Bea", "")
        );
        n.set_component(4, "Jr.");
        n.set_component(0, "a;b");
        assert_eq!(n.value, "a\\;b;Ann,Bea;;;Jr.");
    }
}
