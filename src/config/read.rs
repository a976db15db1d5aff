//! Gives the tree of settings its types: a serde deserializer that reads text from variables and flags by the type that is
//! wanted, and whose errors keep what serde knew. A leaf: imports nothing of ours.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::tree::{Node, Value};

/// Why a setting was refused.
#[derive(Debug)]
pub(super) enum Reason {
    /// No such key; those there are.
    Unknown(&'static [&'static str]),
    /// The key that must be there and is not.
    Missing(&'static str),
    /// Anything else, in words.
    Said(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(_) => f.write_str("unknown key"),
            Self::Missing(key) => write!(f, "`{key}` is missing"),
            Self::Said(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Reason {}

impl de::Error for Reason {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self::Said(words.to_string())
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Unknown(expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::Said(format!("must be one of `{}`, not `{variant}`", expected.join("`, `")))
    }
}

impl Node {
    /// The value's kind only, never the value: it may be a password.
    fn wanted(&self, wanted: &str) -> Reason {
        let found = match &self.value {
            Value::Text(_) if self.origin.is_text() => "what was given",
            Value::Text(_) => "a text",
            Value::Whole(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(name) => name,
        };
        Reason::Said(format!("must be {wanted}, not {found}"))
    }

    fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn given(&self) -> Option<&str> {
        self.text().filter(|_| self.origin.is_text())
    }
}

impl<'de> IntoDeserializer<'de, Reason> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for &'de Node {
    type Error = Reason;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        match &self.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Whole(whole) => visitor.visit_i64(*whole),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.deserialize_map(visitor),
            Value::Other(_) => Err(self.wanted("something else")),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        match (&self.value, self.given()) {
            (Value::Bool(truth), _) => visitor.visit_bool(*truth),
            (_, Some("true")) => visitor.visit_bool(true),
            (_, Some("false")) => visitor.visit_bool(false),
            _ => Err(self.wanted("`true` or `false`")),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        let whole = match &self.value {
            Value::Whole(whole) => u64::try_from(*whole).ok(),
            _ => self.given().and_then(|text| text.parse().ok()),
        };
        visitor.visit_u64(whole.ok_or_else(|| self.wanted("a whole number, not below 0"))?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        visitor.visit_str(self.text().ok_or_else(|| self.wanted("a text in quotes"))?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        match (&self.value, self.given()) {
            (Value::List(items), _) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            (_, Some(text)) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                visitor.visit_seq(SeqDeserializer::new(items))
            }
            _ => Err(self.wanted("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reason> {
        match &self.value {
            Value::Table(members) => {
                visitor.visit_map(MapDeserializer::new(members.iter().map(|(key, node)| (key.as_str(), node))))
            }
            _ => Err(self.wanted("a table")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reason> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reason> {
        let name = self.text().ok_or_else(|| self.wanted("a text in quotes"))?;
        visitor.visit_enum(name.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct
        identifier ignored_any
    }
}
