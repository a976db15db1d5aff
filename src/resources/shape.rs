//! The shapes that a member's value may have: checked on the way in, described in the OpenAPI document.
//! One table of members a kind names them; nothing else decides what is a valid value.

use chrono::NaiveDate;
use serde_json::{Map, Value};
use url::Url;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::json;
use crate::problem::{Code, Problem};

/// What a member may hold.
#[derive(Debug)]
pub enum Shape {
    /// One line of at most so many characters, without control characters.
    Line(usize),
    /// Text of at most so many characters; line breaks and tabs are allowed.
    Text(usize),
    /// An absolute http or https URL.
    Url,
    /// A language tag (BCP 47), such as `pt-BR`.
    Language,
    /// A date, `YYYY-MM-DD`, or without a year, `--MM-DD` (RFC 6350 §4.3.1).
    PartialDate,
    /// Yes or no.
    Bool,
    /// A whole number within these bounds.
    Integer(i64, i64),
    /// A number.
    Number,
    /// One of these words, in any case of letters; kept as it stands here.
    OneOf(&'static [&'static str]),
    /// Whatever the kind itself reads.
    Any,
    /// At most so many of the same.
    List(usize, &'static Shape),
    /// An object of these members, all optional.
    Object(&'static [(&'static str, Shape)]),
}

impl Shape {
    /// What the member holds when nothing was given.
    pub fn empty(&self) -> Value {
        match self {
            Self::List(..) => Value::Array(Vec::new()),
            _ => Value::Null,
        }
    }

    /// The same as JSON text.
    pub fn empty_json(&self) -> &'static str {
        match self {
            Self::List(..) => "[]",
            _ => "null",
        }
    }

    /// `given`, merged into `current` (objects member by member, all else replaced) and checked; `path` names it in errors.
    pub fn merged(&self, current: &Value, given: &Value, path: &str) -> Result<Value, Problem> {
        match (self, given) {
            (_, Value::Null) => Ok(self.empty()),
            (Self::Object(members), Value::Object(given)) => merged_object(members, current, given, path),
            (Self::List(most, shape), Value::Array(items)) => {
                if items.len() > *most {
                    return Err(invalid(path, &format!("has more than {most} items")));
                }
                let each = |(at, item): (usize, &Value)| match item {
                    Value::Null => Err(invalid(&format!("{path}[{at}]"), "is null")),
                    item => shape.merged(&Value::Null, item, &format!("{path}[{at}]")),
                };
                items.iter().enumerate().map(each).collect::<Result<_, _>>().map(Value::Array)
            }
            (Self::List(..), _) => Err(invalid(path, "is not an array")),
            (Self::Object(_), _) => Err(invalid(path, "is not an object")),
            (Self::OneOf(words), Value::String(text)) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(text));
                word.map(|word| (*word).into())
                    .ok_or_else(|| invalid(path, &format!("is none of {}", words.join(", "))))
            }
            (Self::Any, _) | (Self::Bool, Value::Bool(_)) | (Self::Number, Value::Number(_)) => Ok(given.clone()),
            (Self::Bool, _) => Err(invalid(path, "is neither true nor false")),
            (Self::Integer(least, most), given) => match given.as_i64() {
                Some(number) if (*least..=*most).contains(&number) => Ok(given.clone()),
                _ => Err(invalid(path, &format!("is not a whole number from {least} to {most}"))),
            },
            (Self::Number, _) => Err(invalid(path, "is not a number")),
            (_, Value::String(text)) => self.check(text, path).map(|()| given.clone()),
            _ => Err(invalid(path, "is not a string")),
        }
    }

    fn check(&self, text: &str, path: &str) -> Result<(), Problem> {
        let fault = match self {
            Self::Line(most) | Self::Text(most) if text.chars().count() > *most => {
                return Err(invalid(path, &format!("is longer than {most} characters")));
            }
            Self::Line(_) => text.chars().any(breaks_line).then_some("holds a control character or a line break"),
            Self::Text(_) => text
                .chars()
                .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
                .then_some("holds a control character"),
            Self::Url => (!is_url(text)).then_some("is not an absolute http or https URL"),
            Self::Language => (!is_language(text)).then_some("is not a language tag such as `pt-BR`"),
            Self::PartialDate => (!is_partial_date(text)).then_some("is not a date: write YYYY-MM-DD or --MM-DD"),
            Self::Any
            | Self::Bool
            | Self::Integer(..)
            | Self::Number
            | Self::OneOf(_)
            | Self::List(..)
            | Self::Object(_) => None,
        };
        fault.map_or(Ok(()), |fault| Err(invalid(path, fault)))
    }

    /// Its schema.
    pub fn schema(&self) -> RefOr<Schema> {
        let nullable = |object: ObjectBuilder, kind| {
            RefOr::T(Schema::Object(object.schema_type(SchemaType::from_iter([kind, Type::Null])).build()))
        };
        let text = |object| nullable(object, Type::String);
        let plain = ObjectBuilder::new;
        match self {
            Self::Line(most) | Self::Text(most) => text(plain().max_length(Some(*most))),
            Self::Url => text(plain().max_length(Some(URL_CHARS)).pattern(Some("^https?://"))),
            Self::Language => text(plain().max_length(Some(35)).description(Some("BCP 47 language tag"))),
            Self::PartialDate => text(
                plain()
                    .description(Some("YYYY-MM-DD, or --MM-DD without a year"))
                    .pattern(Some(r"^(\d{4}|-)-\d{2}-\d{2}$")),
            ),
            Self::Any => RefOr::T(Schema::Object(plain().schema_type(SchemaType::AnyValue).build())),
            Self::Bool => nullable(plain(), Type::Boolean),
            Self::Integer(least, most) => nullable(plain().minimum(Some(*least)).maximum(Some(*most)), Type::Integer),
            Self::Number => nullable(plain(), Type::Number),
            // Null is no value of an enumeration: whoever takes the default leaves the member out.
            Self::OneOf(words) => RefOr::T(Schema::Object(
                plain().schema_type(SchemaType::new(Type::String)).enum_values(Some(words.iter().copied())).build(),
            )),
            Self::List(most, shape) => {
                RefOr::T(Schema::Array(ArrayBuilder::new().items(not_null(shape)).max_items(Some(*most)).build()))
            }
            Self::Object(members) => {
                let object =
                    members.iter().fold(plain(), |object, (name, shape)| object.property(*name, shape.schema()));
                RefOr::T(Schema::Object(object.schema_type(SchemaType::from_iter([Type::Object, Type::Null])).build()))
            }
        }
    }
}

const URL_CHARS: usize = 2048;

/// The schema of what was imported, which is shown as it is: no lengths and patterns are promised.
pub fn loose(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.max_length = None;
            object.pattern = None;
            object.properties = object.properties.into_iter().map(|(name, schema)| (name, loose(schema))).collect();
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.max_items = None;
            if let ArrayItems::RefOrSchema(items) = array.items {
                array.items = ArrayItems::RefOrSchema(Box::new(loose(*items)));
            }
            RefOr::T(Schema::Array(array))
        }
        other => other,
    }
}

fn not_null(shape: &Shape) -> RefOr<Schema> {
    match shape.schema() {
        RefOr::T(Schema::Object(mut object)) => {
            let kind = if matches!(shape, Shape::Object(_)) { Type::Object } else { Type::String };
            object.schema_type = SchemaType::new(kind);
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

fn merged_object(
    members: &[(&str, Shape)],
    current: &Value,
    given: &Map<String, Value>,
    path: &str,
) -> Result<Value, Problem> {
    let mut merged = current.as_object().cloned().unwrap_or_default();
    for (name, value) in given.iter().filter(|(name, _)| !is_annotation(name)) {
        let path = format!("{path}.{}", json::shown(name));
        let Some((_, shape)) = members.iter().find(|(member, _)| member == name) else { return Err(unknown(&path)) };
        merged.insert(name.clone(), shape.merged(merged.get(name).unwrap_or(&Value::Null), value, &path)?);
    }
    Ok(Value::Object(merged))
}

/// Whether a member is an annotation (`@odata.type`, `links@odata.type`, `@microsoft.graph.conflictBehavior`): SDKs send them, they say
/// nothing to us.
pub fn is_annotation(name: &str) -> bool {
    name.contains("@odata.") || name.starts_with("@microsoft.graph.")
}

/// The answer to a member that does not exist.
pub fn unknown(path: &str) -> Problem {
    Problem::new(Code::PropertyValidation, format!("`{path}` is not a member of this resource.")).target(path)
}

/// The answer to a value that a member cannot have.
pub fn invalid(path: &str, fault: &str) -> Problem {
    Problem::new(Code::PropertyValidation, format!("`{path}` {fault}.")).target(path)
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

// A link is shown to others: it must say where it leads, so no credentials, and nothing that a browser would mend in silence.
fn is_url(text: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '\\';
    let scheme = |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let written =
        (scheme("https://") || scheme("http://")) && text.chars().count() <= URL_CHARS && text.chars().all(plain);
    written && Url::parse(text).is_ok_and(|url| url.has_host() && url.username().is_empty() && url.password().is_none())
}

// BCP 47 by its outline: subtags of letters and digits, the first of letters; the registry is not consulted.
fn is_language(text: &str) -> bool {
    let subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
    let first = text.split('-').next().unwrap_or_default();
    text.len() <= 35
        && first.len() >= 2
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && text.split('-').all(subtag)
}

fn is_partial_date(text: &str) -> bool {
    let form = |pattern: &[u8]| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern).all(|(b, p)| if *p == b'-' { b == b'-' } else { b.is_ascii_digit() })
    };
    // A leap year stands in for the missing one: 29 February is a birthday.
    let whole = if form(b"0000-00-00") {
        text.to_owned()
    } else if form(b"--00-00") {
        text.replacen("--", "2000-", 1)
    } else {
        return false;
    };
    whole.parse::<NaiveDate>().is_ok()
}
