//! Bytes of a calendar file in, whole VEVENTs and VTIMEZONEs out, each with the line where it begins: in chunks of any size, in
//! memory that one component bounds, in time linear in the bytes. What a component says is not its matter. Imports [`super::found`],
//! and of what imports share `decode`.

use std::mem;

use super::found::{Found, Reason};
use crate::resources::import::decode;

/// The largest component.
pub const COMPONENT: usize = 10 * 1024 * 1024;
// What is looked at of a line.
const HEAD: usize = 256;

/// The components that lie in a calendar only: within another, they show that it has lost its end.
const OUTERMOST: [&[u8]; 5] = [b"VEVENT", b"VTIMEZONE", b"VTODO", b"VJOURNAL", b"VFREEBUSY"];

/// The METHODs of messages about events (RFC 5546 §3.2), which hold of an event as much as the message needs: it is not like that.
const MESSAGES: [&[u8]; 5] = [b"CANCEL", b"REPLY", b"COUNTER", b"DECLINECOUNTER", b"REFRESH"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Between,
    // As between, but the stray text there has been reported.
    Stray,
    // In a calendar, between components.
    Calendar,
    // In a component; how many lie open.
    Component(u32, Keep),
    // In a file whose encoding is not taken.
    Refused,
}

/// What is made of the component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    Event,
    Zone,
    /// Nothing: what is to be said of it has been said.
    No,
}

/// The splitter.
#[derive(Debug, Default)]
pub struct Splitter {
    state: State,
    // The component so far, with its line ends as they are.
    buffer: Vec<u8>,
    // How the line that is coming begins.
    head: Vec<u8>,
    // How many lines have ended.
    lines: u64,
    begun: u64,
    calendar_begun: u64,
    // The METHOD of the calendar, if that makes it a message.
    message: Option<String>,
    after_cr: bool,
}

impl Splitter {
    /// Takes the next bytes; what they completed is added to `found`.
    pub fn push(&mut self, mut bytes: &[u8], found: &mut Vec<Found>) {
        while let Some((first, rest)) = bytes.split_first() {
            // CR LF is one end.
            if mem::take(&mut self.after_cr) && *first == b'\n' {
                self.keep(b"\n", found);
                bytes = rest;
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
            let (text, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
            self.take(text, found);
            let Some((&stop, rest)) = rest.split_first() else { return };
            bytes = rest;
            self.after_cr = stop == b'\r';
            self.keep(&[stop], found);
            self.end_line(stop, found);
        }
    }

    /// The file has ended.
    pub fn finish(mut self, found: &mut Vec<Found>) {
        self.end_line(b'\n', found);
        match self.state {
            State::Component(..) | State::Calendar => self.cut_off(found),
            State::Between | State::Stray | State::Refused => {}
        }
    }

    /// How many bytes it holds on to.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.buffer.capacity() + self.head.capacity()
    }

    // Bytes of one line.
    fn take(&mut self, bytes: &[u8], found: &mut Vec<Found>) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.keep(bytes, found);
    }

    fn keep(&mut self, bytes: &[u8], found: &mut Vec<Found>) {
        let State::Component(open, Keep::Event | Keep::Zone) = self.state else { return };
        if self.buffer.len().saturating_add(bytes.len()) > COMPONENT {
            self.reject(Reason::TooLarge, found);
            self.state = State::Component(open, Keep::No);
            return;
        }
        self.buffer.extend_from_slice(bytes);
    }

    fn end_line(&mut self, stop: u8, found: &mut Vec<Found>) {
        self.lines = self.lines.saturating_add(1);
        let head = mem::take(&mut self.head);
        if self.lines == 1 && is_wide(&head) {
            self.state = State::Refused;
            found.push(Found::Rejected { line: 1, why: Reason::WideText });
        }
        match (self.state, delimiter(&head)) {
            (State::Refused, _) => {}
            (_, Some(Delimiter::Begin(name))) if name.eq_ignore_ascii_case(b"VCALENDAR") => self.begin_calendar(found),
            (State::Between | State::Stray, _) => self.stray(&head, found),
            (_, Some(Delimiter::End(name))) if name.eq_ignore_ascii_case(b"VCALENDAR") => {
                self.lost(found);
                self.state = State::Between;
            }
            (State::Calendar, Some(Delimiter::Begin(name))) => self.begin(name, stop, found),
            (State::Component(..), Some(Delimiter::Begin(name))) if is_outermost(name) => {
                self.lost(found);
                self.begin(name, stop, found);
            }
            (State::Component(open, keep), Some(Delimiter::Begin(_))) => {
                self.state = State::Component(open.saturating_add(1), keep);
            }
            (State::Component(open @ 2.., keep), Some(Delimiter::End(_))) => {
                self.state = State::Component(open.saturating_sub(1), keep);
            }
            (State::Component(_, keep), Some(Delimiter::End(_))) => self.end(keep, found),
            (State::Calendar, _) => self.message = message(&head).or(self.message.take()),
            (State::Component(..), _) => {}
        }
        self.head = head;
        self.head.clear();
    }

    fn begin_calendar(&mut self, found: &mut Vec<Found>) {
        if matches!(self.state, State::Calendar | State::Component(..)) {
            self.cut_off(found);
        }
        self.state = State::Calendar;
        self.calendar_begun = self.lines;
        self.message = None;
        found.push(Found::Calendar);
    }

    fn begin(&mut self, name: &[u8], stop: u8, found: &mut Vec<Found>) {
        let keep = match (name.to_ascii_uppercase().as_slice(), &self.message) {
            (b"VEVENT", None) => Keep::Event,
            (b"VEVENT", Some(method)) => {
                let name = format!("message about one (METHOD:{method})");
                found.push(Found::Skipped { line: self.lines, name });
                Keep::No
            }
            (b"VTIMEZONE", _) => Keep::Zone,
            _ => {
                let name = String::from_utf8_lossy(name).into_owned();
                found.push(Found::Skipped { line: self.lines, name });
                Keep::No
            }
        };
        self.state = State::Component(1, keep);
        self.begun = self.lines;
        self.buffer = if keep == Keep::No { Vec::new() } else { [b"BEGIN:", name, &[stop]].concat() };
    }

    fn end(&mut self, keep: Keep, found: &mut Vec<Found>) {
        let (line, bytes) = (self.begun, mem::take(&mut self.buffer));
        self.state = State::Calendar;
        match keep {
            Keep::Event => found.push(Found::Event { line, text: decode::text(bytes) }),
            Keep::Zone => found.push(Found::Zone { line, text: decode::text(bytes) }),
            Keep::No => {}
        }
    }

    fn stray(&mut self, head: &[u8], found: &mut Vec<Found>) {
        if !without_mark(head).trim_ascii().is_empty() && self.state == State::Between {
            found.push(Found::Rejected { line: self.lines, why: Reason::Stray });
            self.state = State::Stray;
        }
    }

    // The component that is open, if one is, has no end.
    fn lost(&mut self, found: &mut Vec<Found>) {
        if matches!(self.state, State::Component(_, Keep::Event | Keep::Zone)) {
            self.reject(Reason::Unterminated, found);
        }
    }

    // The calendar that is open has none.
    fn cut_off(&mut self, found: &mut Vec<Found>) {
        self.lost(found);
        found.push(Found::Rejected { line: self.calendar_begun, why: Reason::CutOff });
    }

    fn reject(&mut self, why: Reason, found: &mut Vec<Found>) {
        found.push(Found::Rejected { line: self.begun, why });
        self.buffer = Vec::new();
    }
}

enum Delimiter<'l> {
    Begin(&'l [u8]),
    End(&'l [u8]),
}

// `BEGIN:` or `END:` as they are written: in any case, with spaces, after a byte order mark; not in a line that goes on.
fn delimiter(line: &[u8]) -> Option<Delimiter<'_>> {
    let line = without_mark(line);
    let at = line.iter().position(|&byte| byte == b':')?;
    let (word, name) = line.split_at_checked(at)?;
    let name = name.get(1..)?.trim_ascii();
    if word.first().is_some_and(u8::is_ascii_whitespace) {
        return None;
    }
    match word.trim_ascii().to_ascii_uppercase().as_slice() {
        b"BEGIN" => Some(Delimiter::Begin(name)),
        b"END" => Some(Delimiter::End(name)),
        _ => None,
    }
}

// Of a property of the calendar, the METHOD of a message. The other properties are the file's, not its events'.
fn message(line: &[u8]) -> Option<String> {
    let at = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = line.split_at_checked(at)?;
    let name = name.split(|&byte| byte == b';').next()?.trim_ascii_end();
    let value = value.get(1..)?.trim_ascii();
    let is_one = name.eq_ignore_ascii_case(b"METHOD") && MESSAGES.iter().any(|one| value.eq_ignore_ascii_case(one));
    is_one.then(|| String::from_utf8_lossy(value).to_ascii_uppercase())
}

fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

fn is_outermost(name: &[u8]) -> bool {
    OUTERMOST.iter().any(|outermost| name.eq_ignore_ascii_case(outermost))
}

fn is_wide(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.iter().take(4).any(|&byte| byte == 0)
}
