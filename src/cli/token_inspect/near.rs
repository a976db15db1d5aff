//! How two URLs differ that were meant to be the same: issuers and audiences are compared octet for octet.

use url::Url;

/// How `theirs` differs from `ours`, if it looks like the same thing written otherwise.
pub(super) fn difference(theirs: &str, ours: &str) -> Option<String> {
    let said = |text: &str| Some(text.to_owned());
    if theirs.trim() == ours {
        return said("has blanks around it");
    }
    if theirs.strip_suffix('/') == Some(ours) {
        return said("has a final slash, and must not");
    }
    if ours.strip_suffix('/') == Some(theirs) {
        return said("lacks the final slash");
    }
    if theirs.eq_ignore_ascii_case(ours) {
        return said("differs in upper and lower case only");
    }
    let (Ok(one), Ok(other)) = (Url::parse(theirs), Url::parse(ours)) else {
        return (strsim::levenshtein(theirs, ours) <= 2).then(|| "differs in a letter or two".to_owned());
    };
    if one.host_str() != other.host_str() {
        let close = strsim::levenshtein(theirs, ours) <= 2;
        return close.then(|| "differs in a letter or two".to_owned());
    }
    if one.scheme() != other.scheme() {
        return Some(format!("begins with {}:, not {}:", one.scheme(), other.scheme()));
    }
    if one.port_or_known_default() != other.port_or_known_default() {
        let port = |url: &Url| url.port_or_known_default().unwrap_or_default();
        return Some(format!("names port {}, not {}", port(&one), port(&other)));
    }
    if one == other {
        return said("is the same address written otherwise");
    }
    said("has the same host but another path")
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn near_misses_are_told() {
        for (theirs, words) in [
            ("https://people.example/", "final slash, and must not"),
            ("https://People.example", "upper and lower case"),
            ("http://people.example", "http:, not https:"),
            ("https://people.example:8443", "port 8443, not 443"),
            ("https://people.example:443", "written otherwise"),
            ("https://people.example/api", "another path"),
            ("https://peopel.example", "a letter or two"),
            (" https://people.example", "blanks"),
        ] {
            let said = difference(theirs, "https://people.example").unwrap_or_default();
            assert!(said.contains(words), "{theirs}: {said}");
        }
        assert_eq!(difference("https://other.test", "https://people.example"), None);
        assert_eq!(difference("https://a.example", "https://a.example/").as_deref(), Some("lacks the final slash"));
    }
}
