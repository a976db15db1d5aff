//! Entity tags and preferences: `If-Match`, `If-None-Match` (RFC 9110 §13.1), `Prefer` (RFC 7240).
//!
//! A tag is `W/"<version>-<view>"`: the number of the row's last change, and what of it this answer shows. So a client that
//! was granted more since is not told "not modified", while `If-Match` compares the version alone.

use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::problem::{Code, Problem};

/// An entity tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag {
    /// The number of the row's last change.
    pub version: i64,
    /// Which members are shown, one bit each.
    pub view: u64,
}

impl std::fmt::Display for ETag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "W/\"{}-{:x}\"", self.version, self.view)
    }
}

/// What `If-Match` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Not given, or `*`: any version.
    Any,
    /// One of these versions.
    OneOf(Vec<i64>),
}

impl IfMatch {
    /// Reads the header; tags that this server never wrote match nothing.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(tags) = tags(headers, &IF_MATCH)? else { return Ok(Self::Any) };
        if tags.iter().any(|tag| tag == "*") {
            return Ok(Self::Any);
        }
        let version = |tag: &String| tag.split_once('-').map_or(tag.as_str(), |(version, _)| version).parse().ok();
        Ok(Self::OneOf(tags.iter().filter_map(version).collect()))
    }

    /// Whether a row of this version may be changed.
    pub fn allows(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

/// Whether `If-None-Match` names this tag: the answer is then 304.
pub fn not_modified(headers: &HeaderMap, etag: ETag) -> Result<bool, Problem> {
    let Some(tags) = tags(headers, &IF_NONE_MATCH)? else { return Ok(false) };
    let ours = format!("{}-{:x}", etag.version, etag.view);
    Ok(tags.iter().any(|tag| *tag == ours || tag == "*"))
}

/// Whether `Prefer: return=minimal` is among the preferences.
pub fn prefers_minimal(headers: &HeaderMap) -> bool {
    headers.get_all("prefer").filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(
        |preference| {
            let preference = preference.split(';').next().unwrap_or_default();
            preference.split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("return")
                    && value.trim().trim_matches('"').eq_ignore_ascii_case("minimal")
            })
        },
    )
}

/// The tags of a list header without `W/` and quotes (weak comparison), or `*`; none if the header is absent.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Vec<String>>, Problem> {
    let malformed = || {
        let message = format!("`{name}` is malformed: write one or more entity tags such as W/\"7-1f\", or `*`.");
        Problem::new(Code::InvalidRequest, message).target(name.as_str())
    };
    let mut found: Option<Vec<String>> = None;
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| malformed())?;
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            let opaque = tag.strip_prefix("W/").unwrap_or(tag);
            let opaque = opaque.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let opaque = if tag == "*" { Some(tag) } else { opaque };
            found.get_or_insert_default().push(opaque.ok_or_else(malformed)?.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};

    use super::{ETag, IfMatch, not_modified, prefers_minimal};

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn if_match_compares_the_version() {
        let etag = ETag { version: 7, view: 0x1f };
        for (value, allowed) in [
            ("W/\"7-1f\"", true),
            ("W/\"7-3\"", true),
            ("\"7\"", true),
            ("*", true),
            ("W/\"6-1f\", W/\"7-1f\"", true),
            ("W/\"6-1f\"", false),
            ("\"nonsense\"", false),
        ] {
            let asked = IfMatch::of(&headers(IF_MATCH, value)).expect(value);
            assert_eq!(asked.allows(etag.version), allowed, "{value}");
        }
        assert_eq!(IfMatch::of(&HeaderMap::new()).expect("none"), IfMatch::Any);
        assert!(IfMatch::of(&headers(IF_MATCH, "7")).is_err());
    }

    #[test]
    fn if_none_match_compares_the_view_too() {
        let etag = ETag { version: 7, view: 0x1f };
        for (value, same) in [("W/\"7-1f\"", true), ("\"7-1f\"", true), ("*", true), ("W/\"7-3\"", false)] {
            assert_eq!(not_modified(&headers(IF_NONE_MATCH, value), etag).expect(value), same, "{value}");
        }
    }

    #[test]
    fn preferences_come_as_lists() {
        let prefer = || HeaderName::from_static("prefer");
        assert!(prefers_minimal(&headers(prefer(), "respond-async, return=minimal; x=1")));
        assert!(prefers_minimal(&headers(prefer(), "Return=\"minimal\"")));
        assert!(!prefers_minimal(&headers(prefer(), "return=representation")));
    }
}
