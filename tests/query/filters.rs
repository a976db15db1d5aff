//! `$filter` under every text: it is read or refused, never panics, never takes long; and what is written comes back.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use sharehold::query::filter::{Expr, Field, Kind, Limits, parse};

use super::grammar::{any_value, filter, written};

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

static ADDRESS: [Field; 2] = [field("address", Kind::Text), field("name", Kind::Text)];
static ITEM: [Field; 1] = [field("", Kind::Text)];
static FIELDS: [Field; 9] = [
    field("displayName", Kind::Text),
    field("homeAddress/city", Kind::Text),
    field("createdDateTime", Kind::Instant),
    field("birthdayDate", Kind::PartialDate),
    field("parentFolderId", Kind::Id),
    field("isFlagged", Kind::Bool),
    field("size", Kind::Number),
    field("emailAddresses", Kind::Collection(&ADDRESS)),
    field("categories", Kind::Collection(&ITEM)),
];
const LIMITS: Limits = Limits { bytes: 2048, terms: 20, depth: 16 };
/// Only in the way of what is no filter, not of a random one that is long.
const WIDE: Limits = Limits { bytes: 1 << 20, terms: 1000, depth: 16 };

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = parse(&text, &FIELDS, LIMITS);
        let _ = parse(&format!("displayName eq '{text}"), &FIELDS, LIMITS);
    }

    /// Pieces that mean something, in any order.
    #[test]
    fn any_pieces_are_read_or_refused(pieces in prop::collection::vec(prop::sample::select(vec![
        "displayName", "homeAddress", "/", "city", "emailAddresses", "any", "(", ")", "x", ":", "address", "eq", "ne",
        "gt", "in", "not", "and", "or", "null", "true", "'a'", "''", "'", ",", " ", "contains", "startswith",
        "2020-01-01", "--02-29", "createdDateTime", "birthdayDate", "-", "+", ".", "categories", "\u{a0}", "é",
    ]), 0..60)) {
        let _ = parse(&pieces.join(""), &FIELDS, LIMITS);
        let _ = parse(&pieces.join(" "), &FIELDS, LIMITS);
    }

    #[test]
    fn what_is_written_is_read_as_it_was_meant(expr in filter(&FIELDS, any_value)) {
        let text = written(&expr);
        let read = parse(&text, &FIELDS, WIDE);
        prop_assert_eq!(read.map_err(|problem| format!("{text}: {problem}")), Ok(expr));
    }

    /// A filter cut anywhere or with one character more is no harm, and one in other case means the same.
    #[test]
    fn damaged_filters_are_read_or_refused(
        expr in filter(&FIELDS, any_value), at in any::<prop::sample::Index>(), more in any::<char>(),
    ) {
        let text: Vec<char> = written(&expr).chars().collect();
        let (before, after) = text.split_at(at.index(text.len()));
        let (before, after) = (before.iter().collect::<String>(), after.iter().collect::<String>());
        let _ = parse(&before, &FIELDS, WIDE);
        let _ = parse(&format!("{before}{more}{after}"), &FIELDS, WIDE);
    }
}

/// The inputs that stop other parsers (graph.md §2.9), each at the limit of bytes: 200 readings of each. One that took
/// exponential or quadratic time would take hours or seconds.
#[test]
fn no_filter_takes_long() {
    let fill = |piece: &str| piece.repeat(2048 / piece.len());
    let hostile = [
        fill("("),
        fill("not "),
        fill("not("),
        fill("emailAddresses/any(x:"),
        fill("a/"),
        fill("'"),
        format!("'{}", fill("a").get(1..).unwrap()),
        fill("displayName eq 'x' and "),
        fill("(displayName eq 'x' or "),
        format!("displayName in ({}", fill("'',").get(20..).unwrap()),
        format!("contains(displayName,'{}')", "%_".repeat(1000)),
        format!("displayName eq '{}'", "\u{fdfa}".repeat(670)),
        format!("displayName eq '{}'", "a\u{301}\u{323}".repeat(400)),
        format!("displayName eq 'a{}'", "\u{301}\u{323}".repeat(500)),
        fill("-"),
        fill("::"),
    ];
    let started = Instant::now();
    for filter in &hostile {
        assert!(filter.len() <= 2048, "{} bytes", filter.len());
        for _ in 0..200 {
            let _ = parse(filter, &FIELDS, LIMITS);
        }
    }
    let each = started.elapsed() / 200 / u32::try_from(hostile.len()).unwrap();
    println!("{each:?} a filter");
    assert!(each < Duration::from_millis(5), "{each:?} a filter");
}

/// The tree is bounded with the input: what walks it by recursion is safe.
#[test]
fn the_tree_is_no_deeper_than_the_limit() {
    fn depth(expr: &Expr) -> usize {
        match expr {
            Expr::All(parts) | Expr::Any(parts) => parts.iter().map(depth).max().unwrap_or(0),
            Expr::Not(inner) | Expr::Has(_, Some(inner)) => 1 + depth(inner),
            _ => 0,
        }
    }
    let nested = format!("{}displayName eq 'x'", "not ".repeat(16));
    assert_eq!(depth(&parse(&nested, &FIELDS, LIMITS).unwrap()), 16);
    assert!(parse(&format!("not {nested}"), &FIELDS, LIMITS).is_err());
}
