//! A change of members, merged into the whole card: checked first, then made at once or not at all.
//! What the server sets is passed over: SDKs send a whole contact back.
//! Imports `members`, `open`, `dates`, `server`, `slots`, `given`, `shape`, json, problem.

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::resources::contacts::card::dates;
use crate::resources::contacts::card::members::{self, MEMBERS, Member};
use crate::resources::contacts::card::slots;
use crate::resources::contacts::server;
use crate::resources::content_line::{Property, open};
use crate::resources::given;
use crate::resources::shape::{self, invalid};

/// The properties with the changes made.
pub(super) fn merged(properties: &[Property], changes: &Map<String, Value>) -> Result<Vec<Property>, Problem> {
    let mut after = properties.to_vec();
    // Two names of one day: who sends both back changed one of them, and `birthdayDate` says more.
    let day_moves = changes.get("birthdayDate").is_some_and(|sent| {
        MEMBERS.iter().any(|member| member.name == "birthdayDate" && member.shown(properties) != given::normal(sent))
    });
    one_birthday(properties, changes)?;
    for member in &MEMBERS {
        let Some(sent) = changes.get(member.name) else { continue };
        let value = checked(member, &member.shown(properties), sent)?;
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

fn checked(member: &Member, current: &Value, sent: &Value) -> Result<Value, Problem> {
    let value = given::checked(&member.shape, current, sent, member.name)?;
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
