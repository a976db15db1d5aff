//! Cuts a filter into tokens.

use super::Fault;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    Comma,
    Colon,
    Slash,
    /// A text in quotation marks, these and their doubling undone (OData ABNF `string`).
    Quoted(String),
    /// A name, an operator, or a literal without quotation marks.
    Word(&'a str),
}

/// The tokens, each with the byte where it begins.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, Fault> {
    // PostgreSQL knows no such text, and would fail.
    if let Some(at) = text.find('\0') {
        return Err(Fault::new(at, "No text holds U+0000."));
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at = text.len() - rest.len();
        let (token, length) = match first {
            ' ' | '\t' => (None, 1),
            '(' => (Some(Token::Open), 1),
            ')' => (Some(Token::Close), 1),
            ',' => (Some(Token::Comma), 1),
            ':' => (Some(Token::Colon), 1),
            '/' => (Some(Token::Slash), 1),
            '\'' => {
                let (quoted, length) = quoted(rest).ok_or_else(|| {
                    Fault::new(at, "This text has no closing `'`; a `'` inside a text is written twice.")
                })?;
                (Some(Token::Quoted(quoted)), length)
            }
            _ => {
                let meant =
                    if first == '"' { "A text goes in `'…'`." } else { "This character has no meaning here." };
                let length = word(rest).ok_or_else(|| Fault::new(at, meant))?;
                (rest.get(..length).map(Token::Word), length)
            }
        };
        tokens.extend(token.map(|token| (at, token)));
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(tokens)
}

/// The text that begins here, and how many bytes it takes with its marks.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
            text.push('\'');
        } else {
            return Some((text, at + 1));
        }
    }
    None
}

/// How long the word is that begins here. One that begins with a letter ends at a colon, since `any(x:x/…)` has one;
/// one that begins with a digit or a sign may be an instant.
fn word(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    let number = first.is_ascii_digit() || matches!(first, '-' | '+');
    if !number && !first.is_ascii_alphabetic() && first != '_' {
        return None;
    }
    let ends = |c: char| {
        let inside = c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        !(inside || number && matches!(c, ':' | '+'))
    };
    Some(rest.find(ends).unwrap_or(rest.len()))
}
