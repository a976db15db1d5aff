//! A change of members, merged into the whole card: checked first, then made at once or not at all.
//! What the server sets is passed over: SDKs send a whole contact back.
//! Imports `members`, `open`, `dates`, `server`, `slots`, `shape`, json, problem.

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::resources::contacts::card::dates;
use crate::resources::contacts::card::members::{self, MEMBERS, Member};
use crate::resources::contacts::card::slots;
use crate::resources::contacts::server;
use crate::resources::content_line::{Property, open};
use crate::resources::shape::{self, Shape, invalid};

/// The properties with the changes made.
pub(super) fn merged(properties: &[Property], changes: &Map<String, Value>) -> Result<Vec<Property>, Problem> {
    let mut after = properties.to_vec();
    // Two names of one day: who sends both back changed one of them, and `birthdayDate` says more.
    let day_moves = changes.get("birthdayDate").is_some_and(|given| {
        MEMBERS.iter().any(|member| member.name == "birthdayDate" && member.shown(properties) != normal(given.clone()))
    });
    one_birthday(properties, changes)?;
    for member in &MEMBERS {
        let Some(given) = changes.get(member.name) else { continue };
        let value = checked(member, &member.shown(properties), given)?;
        let skipped = match member.name {
            "birthday" => day_moves,
            "birthdayDate" => !day_moves,
            _ => false,
        };
        if !skipped {
            member.put(&mut after, &value);
        }
    }
    let mut unknown = Vec::new();
    for (name, value) in changes.iter().filter(|(name, _)| !shape::is_annotation(name) && !server::sets(name)) {
        if !MEMBERS.iter().any(|member| member.name == name) {
            unknown.push((name, value));
        }
    }
    open::put(&mut after, &unknown, members::ours)?;
    slots::drop_labels(properties, &mut after);
    Ok(after)
}

/// Refuses two birthdays in one body. One that is sent back as it is gives way to the other.
fn one_birthday(properties: &[Property], changes: &Map<String, Value>) -> Result<(), Problem> {
    let day = |name: &str| changes.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(instant), Some(date)) = (day("birthday"), day("birthdayDate")) else { return Ok(()) };
    let (Some(first), Some(second)) = (dates::given_instant(instant), dates::given(date)) else { return Ok(()) };
    let known = properties.iter().filter(|property| property.is("BDAY")).find_map(dates::day);
    if first == second || [first, second].into_iter().any(|day| Some(day) == known) {
        return Ok(());
    }
    Err(invalid("birthday", "is another day than `birthdayDate`: send one of them"))
}

/// The properties of members as they were shown.
pub(super) fn shown(members: &Map<String, Value>) -> Vec<Property> {
    let mut properties = Vec::new();
    for member in &MEMBERS {
        if let Some(value) = members.get(member.name) {
            member.put(&mut properties, value);
        }
    }
    properties
}

fn checked(member: &Member, current: &Value, given: &Value) -> Result<Value, Problem> {
    let value = normal(shaped(&member.shape, current, normal(given.clone()), member.name)?);
    let fault = match (member.name, &value) {
        ("birthday", Value::String(text)) if dates::given_instant(text).is_none() => Some(
            "is not a date or an instant: write YYYY-MM-DD or YYYY-MM-DDT00:00:00Z, without a year in `birthdayDate`",
        ),
        ("emailAddresses", Value::Array(items))
            if items.iter().any(|item| item.get("address").is_none_or(Value::is_null)) =>
        {
            Some("has an item without `address`")
        }
        _ => None,
    };
    match fault {
        Some(fault) => Err(invalid(member.name, fault)),
        None => Ok(value),
    }
}

/// The value checked by its shape. What stands in the card already was imported as it is, and may be sent back.
fn shaped(shape: &Shape, current: &Value, given: Value, name: &str) -> Result<Value, Problem> {
    if *current == given {
        return Ok(given);
    }
    match (shape, &given, current) {
        (Shape::List(most, shape), Value::Array(items), Value::Array(known)) if items.len() <= *most => {
            let each = |(at, item): (usize, &Value)| match known.contains(item) {
                true => Ok(item.clone()),
                false if item.is_null() => Err(invalid(&format!("{name}[{at}]"), "is null")),
                false => shape.merged(&Value::Null, item, &format!("{name}[{at}]")),
            };
            items.iter().enumerate().map(each).collect::<Result<_, _>>().map(Value::Array)
        }
        _ => shape.merged(current, &given, name),
    }
}

/// As it reads back: an empty text is null, none stands in a list, an object has its members or is none.
fn normal(value: Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => text.replace("\r\n", "\n").replace('\r', "\n").into(),
        Value::Array(items) => items
            .into_iter()
            .map(|item| if item.is_object() { normal(item) } else { item })
            .filter(|item| item.as_str() != Some(""))
            .collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, normal(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}
