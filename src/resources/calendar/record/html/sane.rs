//! Whether HTML is such as people's programs write: what is nested, misnested or attributed without end costs a parser that
//! follows the standard the square of its length, so that it is not given any. One pass over the text. A leaf.

/// How many elements may be open at once (browsers draw a line at 512).
const DEPTH: usize = 128;
/// How many beginnings and ends may lack the other.
const STRAY: usize = 128;
const ATTRIBUTES: usize = 128;
const REFERENCES: usize = 8192;
/// Elements that never have an end, and those that another of their kind ends.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
const ENDED_BY_NEXT: [&str; 8] = ["p", "li", "td", "th", "tr", "dt", "dd", "option"];

/// Whether it is.
pub(super) fn is_sane(html: &str) -> bool {
    if html.matches('&').nth(REFERENCES).is_some() {
        return false;
    }
    let mut open: Vec<&str> = Vec::new();
    let mut strays = 0;
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        // Not every one begins a tag.
        if !after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            rest = after;
            continue;
        }
        if let Some(comment) = after.strip_prefix("!--") {
            let Some((_, behind)) = comment.split_once("-->") else { return false };
            rest = behind;
            continue;
        }
        let Some((tag, behind)) = tag(after) else { return false };
        let (end, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).next().unwrap_or_default();
        if end {
            match open.iter().rposition(|known| known.eq_ignore_ascii_case(name)) {
                // What is open within it has no end of its own.
                Some(at) => {
                    let within = open.drain(at..).skip(1);
                    strays += within.filter(|name| !is_one_of(name, &ENDED_BY_NEXT)).count();
                }
                None => strays += 1,
            }
        } else if name.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_one_of(name, &VOID) {
            let ended =
                open.last().is_some_and(|last| is_one_of(name, &ENDED_BY_NEXT) && last.eq_ignore_ascii_case(name));
            if !ended {
                open.push(name);
            }
        }
        if open.len() > DEPTH || strays > STRAY {
            return false;
        }
        rest = behind;
    }
    true
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// What stands up to the `>` that ends a tag, and what follows; none if it never ends or has too many attributes.
fn tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut attributes = 0;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return text.split_at_checked(at),
            (None, c) if c.is_ascii_whitespace() || c == '/' || c == '=' => {
                attributes += 1;
                if attributes > 3 * ATTRIBUTES {
                    return None;
                }
            }
            _ => {}
        }
    }
    None
}

/// The HTML in which each `&` that begins no character reference is written as one.
pub(super) fn with_references(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 16);
    let mut pieces = html.split('&');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let reference = piece.get(..piece.len().min(40)).unwrap_or(piece).split_once(';').map(|(name, _)| name);
        let named = |name: &str| {
            let name = name.strip_prefix('#').unwrap_or(name);
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        out.push_str(if reference.is_some_and(named) { "&" } else { "&amp;" });
        out.push_str(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{is_sane, with_references};

    #[test]
    fn what_programs_write_is_sane() {
        for html in [
            String::new(),
            "a < b, I <3 you".to_owned(),
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD\"><html><body><p>one<p>two<br><img src=x></body></html>".to_owned(),
            "<p>".repeat(1000),
            "<ul>".to_owned() + &"<li>x".repeat(1000) + "</ul>",
            "<table>".to_owned() + &"<tr><td>x<td>y".repeat(60) + "</table>",
            "<p class=MsoNormal><o:p></o:p></p>".repeat(1000),
            format!("<a href=\"{}\">x</a><!-- <<<< -->", "x y".repeat(1000)),
            "<div>".repeat(100) + &"</div>".repeat(100),
        ] {
            assert!(is_sane(&html), "{}", html.get(..80).unwrap_or(&html));
        }
    }

    #[test]
    fn what_costs_the_square_of_its_length_is_not() {
        for html in [
            "<div>".repeat(1000),
            "<b></p>".repeat(1000),
            "<p><b></p>".repeat(1000),
            "</p>".repeat(1000),
            format!("<p {}>", "a ".repeat(1000)),
            format!("<p {}>", "a=1/".repeat(1000)),
            "<p ".to_owned(),
            "<a><table>".repeat(1000),
            "<style><!--".repeat(1000),
            "&amp;".repeat(10_000),
        ] {
            assert!(!is_sane(&html), "{}", html.get(..80).unwrap_or(&html));
        }
    }

    #[test]
    fn references() {
        for (html, written) in [
            ("a &amp; b &#38; &#x26; &nbsp;", "a &amp; b &#38; &#x26; &nbsp;"),
            ("a & b &# &; &&", "a &amp; b &amp;# &amp;; &amp;&amp;"),
            ("?a=1&b=2;", "?a=1&amp;b=2;"),
            ("&\u{1F469};é", "&amp;\u{1F469};é"),
        ] {
            assert_eq!(with_references(html), written);
        }
    }
}
