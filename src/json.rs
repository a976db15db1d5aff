//! JSON read strictly: no member twice, no more nesting than allowed, nothing after the value.
//! A leaf: imports nothing of ours. Token headers, claims and request bodies all come through here.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads one JSON value from `bytes`, at most `depth` objects and arrays deep (a scalar has depth 0).
///
/// Refuses what `serde_json` lets through: a member given twice in one object (RFC 7515 §4, RFC 7519 §4; for bodies it
/// keeps two readers from seeing two values) and nesting beyond `depth`. The error names the line and column.
pub fn strict(bytes: &[u8], depth: usize) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth }),
            None => Err(E::custom("nested too deeply")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(inner)?;
            if members.contains_key(&name) {
                return Err(de::Error::custom(format_args!("member `{}` is given twice", shown(&name))));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

/// A name from outside, fit to be shown: at most 64 characters, none of them a control, a line or a direction.
pub fn shown(name: &str) -> String {
    name.chars().filter(|c| !hides(*c)).take(64).collect()
}

/// Whether it is a control, a line or a direction: not what it looks like where it is shown.
pub fn hides(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::strict;

    #[test]
    fn a_name_is_shown_in_short() {
        let name = "k".repeat(500_000);
        let text = format!("{{\"{name}\":1,\"{name}\":2}}");
        let error = strict(text.as_bytes(), 8).expect_err("given twice").to_string();
        assert!(error.len() < 200, "{}", error.len());
        assert_eq!(super::shown("a\u{2028}b\u{202e}c\n"), "abc");
    }

    #[test]
    fn keeps_what_is_plain() {
        let text = br#"{"a":[1,-2,1.5,true,null,"x"],"b":{"c":{}}}"#;
        assert_eq!(strict(text, 3).ok(), serde_json::from_slice(text).ok());
    }

    #[test]
    fn refuses_twice_given_members_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"\u0061":2}]}"#] {
            let error = strict(text.as_bytes(), 8).expect_err(text);
            assert!(error.to_string().contains("`a` is given twice"), "{error}");
        }
    }

    #[test]
    fn refuses_depth_beyond_the_limit_and_trailing_text() {
        assert!(strict(b"[[[]]]", 3).is_ok());
        assert!(strict(b"[[[]]]", 2).is_err());
        assert!(strict(b"{} x", 2).is_err());
        assert!(strict("[".repeat(1_000_000).as_bytes(), 32).is_err());
    }
}
