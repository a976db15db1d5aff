//! Bytes of a vCard file in, whole cards out, each with the line where it begins: in chunks of any size, in memory that
//! one card bounds, in time linear in the bytes. What a card says is not its matter. Imports nothing of ours but
//! [`super::found`], and of what imports share `decode` and `head`.

use std::mem;

use super::found::{Found, Reason};
use crate::resources::import::decode;
use crate::resources::import::head::{Head, Kind};

/// The longest unfolded line of text.
pub const LINE: usize = 64 * 1024;
/// The longest unfolded line that holds a picture, a sound or a key inline.
pub const BINARY_LINE: usize = 6 * 1024 * 1024;
/// The largest card.
pub const CARD: usize = 10 * 1024 * 1024;
/// How deep a card may lie in another (`AGENT` of vCard 2.1).
pub const DEPTH: u32 = 8;
// What is looked at of a line that is not kept.
const HEAD: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    // As between, but the stray text there has been reported.
    Stray,
    // In a card; how many lie open.
    Card(u32),
    // In a card that was rejected.
    Skipping(u32),
    // In a file whose encoding is not taken.
    Refused,
}

/// The splitter.
#[derive(Debug)]
pub struct Splitter {
    state: State,
    // The card so far with the line that is coming; outside a card, the head of that line.
    buffer: Vec<u8>,
    // Where the line that is coming begins in the buffer, and the property that it may belong to.
    line_start: usize,
    property_start: usize,
    // Length of the property unfolded, up to the line that is coming, and how long it may become.
    property: usize,
    limit: usize,
    // What the property is, and whether its last line goes on in the next.
    kind: Kind,
    soft_break: bool,
    line: u64,
    begun: u64,
    // Of the first line end: whether lines end with CR alone.
    bare_cr: Option<bool>,
    after_cr: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        Self {
            state: State::Between,
            buffer: Vec::new(),
            line_start: 0,
            property_start: 0,
            property: 0,
            limit: LINE,
            kind: Kind::Plain,
            soft_break: false,
            line: 1,
            begun: 1,
            bare_cr: None,
            after_cr: false,
        }
    }
}

impl Splitter {
    /// Takes the next bytes; what they completed is added to `found`.
    pub fn push(&mut self, mut bytes: &[u8], found: &mut Vec<Found>) {
        while let Some(&first) = bytes.first() {
            if mem::take(&mut self.after_cr) {
                self.first_cr(first == b'\n', found);
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
            let (text, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
            self.take(text, found);
            let Some((&stop, rest)) = rest.split_first() else { return };
            bytes = rest;
            match (stop, self.bare_cr) {
                (b'\r', None) => self.after_cr = true,
                (b'\r', Some(false)) => self.take(b"\r", found),
                _ => {
                    self.bare_cr.get_or_insert(false);
                    self.end_line(found);
                }
            }
        }
    }

    /// The file has ended.
    pub fn finish(mut self, found: &mut Vec<Found>) {
        self.end_line(found);
        if matches!(self.state, State::Card(_)) {
            found.push(Found::Rejected { line: self.begun, why: Reason::Unterminated });
        }
    }

    /// How many bytes it holds on to.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.buffer.capacity()
    }

    // The first CR of the file was followed by LF or not: so it is with all. With LF, the CR is left to the line's end.
    fn first_cr(&mut self, with_lf: bool, found: &mut Vec<Found>) {
        self.bare_cr = Some(!with_lf);
        if !with_lf {
            self.end_line(found);
        }
    }

    // Bytes of one line.
    fn take(&mut self, bytes: &[u8], found: &mut Vec<Found>) {
        let (Some(&first), State::Card(_)) = (bytes.first(), self.state) else { return self.glance(bytes) };
        if self.buffer.len() == self.line_start {
            self.start_line(first);
        }
        self.buffer.extend_from_slice(bytes);
        let length = self.buffer.len().saturating_sub(self.line_start).saturating_add(self.property);
        let property = self.buffer.get(self.property_start..).unwrap_or(&[]);
        if length > LINE && self.limit == LINE && Head::of(property).is_binary() {
            self.limit = BINARY_LINE;
        }
        // The CR of the line's end is not of its length. Whichever limit was passed first is named, whatever the chunks.
        let over_line = length.saturating_sub(self.limit.saturating_add(1));
        let over_card = self.buffer.len().saturating_sub(CARD);
        if over_line.max(over_card) > 0 {
            self.reject(if over_card > over_line { Reason::CardTooLarge } else { Reason::LineTooLong }, found);
        }
    }

    // Outside a card, only the head of a line is looked at.
    fn glance(&mut self, bytes: &[u8]) {
        if self.state != State::Refused {
            let room = HEAD.saturating_sub(self.buffer.len());
            self.buffer.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
    }

    // A line either goes on with the property before it or begins another.
    fn start_line(&mut self, first: u8) {
        let folded = matches!(first, b' ' | b'\t');
        if !folded && !self.soft_break {
            self.property_start = self.line_start;
            self.property = 0;
            self.limit = LINE;
        }
    }

    fn reject(&mut self, why: Reason, found: &mut Vec<Found>) {
        let State::Card(open) = self.state else { return };
        found.push(Found::Rejected { line: self.begun, why });
        self.state = State::Skipping(open);
        // Not empty: what is left of this line begins no line.
        self.buffer = vec![b'?'];
        self.line_start = 0;
        self.kind = Kind::Plain;
    }

    fn end_line(&mut self, found: &mut Vec<Found>) {
        if self.line == 1 && is_wide(&self.buffer) {
            self.state = State::Refused;
            found.push(Found::Rejected { line: 1, why: Reason::WideText });
        }
        match self.state {
            State::Refused => self.buffer = Vec::new(),
            State::Between | State::Stray => self.end_outside(found),
            State::Card(open) => self.end_inside(open, found),
            State::Skipping(open) => self.end_skipped(open),
        }
        self.line = self.line.saturating_add(1);
    }

    fn end_outside(&mut self, found: &mut Vec<Found>) {
        if is_delimiter(&self.buffer, b"BEGIN") {
            return self.begin();
        }
        if !self.buffer.trim_ascii().is_empty() && self.state == State::Between {
            found.push(Found::Rejected { line: self.line, why: Reason::Stray });
            self.state = State::Stray;
        }
        self.buffer.clear();
    }

    // The line that begins a card has ended.
    fn begin(&mut self) {
        self.state = State::Card(1);
        self.begun = self.line;
        self.buffer.clear();
        self.buffer.extend_from_slice(b"BEGIN:VCARD");
        self.kind = Kind::Plain;
        self.soft_break = false;
        self.property_start = 0;
        self.property = 0;
        self.limit = LINE;
        self.next_line();
    }

    fn end_inside(&mut self, open: u32, found: &mut Vec<Found>) {
        if self.buffer.len() > self.line_start && self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        let line = self.buffer.get(self.line_start..).unwrap_or(&[]);
        let begins = self.property_start == self.line_start;
        if begins && is_delimiter(line, b"END") {
            return self.end(open, found);
        }
        if begins && is_delimiter(line, b"BEGIN") {
            return self.nested(open, found);
        }
        self.property = self.property.saturating_add(line.len());
        self.soft_break = line.last() == Some(&b'=');
        if begins {
            // Asked once a property, of its first line: asked at every line, many short ones would cost a square.
            self.kind = Kind::of(line);
        }
        self.soft_break &= self.kind == Kind::Quoted;
        self.next_line();
    }

    // A card may lie in another as the value of AGENT; elsewhere it shows that the one before it has lost its end.
    fn nested(&mut self, open: u32, found: &mut Vec<Found>) {
        if self.kind != Kind::Agent {
            found.push(Found::Rejected { line: self.begun, why: Reason::Unterminated });
            return self.begin();
        }
        self.state = State::Card(open.saturating_add(1));
        self.kind = Kind::Plain;
        self.next_line();
        if open >= DEPTH {
            self.reject(Reason::TooDeep, found);
            self.buffer.clear();
        }
    }

    fn next_line(&mut self) {
        self.buffer.extend_from_slice(b"\r\n");
        self.line_start = self.buffer.len();
    }

    fn end(&mut self, open: u32, found: &mut Vec<Found>) {
        self.next_line();
        self.kind = Kind::Plain;
        if open > 1 {
            self.state = State::Card(open.saturating_sub(1));
            return;
        }
        found.push(Found::Card { line: self.begun, text: decode::text(mem::take(&mut self.buffer)) });
        self.state = State::Between;
        self.line_start = 0;
    }

    fn end_skipped(&mut self, open: u32) {
        let line = self.buffer.as_slice();
        if is_delimiter(line, b"END") {
            self.state = if open > 1 { State::Skipping(open.saturating_sub(1)) } else { State::Between };
        } else if is_delimiter(line, b"BEGIN") {
            if self.kind != Kind::Agent {
                return self.begin();
            }
            self.state = State::Skipping(open.saturating_add(1));
        }
        self.kind = Kind::of(line);
        self.buffer.clear();
    }
}

// `BEGIN:VCARD` or `END:VCARD` as they are written: in any case, with spaces, after a byte order mark.
fn is_delimiter(line: &[u8], word: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let mut parts = line.splitn(2, |&byte| byte == b':').map(<[u8]>::trim_ascii);
    let is = |part: Option<&[u8]>, word: &[u8]| part.is_some_and(|part| part.eq_ignore_ascii_case(word));
    is(parts.next(), word) && is(parts.next(), b"VCARD")
}

fn is_wide(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.iter().take(4).any(|&byte| byte == 0)
}
