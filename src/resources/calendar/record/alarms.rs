//! `isReminderOn` and `reminderMinutesBeforeStart`: the alarms that show or sound (RFC 5545 §3.6.6). Imports `ical`,
//! `content_line`, `seam`, `serde_json`.

use serde_json::Value;

use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::seam;
use crate::resources::content_line::Property;

/// Before the start, where a client turns the reminder on without saying when.
const MINUTES: i64 = 15;

/// Apple's NONE is an alarm that says that there is none; one by e-mail is no reminder here.
fn is_reminder(alarm: &Component) -> bool {
    let action = alarm.value("ACTION");
    alarm.is("VALARM") && ["", "DISPLAY", "AUDIO"].iter().any(|known| action.eq_ignore_ascii_case(known))
}

/// How many minutes before the start it goes off, if that is what it goes by.
fn minutes(alarm: &Component) -> Option<i64> {
    let trigger = alarm.property("TRIGGER").filter(|trigger| !trigger.has("RELATED", "END"))?;
    Some(-seam::minutes(&trigger.value)?)
}

pub(super) fn is_on(event: &Component) -> Value {
    event.components.iter().any(is_reminder).into()
}

pub(super) fn put_on(event: &mut Component, given: &Value) {
    let on = given.as_bool().unwrap_or_default();
    if !on {
        event.components.retain(|alarm| !is_reminder(alarm));
    } else if !event.components.iter().any(is_reminder) {
        event.components.push(alarm(MINUTES));
    }
}

pub(super) fn before_start(event: &Component) -> Value {
    event.components.iter().filter(|alarm| is_reminder(alarm)).find_map(minutes).into()
}

pub(super) fn put_before_start(event: &mut Component, given: &Value) {
    let known = |alarm: &&mut Component| is_reminder(alarm) && minutes(alarm).is_some();
    match (given.as_i64(), event.components.iter_mut().find(known)) {
        (Some(minutes), Some(alarm)) => alarm.set("TRIGGER", Some(trigger(minutes))),
        (Some(minutes), None) => event.components.push(alarm(minutes)),
        (None, _) => event.components.retain(|alarm| !is_reminder(alarm) || minutes(alarm).is_none()),
    }
}

fn trigger(minutes: i64) -> String {
    format!("{}PT{}M", if minutes < 0 { "" } else { "-" }, minutes.unsigned_abs())
}

fn alarm(minutes: i64) -> Component {
    let mut alarm = Component::new("VALARM");
    let lines =
        [("ACTION", "DISPLAY".to_owned()), ("TRIGGER", trigger(minutes)), ("DESCRIPTION", "Reminder".to_owned())];
    alarm.properties = lines.into_iter().map(|(name, value)| Property::new(name, value)).collect();
    alarm
}
