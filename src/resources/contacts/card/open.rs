//! Members that are none of ours: an open object keeps them (api.md §4). Each is a property X-SHAREHOLD-MEMBER whose
//! text is a JSON object of that one member, so every writer carries it along.
//! Imports `members`, `property`, `shape`, json, problem.

use serde_json::{Map, Value};

use crate::json;
use crate::problem::{Code, Problem};
use crate::resources::contacts::card::members::MEMBERS;
use crate::resources::contacts::card::property::{Property, escaped};
use crate::resources::contacts::card::schema::SERVER;
use crate::resources::shape;

const NAME: &str = "X-SHAREHOLD-MEMBER";
const MOST: usize = 100;
const BYTES: usize = 64 * 1024;
const DEPTH: usize = 16;

/// The unknown members of a card; one that would pass for a member of ours is not shown.
pub(super) fn shown(properties: &[Property]) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, value) in properties.iter().filter_map(member).take(MOST) {
        members.entry(name).or_insert(value);
    }
    members
}

fn member(property: &Property) -> Option<(String, Value)> {
    if !property.is(NAME) || property.value.len() > 2 * BYTES {
        return None;
    }
    let Ok(Value::Object(object)) = json::strict(property.text().as_bytes(), DEPTH + 1) else { return None };
    let mut members = object.into_iter();
    let member = members.next().filter(|(name, _)| is_free(name))?;
    members.next().is_none().then_some(member)
}

fn is_free(name: &str) -> bool {
    ours(name).is_none() && !shape::is_annotation(name)
}

/// The member of ours that has this name, but for the case of letters.
fn ours(name: &str) -> Option<&'static str> {
    let ours = MEMBERS.iter().map(|member| member.name).chain(SERVER).chain(["photo"]);
    ours.into_iter().find(|ours| ours.eq_ignore_ascii_case(name))
}

/// Puts an unknown member into the card, or takes it out.
pub(super) fn put(properties: &mut Vec<Property>, name: &str, value: &Value) -> Result<(), Problem> {
    if let Some(ours) = ours(name).filter(|ours| *ours != name) {
        return Err(shape::invalid(&json::shown(name), &format!("is no member here: write `{ours}`")));
    }
    let place = properties.iter().position(|property| member(property).is_some_and(|(member, _)| member == name));
    if value.is_null() {
        if let Some(place) = place {
            properties.remove(place);
        }
        return Ok(());
    }
    let object = Value::Object(Map::from_iter([(name.to_owned(), value.clone())])).to_string();
    // What a card's line cannot hold stands in JSON's own escapes: only within strings can it be there.
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
    let property = Property::new(NAME, escaped(&object));
    match place.and_then(|place| properties.get_mut(place)) {
        Some(slot) => *slot = property,
        None => properties.push(property),
    }
    let kept = properties.iter().filter(|property| property.is(NAME));
    let (count, bytes) = kept.fold((0, 0), |(count, bytes), property| (count + 1, bytes + property.value.len()));
    if count > MOST || bytes > BYTES {
        let message = "A contact keeps at most 100 members that it does not know, 64 KiB together.";
        return Err(Problem::new(Code::PropertyValidation, message).target(json::shown(name)));
    }
    Ok(())
}
