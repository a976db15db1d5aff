//! A line as somebody wrote it, taken apart: lines, head and value, parameters (RFC 6350 §3.3, RFC 5545 §3.1). A leaf: imports
//! nothing of ours.

/// Whose text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A client's: bounded.
    Client,
    /// Our own record: escaping and folding may have made it larger than what came, and it is read whatever it is.
    Record,
}

/// The lines as they stand, numbered; a break is CRLF, LF or CR.
pub fn physical(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.split('\n').flat_map(|line| line.trim_end_matches('\r').split('\r'));
    lines.enumerate().map(|(at, line)| (at + 1, line))
}

/// Splits at the first colon outside of quotes; where quotes never close, at the first colon.
pub fn head_and_value(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    });
    match at {
        Some((at, _)) => Some((line.get(..at)?, line.get(at + 1..)?)),
        None => line.split_once(':'),
    }
}

/// The parts between the separators that are not within quotes.
pub fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

/// A written value whose line breaks are escapes, and that holds no other control character.
pub fn one_line(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// A parameter's value: carets read (RFC 6868), quotes and controls that cannot be written left out.
pub fn param_value(value: &str, caret: bool) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('^', Some('n')) if caret => Some('\n'),
            ('^', Some('\'')) if caret => Some('"'),
            ('^', Some('^')) if caret => Some('^'),
            _ => None,
        };
        if meant.is_some() {
            chars.next();
        }
        match meant.unwrap_or(c) {
            '"' if meant.is_none() => {}
            '\u{2028}' | '\u{2029}' => out.push('\n'),
            c if c.is_control() && !matches!(c, '\t' | '\n') => {}
            c => out.push(c),
        }
    }
    out
}

/// Whether it is a name: letters, digits and hyphens, and what old writers add.
pub fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
