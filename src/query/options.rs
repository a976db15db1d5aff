//! The query string of a request: `$`-options parsed once, strictly.
//! May import `problem`, `json`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::json::shown;
use crate::problem::{Code, Problem};

/// What needs no encoding anywhere in a URL (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The options of a request, each given at most once and each known to the endpoint.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    given: Vec<(String, String)>,
}

impl Options {
    /// Reads `query`; an option (a name that begins with `$`) outside `known` is refused by name, other parameters that are
    /// not among them are passed over. Names are compared case-insensitively, as Graph does.
    pub fn parse(query: &str, known: &[&str]) -> Result<Self, Problem> {
        let mut given: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name)?.to_ascii_lowercase();
            if !known.iter().any(|option| option.eq_ignore_ascii_case(&name)) {
                if name.starts_with('$') {
                    return Err(unknown(&name, known));
                }
                continue;
            }
            if given.iter().any(|(other, _)| *other == name) {
                return Err(Problem::new(Code::InvalidQueryOption, format!("`{name}` is given twice.")).target(name));
            }
            given.push((name, decoded(value)?));
        }
        Ok(Self { given })
    }

    /// The value of `option`, if given.
    pub fn get(&self, option: &str) -> Option<&str> {
        self.given.iter().find(|(name, _)| name.eq_ignore_ascii_case(option)).map(|(_, value)| value.as_str())
    }

    /// The options given except those named `without`, as a query string that is the same for the same options, in
    /// whatever order and encoding they came: what a link repeats, and what a sealed token is bound to.
    pub fn others(&self, without: &[&str]) -> String {
        let mut others: Vec<_> = self.given.iter().filter(|(name, _)| !without.contains(&name.as_str())).collect();
        others.sort();
        let encoded = |text| utf8_percent_encode(text, RESERVED).to_string();
        let pairs = others.into_iter().map(|(name, value)| {
            let (dollar, name) = name.strip_prefix('$').map_or(("", name.as_str()), |name| ("$", name));
            format!("{dollar}{}={}", encoded(name), encoded(value))
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// `$select` as indices into `members`; none if not given. `id` needs no naming. A member that does not exist is
    /// refused by name.
    pub fn select(&self, members: &[&str]) -> Result<Option<Vec<usize>>, Problem> {
        self.get("$select").map_or(Ok(None), |list| chosen("$select", list, members))
    }
}

/// What `list`, which stands in `option`, names of `members`: their indices; none: `*`, all of them.
pub fn chosen(option: &str, list: &str, members: &[&str]) -> Result<Option<Vec<usize>>, Problem> {
    if list.trim().is_empty() {
        let message =
            format!("The list of `{option}` is empty: name members with commas between them, or leave it out.");
        return Err(Problem::new(Code::InvalidQueryOption, message).target(option));
    }
    let mut chosen = Vec::new();
    for name in list.split(',').map(str::trim) {
        if name == "*" {
            return Ok(None);
        }
        let index = members.iter().position(|member| member.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let (name, members) = (shown(name), members.join(", "));
            let message =
                format!("`{option}` names `{name}`, which is not a member of this resource; there are: {members}.");
            Problem::new(Code::InvalidQueryOption, message).target(option)
        })?;
        chosen.push(index);
    }
    Ok(Some(chosen))
}

fn decoded(text: &str) -> Result<String, Problem> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| Problem::new(Code::InvalidQueryOption, "The query string is not UTF-8."))
}

fn unknown(name: &str, known: &[&str]) -> Problem {
    let taken = if known.is_empty() { "none".into() } else { known.join(", ") };
    let message = format!("`{}` is not an option of this request; it takes: {taken}.", shown(name));
    Problem::new(Code::InvalidQueryOption, message).target(shown(name))
}

#[cfg(test)]
mod tests {
    use super::Options;

    const MEMBERS: [&str; 3] = ["id", "displayName", "mail"];

    #[test]
    fn options_are_known_single_and_decoded() {
        let options = Options::parse("a=1&%24select=displayName%2Cmail&b", &["$select"]).expect("options");
        assert_eq!(options.select(&MEMBERS).expect("members"), Some(vec![1, 2]));
        assert_eq!(Options::parse("$SELECT=Mail", &["$select"]).expect("options").get("$select"), Some("Mail"));
        for (query, target) in [("$expand=x", "$expand"), ("$select=a&%24select=b", "$select"), ("$", "$")] {
            let problem = Options::parse(query, &["$select"]).expect_err(query);
            assert!(problem.to_string().contains(target), "{problem}");
        }
        assert!(Options::parse("$select=%ff", &["$select"]).is_err());
    }

    #[test]
    fn others_are_one_text_however_they_came() {
        const KNOWN: [&str; 4] = ["$select", "$filter", "$top", "$skiptoken"];
        let query = "$top=2&%24FILTER=a+eq+'%26%C3%A9'&$skiptoken=abc&x=1&$select=id";
        let others = Options::parse(query, &KNOWN).expect("options").others(&["$skiptoken"]);
        assert_eq!(others, "$filter=a%20eq%20%27%26%C3%A9%27&$select=id&$top=2");
        let again = Options::parse(&others, &KNOWN).expect("options");
        assert_eq!(again.get("$filter"), Some("a eq '&é'"));
        assert_eq!(again.others(&[]), others);
        assert_eq!(Options::default().others(&[]), "");
    }

    #[test]
    fn a_member_that_does_not_exist_is_named() {
        for list in ["nope", "id,,mail", "id, "] {
            let query = format!("$select={list}");
            assert!(Options::parse(&query, &["$select"]).expect("options").select(&MEMBERS).is_err(), "{list}");
        }
        assert_eq!(Options::parse("", &[]).expect("options").select(&MEMBERS).expect("none"), None);
        assert_eq!(Options::parse("$select=*", &["$select"]).expect("options").select(&MEMBERS).expect("all"), None);
    }
}
