//! How much of a collection one answer holds: `$top`, `$skip`, `$count`, and `Prefer: odata.maxpagesize`.

use crate::json::shown;
use crate::problem::{Code, Problem};
use crate::query::Options;

const MAX_SKIP: u64 = 1_000_000;

/// The limits that the operator set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Items on a page when the client does not say.
    pub items: u64,
    /// Items on a page at most.
    pub max_items: u64,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Items on a page, at least one. `$top` is the page's size, as Outlook has it, not the most items of all pages.
    pub size: u64,
    /// Items passed over before the first page.
    pub skip: u64,
    /// Whether the number of all items is wanted.
    pub count: bool,
    /// The `odata.maxpagesize` that was applied, for `Preference-Applied`.
    pub preferred: Option<u64>,
}

impl Page {
    /// Reads the options, and the values of the request's `Prefer` headers. A preference above the maximum is lowered to
    /// it, and one that makes no sense is passed over (RFC 7240 §2); an option is refused.
    pub fn parse<'a>(
        options: &Options,
        prefer: impl IntoIterator<Item = &'a str>,
        bounds: Bounds,
    ) -> Result<Self, Problem> {
        let max = bounds.max_items.max(1);
        let top = options.get("$top").map(|value| number("$top", value, 1, max)).transpose()?;
        let skip = options.get("$skip").map_or(Ok(0), |value| number("$skip", value, 0, MAX_SKIP))?;
        let count = match options.get("$count") {
            None => false,
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if value.eq_ignore_ascii_case("false") => false,
            Some(value) => return Err(refused("$count", value, "`true` or `false`")),
        };
        let preferred = max_page_size(prefer).map(|wanted| wanted.min(max));
        let size = match (top, preferred) {
            (Some(top), Some(preferred)) => top.min(preferred),
            (one, other) => one.or(other).unwrap_or(bounds.items.clamp(1, max)),
        };
        Ok(Self { size, skip, count, preferred })
    }
}

fn number(option: &str, value: &str, least: u64, most: u64) -> Result<u64, Problem> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| value.parse().ok()).flatten().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| refused(option, value, &format!("a whole number from {least} to {most}")))
}

fn refused(option: &str, value: &str, taken: &str) -> Problem {
    let message = format!("`{option}` is `{}`; it takes {taken}.", shown(value));
    Problem::new(Code::InvalidQueryOption, message).target(option)
}

/// The first `odata.maxpagesize=N` (or `maxpagesize=N`, as OData 4.01 has it) with N above zero.
fn max_page_size<'a>(prefer: impl IntoIterator<Item = &'a str>) -> Option<u64> {
    let mut preferences = prefer.into_iter().flat_map(|value| value.split(','));
    preferences.find_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        let ours = matches!(name.as_str(), "odata.maxpagesize" | "maxpagesize");
        let value = value.trim().trim_matches('"');
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        (ours && digits).then(|| value.parse().unwrap_or(u64::MAX)).filter(|size| *size > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Page};
    use crate::query::Options;

    const BOUNDS: Bounds = Bounds { items: 50, max_items: 1000 };

    fn page(query: &str, prefer: &[&str]) -> Result<(u64, u64, bool, Option<u64>), String> {
        let options = Options::parse(query, &["$top", "$skip", "$count"]).expect("options");
        let page = Page::parse(&options, prefer.iter().copied(), BOUNDS).map_err(|problem| problem.to_string())?;
        Ok((page.size, page.skip, page.count, page.preferred))
    }

    #[test]
    fn sizes() {
        for (query, prefer, expected) in [
            ("", &[][..], (50, 0, false, None)),
            ("$top=1000&$skip=1000000&$count=True", &[], (1000, 1_000_000, true, None)),
            ("$count=false", &["return=minimal, odata.maxpagesize=20; x=1"], (20, 0, false, Some(20))),
            ("$top=10", &["a=b", "OData.MaxPageSize=\"20\""], (10, 0, false, Some(20))),
            ("$top=10", &["maxpagesize=5"], (5, 0, false, Some(5))),
            ("", &["odata.maxpagesize=99999999999999999999999"], (1000, 0, false, Some(1000))),
            ("", &["odata.maxpagesize=0, odata.maxpagesize=x, odata.maxpagesize"], (50, 0, false, None)),
        ] {
            assert_eq!(page(query, prefer), Ok(expected), "{query} {prefer:?}");
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_refused_with_the_bound() {
        for (query, named) in [
            ("$top=0", "1 to 1000"),
            ("$top=1001", "1 to 1000"),
            ("$top=-1", "1 to 1000"),
            ("$top=%2B1", "1 to 1000"),
            ("$top=", "1 to 1000"),
            ("$top=99999999999999999999999", "1 to 1000"),
            ("$skip=1000001", "0 to 1000000"),
            ("$skip=x", "0 to 1000000"),
            ("$count=1", "`true` or `false`"),
        ] {
            let problem = page(query, &[]).expect_err(query);
            assert!(problem.contains(named), "{query}: {problem}");
        }
    }
}
