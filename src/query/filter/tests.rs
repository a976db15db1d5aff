//! What is read, and what is refused with which words.

use super::Comparison::{Equal, Greater, Less, NotEqual};
use super::{Comparison, Expr, Field, Kind, Limits, Place, Value, parse};

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
    field("emailAddresses", Kind::Collection(&ADDRESS)),
    field("categories", Kind::Collection(&ITEM)),
    field("size", Kind::Number),
];
const LIMITS: Limits = Limits { bytes: 2048, terms: 20, depth: 16 };

fn read(filter: &str) -> Expr {
    parse(filter, &FIELDS, LIMITS).unwrap_or_else(|problem| panic!("{filter}: {problem}"))
}

fn name(comparison: Comparison, text: &str) -> Expr {
    Expr::Compare(&FIELDS[0], comparison, Value::Text(text.to_owned()))
}

#[test]
fn comparisons_take_values_of_their_kind() {
    let instant = 1_580_515_200_000_000;
    for (filter, expr) in [
        ("displayName eq 'O''Brien'", name(Equal, "o'brien")),
        ("DISPLAYNAME NE 'x'", name(NotEqual, "x")),
        ("displayName eq null", Expr::Compare(&FIELDS[0], Equal, Value::Null)),
        ("homeAddress/city lt 'b'", Expr::Compare(&FIELDS[1], Less, Value::Text("b".into()))),
        ("createdDateTime gt 2020-02-01T00:00:00Z", Expr::Compare(&FIELDS[2], Greater, Value::Instant(instant))),
        ("createdDateTime gt 2020-02-01T01:00:00+01:00", Expr::Compare(&FIELDS[2], Greater, Value::Instant(instant))),
        ("createdDateTime gt 2020-02-01T00:00Z", Expr::Compare(&FIELDS[2], Greater, Value::Instant(instant))),
        (
            "createdDateTime gt '2020-02-01T00:00:00.0000000'",
            Expr::Compare(&FIELDS[2], Greater, Value::Instant(instant)),
        ),
        ("createdDateTime gt 2020-02-01", Expr::Compare(&FIELDS[2], Greater, Value::Instant(instant))),
        (
            "createdDateTime lt 2020-02-01T00:00:00.000001Z",
            Expr::Compare(&FIELDS[2], Less, Value::Instant(instant + 1)),
        ),
        ("birthdayDate eq --02-29", Expr::Compare(&FIELDS[3], Equal, Value::Date("--02-29".into()))),
        ("birthdayDate lt '1990-05-31'", Expr::Compare(&FIELDS[3], Less, Value::Date("1990-05-31".into()))),
        ("parentFolderId eq a0b-1", Expr::Compare(&FIELDS[4], Equal, Value::Id("a0b-1".into()))),
        ("size gt 2000000", Expr::Compare(&FIELDS[8], Greater, Value::Number(2_000_000_000_000))),
        ("size lt -0.0000019", Expr::Compare(&FIELDS[8], Less, Value::Number(-1))),
        ("size eq +48.5", Expr::Compare(&FIELDS[8], Equal, Value::Number(48_500_000))),
        ("isFlagged eq TRUE", Expr::Compare(&FIELDS[5], Equal, Value::Bool(true))),
        ("displayName in ('A',null)", Expr::In(&FIELDS[0], vec![Value::Text("a".into()), Value::Null])),
        ("startsWith(displayName,'C')", Expr::Holds(&FIELDS[0], Place::Start, "c".into())),
        ("contains( homeAddress/city , 'É' )", Expr::Holds(&FIELDS[1], Place::Anywhere, "é".into())),
    ] {
        assert_eq!(read(filter), expr, "{filter}");
    }
}

#[test]
fn and_binds_tighter_than_or_and_not_tightest() {
    let (a, b, c) = (name(Equal, "a"), name(Equal, "b"), name(Equal, "c"));
    let filter = "displayName eq 'a' or displayName eq 'b' and not displayName eq 'c'";
    let all = |parts: [&Expr; 2]| Expr::All(parts.map(Clone::clone).to_vec());
    let any = |parts: [&Expr; 2]| Expr::Any(parts.map(Clone::clone).to_vec());
    let not = |inner: &Expr| Expr::Not(Box::new(inner.clone()));
    assert_eq!(read(filter), any([&a, &all([&b, &not(&c)])]));
    let filter = "(displayName eq 'a' or displayName eq 'b') and not(displayName eq 'c')";
    assert_eq!(read(filter), all([&any([&a, &b]), &not(&c)]));
    let filter = "displayName eq 'a' and (displayName eq 'b' and displayName eq 'c')";
    assert_eq!(read(filter), Expr::All(vec![a, b, c]));
}

#[test]
fn any_looks_into_the_items() {
    let has = |inner| Expr::Has(&FIELDS[6], Some(Box::new(inner)));
    let address = Expr::Compare(&ADDRESS[0], Equal, Value::Text("a@b".into()));
    assert_eq!(read("emailAddresses/any(x:x/address eq 'A@b')"), has(address.clone()));
    let name = Expr::Holds(&ADDRESS[1], Place::End, "n".into());
    let filter = "emailAddresses/Any( e : e/address eq 'a@b' or endswith(e/name,'n') )";
    assert_eq!(read(filter), has(Expr::Any(vec![address, name])));
    let item = Expr::Compare(&ITEM[0], Equal, Value::Text("friends".into()));
    assert_eq!(read("categories/any(c:c eq 'Friends')"), Expr::Has(&FIELDS[7], Some(Box::new(item))));
    assert_eq!(read("not categories/any()"), Expr::Not(Box::new(Expr::Has(&FIELDS[7], None))));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (filter, told) in [
        ("", "character 1: Expected a field"),
        ("nope eq 'x'", "character 1: `nope` is not a field to filter by; there are: displayName"),
        ("homeAddress eq 'x'", "`homeAddress` is not a field"),
        ("displayName/x eq 'x'", "`displayName/x` is not a field"),
        ("displayName eq 5", "character 16: `displayName` takes a text in `'…'`"),
        ("displayName eq 'x\0'", "character 18: No text holds U+0000"),
        ("displayName eq 'x", "character 16: This text has no closing"),
        ("displayName eq", "Expected a value"),
        ("displayName has 'x'", "takes `eq`, `ne`"),
        ("displayName gt null", "`null` is compared by"),
        ("isFlagged gt true", "only `eq`, `ne` and `in`"),
        ("isFlagged eq 'true'", "`true` or `false`"),
        ("parentFolderId lt 'x'", "only `eq`, `ne` and `in`"),
        ("createdDateTime eq 'soon'", "an instant such as"),
        ("createdDateTime eq 2020-02-30", "an instant such as"),
        ("birthdayDate eq --02-30", "without a year"),
        ("emailAddresses eq 'x'", "only `/any(…)`"),
        ("emailAddresses/all(x:x/address eq 'y')", "expected `any("),
        ("emailAddresses/any(x:address eq 'y')", "a path begins with `x`"),
        ("emailAddresses/any(x:x eq 'y')", "say `x/address`"),
        ("categories/any(x:x/y eq 'y')", "there are: the item itself"),
        ("displayName/any()", "has no items"),
        ("substringof('x',displayName)", "The functions are"),
        ("startswith('x',displayName)", "Expected a field"),
        ("startswith(createdDateTime,'x')", "is no text"),
        ("startswith(displayName,null)", "Expected a text"),
        ("displayName eq 'ä' 'x'", "character 20: Expected `and`"),
        ("(displayName eq 'x'", "Expected `)`"),
        ("displayName eq 'x')", "Expected `and`, `or` or the end"),
        ("displayName in ()", "takes a text"),
        ("displayName eq \"x\"", "A text goes in `'…'`"),
        ("contains(categories,'x')", "say `categories/any(a:contains(a,'…'))`"),
        ("startswith(displayName,'x') eq 1", "`true` or `false`"),
        ("displayName eq \u{2019}x\u{2019}", "character 16: This character has no meaning"),
    ] {
        let problem = parse(filter, &FIELDS, LIMITS).expect_err(filter).to_string();
        assert!(problem.starts_with("ErrorInvalidUrlQueryFilter: ") && problem.contains(told), "{filter}: {problem}");
    }
}

#[test]
fn limits_are_exact() {
    let test = "displayName eq 'x'";
    let chain = |terms: usize| vec![test; terms].join(" and ");
    let nested = |open: &str, close: &str, depth: usize| [&open.repeat(depth), test, &close.repeat(depth)].concat();
    let within = |values: usize| format!("displayName in ({})", vec!["'x'"; values].join(","));
    let padded = |bytes: usize| format!("{test}{}", " ".repeat(bytes - test.len()));
    let deep = Limits { bytes: 1_000_000, terms: 20, depth: u64::MAX };
    for (limits, filter, taken) in [
        (LIMITS, chain(20), true),
        (LIMITS, chain(21), false),
        (LIMITS, within(20), true),
        (LIMITS, within(21), false),
        (LIMITS, nested("(", ")", 16), true),
        (LIMITS, nested("(", ")", 17), false),
        (LIMITS, vec!["not(displayName eq 'x')"; 20].join(" and "), true),
        (LIMITS, nested("not ", "", 16), true),
        (LIMITS, nested("not ", "", 17), false),
        (LIMITS, padded(2048), true),
        (LIMITS, padded(2049), false),
        (deep, nested("not(", ")", 32), true),
        (deep, nested("not(", ")", 33), false),
        (deep, nested("(", "", 300_000), false),
    ] {
        let read = parse(&filter, &FIELDS, limits);
        assert_eq!(read.is_ok(), taken, "{} bytes: {:?}", filter.len(), read.map_err(|problem| problem.to_string()));
    }
}

#[test]
fn a_function_may_be_compared_as_graphs_clients_do() {
    let plain = read("startswith(displayName,'x')");
    assert_eq!(read("startswith(displayName,'x') eq true"), plain);
    assert_eq!(read("startswith(displayName,'x') eq false"), Expr::Not(Box::new(plain)));
}
