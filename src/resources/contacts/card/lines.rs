//! The lines of a card as clients send it: unfolded, soft breaks joined, nested cards gathered, all of it bounded.
//! Imports only `content_line`.

use crate::resources::content_line::{Fault as CardFault, Source, head_and_value, physical, split_unquoted};

/// The longest line, unfolded.
const LINE_BYTES: usize = 64 * 1024;
/// The longest line of a property that holds a file or another card.
const FILE_BYTES: usize = 6 * 1024 * 1024;
const CARD_BYTES: usize = 10 * 1024 * 1024;
const PROPERTIES: usize = 10_000;
const DEPTH: usize = 8;

/// One unfolded line.
#[derive(Debug)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub(super) number: usize,
    pub(super) text: String,
}

/// What a card consists of.
#[derive(Debug)]
pub(super) enum Part {
    /// A property.
    Line(Line),
    /// A card within the card (AGENT of vCard 2.1), its lines from BEGIN to END.
    Card(Vec<String>),
}

/// The parts of the card between its BEGIN and END.
pub(super) fn parts(text: &str, source: Source) -> Result<Vec<Part>, CardFault> {
    let bounded = source == Source::Client;
    if bounded && text.len() > CARD_BYTES {
        return Err(CardFault::new(0, "The card is larger than 10 MiB."));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { physical: physical(text).peekable(), bounded };
    let mut parts = Vec::new();
    match reader.next_line()? {
        Some(line) if marks(&line.text, "BEGIN") => {}
        _ => return Err(CardFault::new(1, "The card does not begin with BEGIN:VCARD.")),
    }
    while let Some(line) = reader.next_line()? {
        if marks(&line.text, "END") {
            return Ok(parts);
        }
        if bounded && parts.len() == PROPERTIES {
            return Err(CardFault::new(line.number, "The card has more than 10000 properties."));
        }
        if marks(&line.text, "BEGIN") {
            parts.push(Part::Card(reader.nested(line)?));
        } else {
            parts.push(Part::Line(line));
        }
    }
    Err(CardFault::new(text.lines().count(), "The card does not end with END:VCARD."))
}

/// Whether the line is `BEGIN:VCARD`, or `END:VCARD`.
fn marks(line: &str, name: &str) -> bool {
    let Some((head, value)) = line.split_once(':') else { return false };
    head.trim().eq_ignore_ascii_case(name) && value.trim().eq_ignore_ascii_case("VCARD")
}

struct Reader<'a, I: Iterator<Item = (usize, &'a str)>> {
    physical: std::iter::Peekable<I>,
    bounded: bool,
}

impl<'a, I: Iterator<Item = (usize, &'a str)>> Reader<'a, I> {
    /// The next line that is not empty, whole.
    fn next_line(&mut self) -> Result<Option<Line>, CardFault> {
        let Some((number, first)) = self.physical.find(|(_, line)| !line.trim().is_empty()) else { return Ok(None) };
        let mut text = first.to_owned();
        let limit = limit(&text);
        // Each piece is looked at once: a line may be put together of very many.
        let mut quoted = false;
        let mut encoding = ends_head(first, &mut quoted).then(|| Encoding::of(&text));
        for joined in 1.. {
            if self.bounded && text.len() > limit {
                let most = if limit == LINE_BYTES { "64 KiB" } else { "6 MiB" };
                return Err(CardFault::new(number, format!("The property is longer than {most}.")));
            }
            if self.bounded && joined > LINE_BYTES / 8 + text.len() / 8 {
                return Err(CardFault::new(number, "The property is broken into too many lines."));
            }
            let Some(&(_, next)) = self.physical.peek() else { break };
            let rest = next.strip_prefix([' ', '\t']);
            let more = match (encoding, rest) {
                (Some(Encoding::QuotedPrintable), _) if text.ends_with('=') && !marks(next, "END") => {
                    text.pop();
                    next
                }
                (_, Some(rest)) => rest,
                (Some(Encoding::Base64), None) if is_base64(next) => next,
                _ => break,
            };
            text.push_str(more);
            if encoding.is_none() && ends_head(more, &mut quoted) {
                encoding = Some(Encoding::of(&text));
            }
            self.physical.next();
        }
        Ok(Some(Line { number, text }))
    }

    /// A card within the card, of which `begin` was read.
    fn nested(&mut self, begin: Line) -> Result<Vec<String>, CardFault> {
        let (number, mut depth, mut bytes) = (begin.number, 1, 0);
        let mut lines = vec![begin.text];
        while let Some(line) = self.next_line()? {
            if marks(&line.text, "BEGIN") {
                depth += 1;
            }
            if depth >= DEPTH {
                return Err(CardFault::new(line.number, "The card holds cards more than 8 deep."));
            }
            bytes += line.text.len();
            if self.bounded && bytes > FILE_BYTES {
                return Err(CardFault::new(number, "The card within the card is larger than 6 MiB."));
            }
            if marks(&line.text, "END") {
                depth -= 1;
            }
            lines.push(line.text);
            if depth == 0 {
                return Ok(lines);
            }
        }
        Err(CardFault::new(number, "A card within the card does not end with END:VCARD."))
    }
}

/// How the value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    QuotedPrintable,
    Base64,
}

impl Encoding {
    /// Of a line whose head is whole: `;ENCODING=B`, `;BASE64`, `;QUOTED-PRINTABLE`.
    fn of(line: &str) -> Self {
        let head = head_and_value(line).map_or("", |(head, _)| head);
        let named = split_unquoted(head, ';').skip(1).filter_map(|param| {
            let (name, value) = param.split_once('=').unwrap_or(("ENCODING", param));
            let value = value.trim();
            match name.trim().eq_ignore_ascii_case("ENCODING") {
                true if value.eq_ignore_ascii_case("QUOTED-PRINTABLE") => Some(Self::QuotedPrintable),
                true if value.eq_ignore_ascii_case("BASE64") || value.eq_ignore_ascii_case("B") => Some(Self::Base64),
                _ => None,
            }
        });
        named.last().unwrap_or(Self::Plain)
    }
}

/// Whether a piece of a line holds the colon after the parameters.
fn ends_head(piece: &str, quoted: &mut bool) -> bool {
    piece.bytes().any(|b| {
        *quoted ^= b == b'"';
        b == b':' && !*quoted
    })
}

fn limit(line: &str) -> usize {
    let name = line.split([';', ':']).next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default().trim();
    let files = ["PHOTO", "LOGO", "SOUND", "KEY", "AGENT"];
    if files.iter().any(|file| name.eq_ignore_ascii_case(file)) { FILE_BYTES } else { LINE_BYTES }
}

/// A base64 line that old writers forgot to indent.
fn is_base64(line: &str) -> bool {
    !line.is_empty() && line.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}
