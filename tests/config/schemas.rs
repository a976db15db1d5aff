//! `schema/config.schema.json` and `schema/claims.schema.json` say what the code says.

use std::collections::BTreeSet;
use std::fs;

use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use serde_json::{Map, Value};
use sharehold::cli::token_mint::Claims;
use sharehold::config;
use sharehold::config::{
    AuthorizationServer, Blobs, Config, Cors, Database, Keys, Limits, OwnerPage, Rate, Retention, S3, Server, Tls,
    Users,
};

use crate::support::house::now;

fn schema(name: &str) -> Value {
    let path = format!("{}/schema/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("JSON")
}

/// Asks a struct for its keys, and gives it nothing.
struct Ask<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for Ask<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.extend(fields);
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn keys_of<T: DeserializeOwned>() -> BTreeSet<String> {
    let mut keys = Vec::new();
    drop(T::deserialize(Ask(&mut keys)).err().expect("given nothing"));
    assert!(!keys.is_empty());
    keys.into_iter().map(str::to_owned).collect()
}

fn properties(schema: &Value) -> BTreeSet<String> {
    assert_eq!(schema["additionalProperties"], Value::Bool(false), "unknown keys are refused");
    schema["properties"].as_object().expect("properties").keys().cloned().collect()
}

#[test]
fn the_schema_has_the_keys_that_the_structs_have() {
    let schema = schema("config");
    let at = |pointer: &str| schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"));
    for (pointer, keys) in [
        ("", keys_of::<Config>()),
        ("/properties/database", keys_of::<Database>()),
        ("/properties/blobs", keys_of::<Blobs>()),
        ("/properties/blobs/properties/s3", keys_of::<S3>()),
        ("/properties/keys", keys_of::<Keys>()),
        ("/properties/authorization_servers/items", keys_of::<AuthorizationServer>()),
        ("/properties/users", keys_of::<Users>()),
        ("/properties/cors", keys_of::<Cors>()),
        ("/properties/tls", keys_of::<Tls>()),
        ("/properties/rate", keys_of::<Rate>()),
        ("/properties/server", keys_of::<Server>()),
        ("/properties/retention", keys_of::<Retention>()),
        ("/properties/owner_page", keys_of::<OwnerPage>()),
        ("/properties/limits", keys_of::<Limits>()),
    ] {
        assert_eq!(properties(at(pointer)), keys, "schema/config.schema.json {pointer}");
    }
}

/// Visits every property below a schema, by its dotted name.
fn each(schema: &Value, name: &str, visit: &mut impl FnMut(&str, &Value)) {
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let name = format!("{name}{key}");
        visit(&name, property);
        each(property, &format!("{name}."), visit);
        each(&property["items"], &format!("{name}.0."), visit);
    }
}

#[test]
fn every_setting_is_described_and_every_number_has_a_unit_and_a_default() {
    let mut seen = 0;
    each(&schema("config"), "", &mut |name, property| {
        seen += 1;
        assert!(property["description"].as_str().is_some_and(|text| text.ends_with(['.', ')'])), "{name}");
        if property["type"] == "integer" {
            assert!(property["x-unit"].is_string() && property["default"].is_u64(), "{name}");
        }
    });
    assert!(seen > 90, "only {seen}");
}

/// Sets every default that the schema tells: the outcome is what comes of setting nothing.
#[test]
fn the_defaults_told_are_the_defaults_taken() {
    let issuer = "authorization_servers.0.issuer=https://as.example".to_owned();
    let mut sets = vec![issuer.clone()];
    each(&schema("config"), "", &mut |name, property| {
        let text = match &property["default"] {
            Value::Null => return,
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        };
        if name != "authorization_servers" {
            sets.push(format!("{name}={text}"));
        }
    });
    assert!(sets.len() > 75, "{}", sets.len());
    let load = |sets: &[String]| config::load(None, [], sets).expect("valid");
    assert_eq!(format!("{:#?}", load(&sets)), format!("{:#?}", load(&[issuer])));
}

#[test]
fn a_number_that_may_not_be_zero_is_told_so() {
    let smallest = |key: &str, text: &str| {
        let config = config::load(None, [], &[format!("{key}={text}")]).expect("readable");
        config::check(&config, now()).faults.iter().all(|fault| fault.key() != key)
    };
    let schema = schema("config");
    for (name, property) in schema["properties"]["limits"]["properties"].as_object().expect("limits") {
        let key = format!("limits.{name}");
        assert!(smallest(&key, &property["minimum"].to_string()), "{key}: its minimum is refused");
        assert_eq!(property["minimum"] == 0, smallest(&key, "0"), "{key}: 0");
    }
}

#[test]
fn the_largest_numbers_told_are_the_largest_taken() {
    let refused = |key: &str, number: u64| {
        let server = "authorization_servers.0.issuer=https://as.example".to_owned();
        let config = config::load(None, [], &[server, format!("{key}={number}")]).expect("readable");
        let report = config::check(&config, now());
        report.faults.iter().filter(|fault| fault.key() == key).count()
    };
    let mut seen = 0;
    each(&schema("config"), "", &mut |name, property| {
        if property["type"] != "integer" {
            return;
        }
        seen += 1;
        let most = property["maximum"].as_u64().unwrap_or_else(|| panic!("{name}: every number has an end"));
        // A page's default must fit into the largest page, which is another setting.
        if name != "limits.page_items" {
            assert_eq!(refused(name, most), 0, "{name}: its maximum is refused");
        }
        assert!(refused(name, most + 1) > 0, "{name}: above its maximum");
    });
    assert!(seen > 50, "only {seen}");
}

#[test]
fn a_minted_token_says_what_the_schema_of_claims_asks_for() {
    let schema = schema("claims");
    let claims = Claims {
        issuer: "https://as.example".into(),
        audience: vec!["https://api.example".into()],
        subject: "ann".into(),
        client: "site".into(),
        scope: "User.Read".into(),
        lifetime_s: 60,
        more: Map::new(),
    };
    let claims = claims.issued_at(now());
    for required in schema["required"].as_array().expect("a list") {
        assert!(claims.contains_key(required.as_str().expect("a name")), "{required}");
    }
    for (name, value) in &claims {
        let told = &schema["properties"][name];
        assert!(told["description"].is_string(), "{name}");
        match told["type"].as_str() {
            Some("string") => assert!(value.is_string(), "{name}"),
            Some("number") => assert!(value.is_number(), "{name}"),
            _ => assert_eq!(name, "aud"),
        }
    }
}
