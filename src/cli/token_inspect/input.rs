//! The token in what was pasted: alone, in quotes, with its scheme, as a whole `Authorization` line, broken into lines.

use std::io::{IsTerminal as _, Read as _};

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::super::Failure;
use crate::access::presentation;

/// How much is read, bytes: far more than any token that is let in.
const MOST_BYTES: u64 = 256 * 1024;

/// A token as it would be sent, and what had to be done to what was given.
pub(super) struct Input {
    pub(super) token: String,
    pub(super) notes: Vec<&'static str>,
}

/// Takes the token from the argument, else (or for `-`) from standard input.
pub(super) fn take(argument: Option<&str>) -> Result<Input, Failure> {
    let text = match argument.filter(|text| *text != "-") {
        Some(text) => text.to_owned(),
        None => read()?,
    };
    let input = clean(&text);
    if input.token.is_empty() {
        return Err(Failure::Usage("no token was given: name it as the argument, or pipe it in".into()));
    }
    Ok(input)
}

fn read() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("Paste the token, then press Enter and Ctrl-D.");
    }
    let taken = input.take(MOST_BYTES).read_to_end(&mut bytes);
    taken.map_err(|error| Failure::Failed(format!("standard input cannot be read: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn clean(text: &str) -> Input {
    let mut notes = Vec::new();
    let bare = unquoted(text);
    let bare = unquoted(without_prefix(bare, "Authorization:").unwrap_or(bare));
    let token = match scheme(bare) {
        Some(rest) => {
            if !would_be_read(bare) {
                notes.push("the header as it was given would be answered 400; here its token alone is looked at");
            }
            rest
        }
        None => bare,
    };
    let token: String = token.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`')).collect();
    if bare.chars().any(char::is_whitespace) && scheme(bare).is_none() {
        notes.push("blanks or line breaks inside were taken out; sent as it was given it would be answered 400");
    }
    Input { token, notes }
}

/// Without the blanks and the pairs of quotes around it, and without a byte order mark.
fn unquoted(text: &str) -> &str {
    let bare = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let pair = ['"', '\'', '`'].into_iter().find_map(|quote| bare.strip_prefix(quote)?.strip_suffix(quote));
    pair.map_or(bare, unquoted)
}

fn without_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// What stands after `Bearer` or `WRAP access_token=`.
fn scheme(text: &str) -> Option<&str> {
    without_prefix(text, "Bearer ").or_else(|| {
        let parameter = without_prefix(text, "WRAP ")?.trim_start();
        without_prefix(parameter, "access_token")?.trim_start().strip_prefix('=')
    })
}

/// Whether the server would find a token in a header of this value.
fn would_be_read(value: &str) -> bool {
    let Ok(value) = HeaderValue::from_str(value) else { return false };
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value);
    presentation::token(&headers, "").is_ok()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn a_token_is_found_in_whatever_was_pasted() {
        for (text, notes) in [
            ("a.b.c", 0),
            ("  'a.b.c'\n", 0),
            ("Bearer a.b.c", 0),
            ("bearer  a.b.c\r\n", 0),
            ("Authorization: Bearer a.b.c", 0),
            ("\"authorization: bearer a.b.c\"", 0),
            ("WRAP access_token=\"a.b.c\"", 0),
            ("Authorization: WRAP access_token = a.b.c", 0),
            ("\u{feff}a.\r\n  b.c", 1),
            ("Bearer a.b\n.c", 1),
            ("Bearer \"a.b.c\"", 1),
        ] {
            let input = clean(text);
            assert_eq!((input.token.as_str(), input.notes.len()), ("a.b.c", notes), "{text:?}");
        }
        assert_eq!(clean(" '' ").token, "");
    }
}
