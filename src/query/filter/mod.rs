//! `$filter`: OData's language as far as graph.md has it, read into a tree over the fields that the caller allows.
//! May import `problem`, `json`.
//!
//! ```text
//! expr    = all *( "or" all )                    all = unary *( "and" unary )
//! unary   = "not" unary / "(" expr ")" / test
//! test    = path ( "eq" / "ne" / "gt" / "ge" / "lt" / "le" ) value
//!         / path "in" "(" value *( "," value ) ")"
//!         / ( "startswith" / "endswith" / "contains" ) "(" path "," string ")" [ "eq" ( "true" / "false" ) ]
//!         / path "/any" "(" [ name ":" expr ] ")"        ; in it, paths begin with the name
//! value   = "null" / "true" / "false" / string / number / date / instant / id
//! ```
//! (OData ABNF 4.01 `boolCommonExpr`; names and operators are taken in any case.) `not` covers the whole test after it.
//! The logic has two values: what is missing equals null and `''`, is never less or greater, and `not` turns that round.

mod lexer;
mod parser;
mod value;

use crate::json::shown;
use crate::problem::{Code, Problem};

/// A field that the caller allows.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its path as clients write it (`homeAddress/city`); empty: the item itself, of a collection of texts.
    pub name: &'static str,
    /// What it may be compared with.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, compared folded, byte by byte.
    Text,
    /// A number.
    Number,
    /// A point in time.
    Instant,
    /// A date that may lack its year.
    PartialDate,
    /// An item's id: equal or not, whatever its form.
    Id,
    /// True or false.
    Bool,
    /// Items, of which these may be compared.
    Collection(&'static [Field]),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// Where in a text another is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `startswith`
    Start,
    /// `endswith`
    End,
    /// `contains`
    Anywhere,
}

/// A value, of the kind of the field that it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// Folded ([`fold`](crate::query::text::fold)).
    Text(String),
    /// In millionths.
    Number(i64),
    /// Microseconds since 1970, UTC.
    Instant(i64),
    /// `YYYY-MM-DD`, or `--MM-DD` without a year.
    Date(String),
    /// As given.
    Id(String),
    /// `true` or `false`
    Bool(bool),
}

/// A filter: what of it is true of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Each is; at least two, none of them `All`.
    All(Vec<Expr>),
    /// One is; at least two, none of them `Any`.
    Any(Vec<Expr>),
    /// It is not.
    Not(Box<Expr>),
    /// The field stands so to the value.
    Compare(&'static Field, Comparison, Value),
    /// The field is one of the values; at least one.
    In(&'static Field, Vec<Value>),
    /// The folded text is in the field.
    Holds(&'static Field, Place, String),
    /// The collection has an item of which this is true; any item, where there is none.
    Has(&'static Field, Option<Box<Expr>>),
}

/// The limits that the operator set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole.
    pub bytes: u64,
    /// Tests; each value of an `in` is one.
    pub terms: u64,
    /// Parentheses, `not` and `any` inside each other. Above 64 it counts as 64: the tree is walked by recursion.
    pub depth: u64,
}

/// Reads a filter over `fields`. What is wrong is told with its place and with what is taken there.
pub fn parse(text: &str, fields: &'static [Field], limits: Limits) -> Result<Expr, Problem> {
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    if size > limits.bytes {
        let message = format!("`$filter` has {size} bytes; it may have {}.", limits.bytes);
        return Err(Problem::new(Code::InvalidFilter, message).target("$filter"));
    }
    parser::parse(text, fields, limits).map_err(|fault| fault.told(text))
}

/// What is wrong, and at which byte.
struct Fault {
    at: usize,
    message: String,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    fn told(self, text: &str) -> Problem {
        let before = text.get(..self.at).unwrap_or(text).chars().count();
        let message = format!("`$filter`, character {}: {}", before + 1, self.message);
        Problem::new(Code::InvalidFilter, message).target("$filter")
    }
}

/// The paths of `fields`, for a message.
fn names(fields: &[Field]) -> String {
    let names: Vec<_> = fields.iter().map(|field| field.name).filter(|name| !name.is_empty()).collect();
    if names.is_empty() { "the item itself".to_owned() } else { names.join(", ") }
}

fn unknown(at: usize, name: &str, fields: &[Field]) -> Fault {
    Fault::new(at, format!("`{}` is not a field to filter by; there are: {}.", shown(name), names(fields)))
}

#[cfg(test)]
mod tests;
