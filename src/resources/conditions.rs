//! Entity tags and preferences: `If-Match`, `If-None-Match` (RFC 9110 §13.1), `Prefer` (RFC 7240).
//!
//! A tag is `W/"<version>-<view>"`: the number of the row's last change, and what of it this answer shows. So a client that
//! was granted more since is not told "not modified", while `If-Match` compares the version alone.

use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::problem::{Code, Problem};

/// For the table of endpoints.
pub const UNLESS_CURRENT: (&str, &str) = ("If-None-Match", "Entity tags; 304 if one is current");
/// Of a request that changes what is there.
pub const IF_CURRENT: (&str, &str) = ("If-Match", "Entity tags; 412 if none is current");
/// Of one that answers with what it changed.
pub const MINIMAL: (&str, &str) = ("Prefer", "`return=minimal` answers 204 without a body");
/// The headers of a PATCH.
pub const CHANGING: &[(&str, &str)] = &[IF_CURRENT, MINIMAL];

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
        write!(f, "W/\"{}\"", self.opaque())
    }
}

impl ETag {
    /// The tag as a JSON string.
    pub fn json(self) -> String {
        format!("\"W/\\\"{}-{:x}\\\"\"", self.version, self.view)
    }

    /// Reads the opaque part of a tag, if this server could have written it.
    fn read(opaque: &str) -> Option<Self> {
        let (version, view) = opaque.split_once('-')?;
        let etag = Self { version: version.parse().ok()?, view: u64::from_str_radix(view, 16).ok()? };
        // Only the spelling that we write: "+7", "007" and the like are other tags.
        (etag.opaque() == opaque).then_some(etag)
    }

    fn opaque(self) -> String {
        format!("{}-{:x}", self.version, self.view)
    }
}

/// What `If-Match` or `If-None-Match` names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    /// `*`: whatever there is.
    Any,
    /// These, of which tags that this server never wrote are passed over.
    These(Vec<ETag>),
}

/// What a change asks of the row's version (RFC 9110 §13.1.1, §13.1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

impl Conditions {
    /// Reads both headers; one that is malformed is refused, never taken for absent.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self { if_match: tags(headers, &IF_MATCH)?, if_none_match: tags(headers, &IF_NONE_MATCH)? })
    }

    /// Whether what is of this version may be changed; none: it is not there yet. Views do not matter here: what is changed
    /// is the whole.
    pub fn allow(&self, version: Option<i64>) -> bool {
        let names = |tags: &Tags| match tags {
            Tags::Any => version.is_some(),
            Tags::These(these) => these.iter().any(|etag| Some(etag.version) == version),
        };
        self.if_match.as_ref().is_none_or(names) && !self.if_none_match.as_ref().is_some_and(names)
    }
}

/// Whether `If-None-Match` names this tag: the answer is then 304.
pub fn not_modified(headers: &HeaderMap, etag: ETag) -> Result<bool, Problem> {
    Ok(match tags(headers, &IF_NONE_MATCH)? {
        None => false,
        Some(Tags::Any) => true,
        Some(Tags::These(these)) => these.contains(&etag),
    })
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

/// Tags of bytes, which name them by what they are (RFC 9110 §8.8.3, strong validators).
pub mod strong {
    use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH};

    use super::{entity_tags, listed, malformed};
    use crate::problem::Problem;

    /// Whether the header `name` names `current`, the opaque part of a tag, or `*`; none: it is absent. `If-Match` compares strongly
    /// (§13.1.1): a tag that says of itself that it is weak names nothing.
    pub fn may_match(headers: &HeaderMap, name: &HeaderName, current: &str) -> Result<Option<bool>, Problem> {
        let Some(list) = listed(headers, name)? else { return Ok(None) };
        if list.trim_matches([' ', '\t']) == "*" {
            return Ok(Some(true));
        }
        let tags = entity_tags(&list).filter(|tags| !tags.is_empty()).ok_or_else(|| malformed(name))?;
        Ok(Some(tags.iter().any(|tag| tag.opaque == current && !(tag.is_weak && *name == IF_MATCH))))
    }
}

fn malformed(name: &HeaderName) -> Problem {
    let message = format!("`{name}` is malformed: write one or more entity tags such as W/\"7-1f\", or `*`.");
    Problem::new(Code::InvalidRequest, message).target(name.as_str())
}

/// The value of a header, of which several lines are one list (RFC 9110 §5.3), or none if it is absent.
fn listed(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(name).map(|value| value.to_str().map_err(|_| malformed(name))).peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    Ok(Some(values.collect::<Result<Vec<_>, _>>()?.join(",")))
}

/// The tags of a header, or none if it is absent.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Problem> {
    let Some(list) = listed(headers, name)? else { return Ok(None) };
    if list.trim_matches([' ', '\t']) == "*" {
        return Ok(Some(Tags::Any));
    }
    let tags = entity_tags(&list).filter(|tags| !tags.is_empty()).ok_or_else(|| malformed(name))?;
    Ok(Some(Tags::These(tags.into_iter().filter_map(|tag| ETag::read(tag.opaque)).collect())))
}

struct Tag<'a> {
    is_weak: bool,
    opaque: &'a str,
}

// RFC 9110 §8.8.3, §5.6.1: #entity-tag; entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE; a comma may stand inside.
fn entity_tags(mut list: &str) -> Option<Vec<Tag<'_>>> {
    let mut found = Vec::new();
    loop {
        list = list.trim_start_matches([' ', '\t', ',']);
        if list.is_empty() {
            return Some(found);
        }
        let weak = list.strip_prefix("W/");
        let quoted = weak.unwrap_or(list).strip_prefix('"')?;
        let (opaque, rest) = quoted.split_once('"')?;
        if opaque.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return None;
        }
        found.push(Tag { is_weak: weak.is_some(), opaque });
        list = rest.trim_start_matches([' ', '\t']);
        if !list.is_empty() && !list.starts_with(',') {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};

    use super::{Conditions, ETag, not_modified, prefers_minimal};

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn if_match_compares_the_version() {
        for (value, allowed) in [
            ("W/\"7-1f\"", true),
            ("W/\"7-3\"", true),
            ("\"7-3\"", true),
            (" * ", true),
            ("W/\"6-1f\", W/\"7-1f\"", true),
            ("\"a,b\",,\"7-1\"", true),
            ("W/\"6-1f\"", false),
            ("\"*\"", false),
            ("W/\"*\"", false),
            ("\"7\"", false),
            ("\"+7-1\"", false),
            ("\"007-1\"", false),
            ("\"7-zz\"", false),
            ("\"7-\"", false),
        ] {
            let asked = Conditions::of(&headers(IF_MATCH, value)).expect(value);
            assert_eq!(asked.allow(Some(7)), allowed, "{value}");
        }
        assert!(Conditions::of(&HeaderMap::new()).expect("none").allow(Some(7)));
    }

    #[test]
    fn what_is_malformed_is_never_taken_for_absent() {
        for value in ["", " ", ",", "7", "*, \"zz\"", "\"zz\", *", "\"zz\" \"7-1\"", "\"a\"b\"", "\"a", "W/7"] {
            assert!(Conditions::of(&headers(IF_MATCH, value)).is_err(), "{value:?}");
        }
    }

    #[test]
    fn if_none_match_forbids_a_change_of_what_it_names() {
        for (value, allowed) in [("*", false), ("W/\"7-1f\"", false), ("W/\"6-1f\"", true)] {
            let asked = Conditions::of(&headers(IF_NONE_MATCH, value)).expect(value);
            assert_eq!(asked.allow(Some(7)), allowed, "{value}");
            assert!(asked.allow(None), "what is not there has no tag");
        }
        let asked = Conditions::of(&headers(IF_MATCH, "*")).expect("any");
        assert!(!asked.allow(None));
    }

    #[test]
    fn if_none_match_compares_the_view_too() {
        let etag = ETag { version: 7, view: 0x1f };
        for (value, same) in
            [("W/\"7-1f\"", true), ("\"7-1f\"", true), ("*", true), ("W/\"7-3\"", false), ("\"*\"", false)]
        {
            assert_eq!(not_modified(&headers(IF_NONE_MATCH, value), etag).expect(value), same, "{value}");
        }
    }

    #[test]
    fn a_tag_in_json_is_the_tag() {
        let etag = ETag { version: 7, view: 0x1f };
        assert_eq!(serde_json::from_str::<String>(&etag.json()).expect("a string"), etag.to_string());
    }

    #[test]
    fn preferences_come_as_lists() {
        let prefer = || HeaderName::from_static("prefer");
        assert!(prefers_minimal(&headers(prefer(), "respond-async, return=minimal; x=1")));
        assert!(prefers_minimal(&headers(prefer(), "Return=\"minimal\"")));
        assert!(!prefers_minimal(&headers(prefer(), "return=representation")));
    }
}
