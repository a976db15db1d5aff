//! Settings as they were written, before they have types: each with where it came from, so that a fault can say so.
//! The file is read into a tree; variables and flags are laid over it. A leaf: imports nothing of ours.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

/// Where a setting was written.
#[derive(Clone)]
pub(super) enum Origin {
    /// A line of the file.
    File { name: String, line: usize },
    /// A variable of the environment, by its name.
    Environment(String),
    /// `--set`, with the key it names.
    Flag(String),
}

impl Origin {
    /// Variables and flags are text only: what it means is decided by the setting's type.
    pub(super) fn is_text(&self) -> bool {
        !matches!(self, Self::File { .. })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(key) => write!(f, "--set {key}"),
        }
    }
}

/// A value and where it came from. Not `Debug`: it may hold a password.
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Value,
}

/// What TOML can say and a setting can be.
pub(super) enum Value {
    /// Wiped when dropped: it may be a password.
    Text(Zeroizing<String>),
    Whole(i64),
    Bool(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
    /// A float or a date, by its name: no setting is one.
    Other(&'static str),
}

/// One step of a path: into a table or into a list.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Place(usize),
}

/// A path as faults show it: `authorization_servers.0.issuer`.
pub(super) fn dotted(path: &[Step]) -> String {
    let steps: Vec<String> = path.iter().map(ToString::to_string).collect();
    steps.join(".")
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Place(place) => write!(f, "{place}"),
        }
    }
}

impl Node {
    /// Reads a TOML file's `text`. The error is the line and what was wrong there, without quoting the line: it may hold a
    /// password.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, (Origin, String)> {
        let at = |offset: usize| Origin::File { name: name.to_owned(), line: line_of(text, offset) };
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { origin: at(0), value: table_of(table.get_ref(), &at) }),
            Err(error) => Err((at(error.span().map_or(0, |span| span.start)), error.message().to_owned())),
        }
    }

    /// An empty table.
    pub(super) fn empty(origin: Origin) -> Self {
        Self { origin, value: Value::Table(BTreeMap::new()) }
    }

    /// Lays `text` over whatever is at `path`, making tables and the next place of a list on the way.
    pub(super) fn set(&mut self, path: &[&str], text: &str, origin: &Origin) -> Result<(), String> {
        let Some((first, rest)) = path.split_first() else {
            *self = Self { origin: origin.clone(), value: Value::Text(Zeroizing::new(text.to_owned())) };
            return Ok(());
        };
        match (&mut self.value, first.parse::<usize>().ok()) {
            (Value::Table(members), None) => {
                let member = members.entry((*first).to_owned()).or_insert_with(|| Self::empty(origin.clone()));
                member.set(rest, text, origin)
            }
            (Value::List(items), Some(place)) => {
                let length = items.len();
                if place == length {
                    items.push(Self::empty(origin.clone()));
                }
                let item = items.get_mut(place);
                item.ok_or_else(|| format!("the list has {length} entries: the next place is {length}"))?
                    .set(rest, text, origin)
            }
            // Something else is there: the higher rank replaces it.
            (_, place) => {
                let value = if place.is_some() { Value::List(Vec::new()) } else { Value::Table(BTreeMap::new()) };
                *self = Self { origin: origin.clone(), value };
                self.set(path, text, origin)
            }
        }
    }

    /// The node at `path`.
    pub(super) fn get(&self, path: &[Step]) -> Option<&Self> {
        path.iter().try_fold(self, |node, step| match (&node.value, step) {
            (Value::Table(members), Step::Key(key)) => members.get(key),
            (Value::List(items), Step::Place(place)) => items.get(*place),
            _ => None,
        })
    }

    /// Takes out the innermost member named in `path`; false if there is none.
    pub(super) fn remove(&mut self, path: &[Step]) -> bool {
        let Some(last) = path.iter().rposition(|step| matches!(step, Step::Key(_))) else { return false };
        let (Some(Step::Key(key)), Some(way)) = (path.get(last), path.get(..last)) else { return false };
        let parent = way.iter().try_fold(self, |node, step| match (&mut node.value, step) {
            (Value::Table(members), Step::Key(key)) => members.get_mut(key),
            (Value::List(items), Step::Place(place)) => items.get_mut(*place),
            _ => None,
        });
        match parent.map(|node| &mut node.value) {
            Some(Value::Table(members)) => members.remove(key).is_some(),
            _ => false,
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn table_of(table: &DeTable<'_>, at: &impl Fn(usize) -> Origin) -> Value {
    let member = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &Spanned<toml::de::DeString<'_>> = key;
        // A table begins where its header is, which is where its key is.
        (key.get_ref().to_string(), Node { origin: at(key.span().start), value: value_of(value.get_ref(), at) })
    };
    Value::Table(table.iter().map(member).collect())
}

fn value_of(value: &DeValue<'_>, at: &impl Fn(usize) -> Origin) -> Value {
    match value {
        DeValue::String(text) => Value::Text(Zeroizing::new(text.to_string())),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(whole) => Value::Whole(whole),
            Err(_) => Value::Other("a number out of range"),
        },
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Array(items) => {
            let item = |item: &Spanned<DeValue<'_>>| Node {
                origin: at(item.span().start),
                value: value_of(item.get_ref(), at),
            };
            Value::List(items.iter().map(item).collect())
        }
        DeValue::Table(table) => table_of(table, at),
        DeValue::Float(_) => Value::Other("a number with a point"),
        DeValue::Datetime(_) => Value::Other("a date"),
    }
}
