//! What was found in the file, read; none of it is the writer's business. Pure.

use sha2::{Digest as _, Sha256};

use super::found::Found;
use crate::resources::calendar::ical::Component;
use crate::resources::content_line::{Property, Source};

/// A part of the file.
#[derive(Debug, Clone)]
pub enum Part {
    /// A calendar begins.
    Calendar,
    /// A VEVENT with a UID, the line where it begins, and how long it is.
    Event(u64, Component, usize),
    /// A VTIMEZONE, and how long it is.
    Zone(Component, usize),
    /// Something of another kind, and its name.
    Skipped(u64, String),
    /// What cannot be taken, and why not.
    Rejected(u64, String),
}

/// Reads all of `found`.
pub fn all(found: Vec<Found>) -> Vec<Part> {
    let one = |found| match found {
        Found::Calendar => Part::Calendar,
        Found::Event { line, text } => {
            read(line, &text).map_or_else(|part| part, |event| Part::Event(line, named(event), text.len()))
        }
        Found::Zone { line, text } => read(line, &text).map_or_else(|part| part, |zone| Part::Zone(zone, text.len())),
        Found::Skipped { line, name } => Part::Skipped(line, name),
        Found::Rejected { line, why } => Part::Rejected(line, why.to_string()),
    };
    found.into_iter().map(one).collect()
}

fn read(line: u64, text: &str) -> Result<Component, Part> {
    Component::read(text, Source::Client).map_err(|fault| {
        let at = line.saturating_add(u64::try_from(fault.line.saturating_sub(1)).unwrap_or(0));
        Part::Rejected(line, if fault.line == 0 { fault.reason } else { format!("Line {at}: {}", fault.reason) })
    })
}

/// With a UID, if it has none: of what it says, so that the same event again is the same.
fn named(mut event: Component) -> Component {
    if event.value("UID").is_empty() {
        event.remove("UID");
        let mut said = event.clone();
        said.remove("DTSTAMP");
        let digest = Sha256::digest(said.write().as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, of)| *byte = of);
        let uid = uuid::Builder::from_custom_bytes(bytes).into_uuid().urn().to_string();
        event.properties.insert(0, Property::new("UID", uid));
    }
    event
}
