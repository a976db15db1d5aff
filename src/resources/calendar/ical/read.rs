//! From text to a component: lines unfolded, all of it bounded, in time linear in the text. Imports `content_line`.

use std::iter::Peekable;

use crate::resources::calendar::ical::Component;
use crate::resources::content_line::{
    Fault, Property, Source, head_and_value, is_token, one_line, param_value, physical, split_unquoted,
};

/// The longest line, unfolded.
const LINE_BYTES: usize = 64 * 1024;
/// The longest line of a property that holds what people write at length.
const TEXT_BYTES: usize = 1024 * 1024;
/// The longest line of a property that holds a file.
const FILE_BYTES: usize = 6 * 1024 * 1024;
const ALL_BYTES: usize = 10 * 1024 * 1024;
const PROPERTIES: usize = 10_000;
const COMPONENTS: usize = 10_000;
const DEPTH: usize = 8;
/// How many parameters a property may have, and all properties together.
const PARAMETERS: usize = 256;
const ALL_PARAMETERS: usize = 20_000;

/// The component that the text is; what stands after it is a fault.
pub(super) fn component(text: &str, source: Source) -> Result<Component, Fault> {
    let bounded = source == Source::Client;
    if bounded && text.len() > ALL_BYTES {
        return Err(Fault::new(0, "The calendar is larger than 10 MiB."));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { physical: physical(text).peekable(), bounded };
    let mut tree = Tree { bounded, ..Tree::default() };
    while let Some((number, line)) = reader.next_line()? {
        if let Some(whole) = tree.take(number, &line)? {
            return match reader.next_line()? {
                Some((number, _)) => Err(Fault::new(number, "Something follows the calendar's END.")),
                None => Ok(whole),
            };
        }
    }
    Err(Fault::new(text.lines().count(), "The calendar does not end: an END is missing."))
}

struct Reader<'a, I: Iterator<Item = (usize, &'a str)>> {
    physical: Peekable<I>,
    bounded: bool,
}

impl<'a, I: Iterator<Item = (usize, &'a str)>> Reader<'a, I> {
    /// The next line that is not empty, whole, and where it begins.
    fn next_line(&mut self) -> Result<Option<(usize, String)>, Fault> {
        let Some((number, first)) = self.physical.find(|(_, line)| !line.trim().is_empty()) else { return Ok(None) };
        let mut text = first.to_owned();
        let (limit, shown) = limit(first);
        let mut pieces = 1;
        while let Some(rest) = self.physical.peek().and_then(|(_, next)| next.strip_prefix([' ', '\t'])) {
            text.push_str(rest);
            pieces += 1;
            if self.bounded && pieces > LINE_BYTES / 8 + text.len() / 8 {
                return Err(Fault::new(number, "The property is broken into too many lines."));
            }
            if self.bounded && text.len() > limit {
                break;
            }
            self.physical.next();
        }
        if self.bounded && text.len() > limit {
            return Err(Fault::new(number, format!("The property is longer than {shown}.")));
        }
        Ok(Some((number, text)))
    }
}

fn limit(line: &str) -> (usize, &'static str) {
    let name = line.split([';', ':']).next().unwrap_or_default().trim();
    let is = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
    if is(&["ATTACH", "IMAGE"]) {
        (FILE_BYTES, "6 MiB")
    } else if is(&["DESCRIPTION", "X-ALT-DESC", "STYLED-DESCRIPTION", "COMMENT"]) {
        (TEXT_BYTES, "1 MiB")
    } else {
        (LINE_BYTES, "64 KiB")
    }
}

/// The components that are open, outermost first, and how much there is of all.
#[derive(Default)]
struct Tree {
    open: Vec<Component>,
    components: usize,
    properties: usize,
    parameters: usize,
    bounded: bool,
}

impl Tree {
    /// Takes a line; gives the outermost component when it ends.
    fn take(&mut self, number: usize, line: &str) -> Result<Option<Component>, Fault> {
        let fault = |reason: &str| Fault::new(number, reason);
        let property = property(line).map_err(fault)?;
        if property.is("BEGIN") {
            self.begin(property.value.trim()).map_err(fault)?;
            return Ok(None);
        }
        let Some(current) = self.open.last_mut() else {
            return Err(fault("The calendar does not begin with BEGIN:VCALENDAR."));
        };
        if property.is("END") {
            if !current.is(property.value.trim()) {
                return Err(fault("This END has another name than the BEGIN before it."));
            }
            let Some(ended) = self.open.pop() else { return Ok(None) };
            return match self.open.last_mut() {
                Some(outer) => {
                    outer.components.push(ended);
                    Ok(None)
                }
                None => Ok(Some(ended)),
            };
        }
        self.properties += 1;
        self.parameters += property.params.len();
        let beyond = [
            (self.properties > PROPERTIES, "The calendar has more than 10000 properties."),
            (property.params.len() > PARAMETERS, "The property has more than 256 parameters."),
            (self.parameters > ALL_PARAMETERS, "The calendar has more than 20000 parameters."),
        ];
        if let Some((_, reason)) = beyond.into_iter().find(|(is, _)| self.bounded && *is) {
            return Err(fault(reason));
        }
        current.properties.push(property);
        Ok(None)
    }

    fn begin(&mut self, name: &str) -> Result<(), &'static str> {
        if !is_token(name) {
            return Err("A component's name is made of letters, digits and hyphens.");
        }
        self.components += 1;
        // Writing and dropping are recursive: our own record is no deeper either.
        if self.open.len() >= DEPTH {
            return Err("The calendar holds components more than 8 deep.");
        }
        if self.bounded && self.components > COMPONENTS {
            return Err("The calendar holds more than 10000 components.");
        }
        self.open.push(Component::new(name));
        Ok(())
    }
}

fn property(line: &str) -> Result<Property, &'static str> {
    let (head, value) = head_and_value(line).ok_or("There is no colon after the name.")?;
    let mut parts = split_unquoted(head, ';');
    let name = parts.next().unwrap_or_default().trim();
    if !is_token(name) {
        return Err("A property's name is made of letters, digits and hyphens.");
    }
    let mut property = Property::new(name, one_line(value));
    for part in parts.filter(|part| !part.trim().is_empty()).take(PARAMETERS + 1) {
        let (name, values) = part.split_once('=').unwrap_or((part, ""));
        let name = name.trim();
        if !is_token(name) {
            return Err("A parameter's name is made of letters, digits and hyphens.");
        }
        for value in split_unquoted(values, ',').take(PARAMETERS + 1) {
            let value = value.trim();
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            property.params.push((name.to_owned(), param_value(quoted.unwrap_or(value), true)));
        }
    }
    Ok(property)
}
