//! Members that are none of ours: an open object keeps them (api.md §4). Each is a property X-SHAREHOLD-MEMBER whose
//! text is a JSON object of that one member, so every writer carries it along.
//! Imports `property`, `shape`, json, problem.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::json;
use crate::problem::{Code, Problem};
use crate::resources::content_line::property::{Property, escaped};
use crate::resources::shape;

const NAME: &str = "X-SHAREHOLD-MEMBER";
const MOST: usize = 100;
const BYTES: usize = 64 * 1024;
const DEPTH: usize = 16;

/// The kind's own member that has a name, but for the case of letters.
pub type Ours = fn(&str) -> Option<&'static str>;

/// The unknown members of a record, as many as may be put into one; one that would pass for a member of ours is not shown.
pub fn shown(properties: &[Property], ours: Ours) -> Map<String, Value> {
    let mut members = Map::new();
    let mut bytes = 0;
    let kept = properties.iter().filter(|property| property.is(NAME)).take_while(|property| {
        bytes += property.value.len();
        bytes <= BYTES
    });
    for (name, value) in kept.filter_map(|property| member(property, ours)).take(MOST) {
        members.entry(name).or_insert(value);
    }
    members
}

fn member(property: &Property, ours: Ours) -> Option<(String, Value)> {
    if !property.is(NAME) || property.value.len() > 2 * BYTES {
        return None;
    }
    let Ok(Value::Object(object)) = json::strict(property.text().as_bytes(), DEPTH + 1) else { return None };
    let mut members = object.into_iter();
    let member = members.next().filter(|(name, _)| ours(name).is_none() && !shape::is_annotation(name))?;
    members.next().is_none().then_some(member)
}

/// Puts unknown members into the record, or takes them out. What the record holds is read once, however many are given.
pub fn put(properties: &mut Vec<Property>, given: &[(&String, &Value)], ours: Ours) -> Result<(), Problem> {
    if given.is_empty() {
        return Ok(());
    }
    let too_many = || {
        let message = "An item keeps at most 100 members that it does not know, 64 KiB together.";
        Problem::new(Code::PropertyValidation, message)
    };
    if given.len() > MOST {
        return Err(too_many());
    }
    let mut places = HashMap::new();
    for (at, (name, _)) in
        properties.iter().enumerate().filter_map(|(at, property)| Some((at, member(property, ours)?)))
    {
        places.entry(name).or_insert(at);
    }
    let mut gone = Vec::new();
    for (name, value) in given {
        if let Some(ours) = ours(name) {
            return Err(shape::invalid(&json::shown(name), &format!("is no member here: write `{ours}`")));
        }
        let place = places.get(*name).copied();
        if value.is_null() {
            gone.extend(place);
            continue;
        }
        let property = written(name, value)?;
        match place.and_then(|place| properties.get_mut(place)) {
            Some(slot) => *slot = property,
            None => properties.push(property),
        }
    }
    let mut at = 0;
    properties.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
    let kept = properties.iter().filter(|property| property.is(NAME));
    let (count, bytes) = kept.fold((0, 0), |(count, bytes), property| (count + 1, bytes + property.value.len()));
    let takes_out_only = given.iter().all(|(_, value)| value.is_null());
    if !takes_out_only && (count > MOST || bytes > BYTES) { Err(too_many()) } else { Ok(()) }
}

fn written(name: &str, value: &Value) -> Result<Property, Problem> {
    let object = Value::Object(Map::from_iter([(name.to_owned(), value.clone())])).to_string();
    // What a line cannot hold stands in JSON's own escapes: only within strings can it be there.
    let unwritable = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let object = object.chars().fold(String::new(), |mut text, c| {
        if unwritable(c) {
            text.extend(["\\u".to_owned(), format!("{:04x}", u32::from(c))]);
        } else {
            text.push(c);
        }
        text
    });
    if json::strict(object.as_bytes(), DEPTH + 1).is_err() {
        return Err(shape::invalid(&json::shown(name), "is nested too deeply"));
    }
    Ok(Property::new(NAME, escaped(&object)))
}
