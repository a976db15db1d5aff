//! Filters made at random over a list of fields, and written as a client writes them.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat};
use proptest::prelude::*;
use proptest::sample::select;
use sharehold::query::filter::{Comparison, Expr, Field, Kind, Place, Value};
use sharehold::query::text::fold;

/// Which values a field is compared with.
pub type Values = fn(&'static Field) -> BoxedStrategy<Value>;

/// Any value that the field's kind has.
pub fn any_value(field: &'static Field) -> BoxedStrategy<Value> {
    match field.kind {
        Kind::Text => any::<String>().prop_map(|text| Value::Text(fold(&text).replace('\0', ""))).boxed(),
        Kind::Number => any::<i64>().prop_map(Value::Number).boxed(),
        Kind::Instant => (0_i64..4_000_000_000_000_000).prop_map(Value::Instant).boxed(),
        Kind::PartialDate => {
            let date = |(year, month, day)| match year {
                Some(year) => Value::Date(format!("{year:04}-{month:02}-{day:02}")),
                None => Value::Date(format!("--{month:02}-{day:02}")),
            };
            (prop::option::of(1_u32..3000), 1_u32..13, 1_u32..29).prop_map(date).boxed()
        }
        Kind::Id => "[a-z0-9-]{1,36}".prop_filter("null", |id| id != "null").prop_map(Value::Id).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Collection(_) => unreachable!("a collection has no value"),
    }
}

/// A filter over `fields` of at most some 20 tests.
pub fn filter(fields: &'static [Field], values: Values) -> BoxedStrategy<Expr> {
    let test = select(fields.iter().collect::<Vec<_>>()).prop_flat_map(move |field| test(field, values));
    let many = |part| prop::collection::vec(part, 2..4);
    test.prop_recursive(3, 10, 3, move |part| {
        prop_oneof![
            many(part.clone()).prop_map(|parts| Expr::All(flat(parts, true))),
            many(part.clone()).prop_map(|parts| Expr::Any(flat(parts, false))),
            part.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
    .boxed()
}

/// A chain holds no chain of its own kind.
fn flat(parts: Vec<Expr>, all: bool) -> Vec<Expr> {
    let inner = |part| match part {
        Expr::All(inner) if all => inner,
        Expr::Any(inner) if !all => inner,
        other => vec![other],
    };
    parts.into_iter().flat_map(inner).collect()
}

fn test(field: &'static Field, values: Values) -> BoxedStrategy<Expr> {
    if let Kind::Collection(members) = field.kind {
        let inner = filter(members, values).prop_map(|inner| Some(Box::new(inner)));
        return prop_oneof![1 => Just(None), 4 => inner].prop_map(move |inner| Expr::Has(field, inner)).boxed();
    }
    let equal = select(vec![Comparison::Equal, Comparison::NotEqual]);
    let or_null = prop_oneof![4 => values(field), 1 => Just(Value::Null)];
    let equality = (equal, or_null.clone()).prop_map(move |(how, value)| Expr::Compare(field, how, value)).boxed();
    let within = prop::collection::vec(or_null, 1..4).prop_map(move |values| Expr::In(field, values)).boxed();
    if matches!(field.kind, Kind::Id | Kind::Bool) {
        return prop_oneof![equality, within].boxed();
    }
    let order =
        select(vec![Comparison::Greater, Comparison::GreaterOrEqual, Comparison::Less, Comparison::LessOrEqual]);
    let order = (order, values(field)).prop_map(move |(how, value)| Expr::Compare(field, how, value)).boxed();
    if field.kind != Kind::Text {
        return prop_oneof![equality, within, order].boxed();
    }
    let place = select(vec![Place::Start, Place::End, Place::Anywhere]);
    let holds = (place, values(field)).prop_map(move |(place, value)| match value {
        Value::Text(text) => Expr::Holds(field, place, text),
        other => Expr::Compare(field, Comparison::Equal, other),
    });
    prop_oneof![equality, within, order, holds].boxed()
}

/// As a client writes it.
pub fn written(expr: &Expr) -> String {
    let mut text = String::new();
    write(&mut text, expr, "");
    text
}

fn write(out: &mut String, expr: &Expr, item: &str) {
    match expr {
        Expr::All(parts) => chain(out, parts, " and ", item),
        Expr::Any(parts) => chain(out, parts, " or ", item),
        Expr::Not(inner) => {
            out.push_str("not ");
            inside(out, inner, item);
        }
        Expr::Compare(field, how, value) => {
            let how = match how {
                Comparison::Equal => "eq",
                Comparison::NotEqual => "ne",
                Comparison::Greater => "gt",
                Comparison::GreaterOrEqual => "ge",
                Comparison::Less => "lt",
                Comparison::LessOrEqual => "le",
            };
            write!(out, "{} {how} {}", path(field, item), literal(value)).unwrap();
        }
        Expr::In(field, values) => {
            let values: Vec<_> = values.iter().map(literal).collect();
            write!(out, "{} in ({})", path(field, item), values.join(", ")).unwrap();
        }
        Expr::Holds(field, place, text) => {
            let function = match place {
                Place::Start => "startswith",
                Place::End => "endswith",
                Place::Anywhere => "contains",
            };
            write!(out, "{function}({},{})", path(field, item), quoted(text)).unwrap();
        }
        Expr::Has(field, None) => write!(out, "{}/any()", path(field, item)).unwrap(),
        Expr::Has(field, Some(inner)) => {
            write!(out, "{}/any(x:", path(field, item)).unwrap();
            write(out, inner, "x");
            out.push(')');
        }
    }
}

fn chain(out: &mut String, parts: &[Expr], operator: &str, item: &str) {
    for (at, part) in parts.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { operator });
        inside(out, part, item);
    }
}

fn inside(out: &mut String, expr: &Expr, item: &str) {
    if matches!(expr, Expr::All(_) | Expr::Any(_)) {
        out.push('(');
        write(out, expr, item);
        out.push(')');
    } else {
        write(out, expr, item);
    }
}

fn path(field: &Field, item: &str) -> String {
    match (item, field.name) {
        ("", name) => name.to_owned(),
        (item, "") => item.to_owned(),
        (item, name) => format!("{item}/{name}"),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => quoted(text),
        Value::Number(millionths) => {
            let (sign, size) = (if *millionths < 0 { "-" } else { "" }, millionths.unsigned_abs());
            format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
        }
        Value::Instant(micros) => {
            DateTime::from_timestamp_micros(*micros).unwrap().to_rfc3339_opts(SecondsFormat::Micros, true)
        }
        Value::Date(date) => date.clone(),
        Value::Id(id) => quoted(id),
        Value::Bool(bool) => bool.to_string(),
    }
}
