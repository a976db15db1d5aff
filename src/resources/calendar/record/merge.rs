//! A change of members, merged into one event of the record: checked first, then made at once or not at all. What the server
//! sets, and what follows from other members, is passed over: SDKs send a whole event back.
//! Imports `beginning`, `clocks`, `members`, `times`, `rules`, `ical`, `server`, `content_line`, `given`, `shape`, json, problem.

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::clocks::Clocks;
use crate::resources::calendar::record::members::{self, MEMBERS, Member, Put};
use crate::resources::calendar::record::texts::part;
use crate::resources::calendar::record::{beginning, rules, times};
use crate::resources::calendar::server;
use crate::resources::content_line::open;
use crate::resources::given;
use crate::resources::shape::{self, invalid};

/// The event with the changes made.
pub(super) fn merged(event: &Component, clocks: &Clocks, changes: &Map<String, Value>) -> Result<Component, Problem> {
    let mut after = event.clone();
    let mut together = Map::new();
    let moved = checked(event, clocks, changes)?;
    for member in &MEMBERS {
        let Some(value) = moved.get(member.name) else { continue };
        match member.put {
            Put::Alone(put) | Put::AtFirst(put) => put(&mut after, value),
            Put::Together => drop(together.insert(member.name.to_owned(), value.clone())),
            Put::Follows => {}
        }
    }
    times::put(&mut after, clocks, &together)?;
    times::repeat_by(&mut after, clocks, together.get("recurrence"))?;
    match rules::put(&mut after, clocks, &together)? {
        Some(first) => beginning::put(&mut after, clocks, &first),
        None => beginning::follow(event, &mut after, clocks, changes)?,
    }
    if rules::is_over(&after, clocks) && !rules::is_over(event, clocks) {
        return Err(invalid("rrule", "ends (UNTIL) before `start`: no occurrence of it is left"));
    }
    let ours = |name: &String| server::sets(name) || MEMBERS.iter().any(|member| member.name == name);
    let unknown: Vec<_> = changes.iter().filter(|(name, _)| !shape::is_annotation(name) && !ours(name)).collect();
    open::put(&mut after.properties, &unknown, members::ours)?;
    Ok(after)
}

/// The members that are to be other than they are, each of its shape. What an event holds was imported as it is, and may be
/// sent back.
fn checked(event: &Component, clocks: &Clocks, changes: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let mut moved = Map::new();
    let is_new = times::start(event).is_none();
    let is_put = |member: &&Member| match member.put {
        Put::Alone(_) | Put::Together => true,
        Put::AtFirst(_) => is_new,
        Put::Follows => false,
    };
    for member in MEMBERS.iter().filter(is_put) {
        let Some(sent) = changes.get(member.name) else { continue };
        let current = member.shown(event, clocks);
        let sent = given::normal(sent);
        // Another place has not the old one's address.
        let elsewhere = member.name == "location" && part(&sent, "displayName") != part(&current, "displayName");
        let base = if elsewhere { &Value::Null } else { &current };
        let value = given::checked(&member.shape, base, &sent, member.name)?;
        if value == given::normal(&current) && !ends_the_series(member, event, changes) {
            continue;
        }
        // Where there is no body an empty one is answered.
        if member.name == "body" && current.is_null() && part(&value, "content").as_str().unwrap_or_default().is_empty()
        {
            continue;
        }
        if member.name == "attendees" {
            let nobody = |person: &Value| part(part(person, "emailAddress"), "address").is_null();
            if value.as_array().is_some_and(|people| people.iter().any(nobody)) {
                return Err(invalid("attendees", "has an item without `emailAddress.address`"));
            }
        }
        moved.insert(member.name.to_owned(), value);
    }
    // Whoever turns the reminder off means off.
    if changes.get("isReminderOn") == Some(&Value::Bool(false)) {
        moved.remove("reminderMinutesBeforeStart");
    }
    // Of the first place and all of them, all say more.
    if moved.contains_key("locations") {
        moved.remove("location");
    }
    Ok(moved)
}

/// Whether it is a null `recurrence` alone: that ends a series of whichever rule. Beside `rrule` it may only mean that Graph cannot
/// say the rule.
fn ends_the_series(member: &Member, event: &Component, changes: &Map<String, Value>) -> bool {
    let is_null = member.name == "recurrence" && changes.get("recurrence").is_some_and(Value::is_null);
    is_null && !changes.contains_key("rrule") && rules::recurs(event)
}
