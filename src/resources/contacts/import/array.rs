//! A JSON array of cards as it comes, cut into its items; what is no array is one item. Whether an item is JSON, and a card,
//! is for who reads it: here only brackets, strings and commas count. Imports what stands beside it.

use super::found::{Found, Reason};
use super::split::CARD;

/// Where in the file the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    /// Before the first byte that is no blank.
    #[default]
    Begin,
    /// In the array, or in what stands for it; `true`: the array.
    Item(bool),
    /// After the array.
    End,
}

/// Cuts a file. Holds no more than one item.
#[derive(Debug)]
pub struct Items {
    at: At,
    item: Vec<u8>,
    too_large: bool,
    depth: usize,
    /// Within a string; `true`: after a backslash.
    string: Option<bool>,
    any: bool,
    line: u64,
    begin: u64,
}

impl Default for Items {
    fn default() -> Self {
        Self {
            at: At::Begin,
            item: Vec::new(),
            too_large: false,
            depth: 0,
            string: None,
            any: false,
            line: 1,
            begin: 1,
        }
    }
}

impl Items {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8], found: &mut Vec<Found>) {
        for byte in bytes {
            self.take(*byte, found);
            self.line += u64::from(*byte == b'\n');
        }
    }

    /// The file has ended.
    pub fn finish(mut self, found: &mut Vec<Found>) {
        match self.at {
            At::Item(false) => self.end_item(found),
            At::Item(true) => found.push(Found::Rejected { line: self.begin, why: Reason::OpenArray }),
            At::Begin | At::End => {}
        }
    }

    fn take(&mut self, byte: u8, found: &mut Vec<Found>) {
        let blank = byte.is_ascii_whitespace();
        match self.at {
            At::Begin if blank => {}
            At::Begin => {
                self.at = At::Item(byte == b'[');
                self.begin = self.line;
                if byte != b'[' {
                    self.add(byte);
                }
            }
            At::Item(true) if self.depth == 0 && self.string.is_none() && matches!(byte, b',' | b']') => {
                // `[]` has no item; `[a,]` has an empty one, which is no card.
                if byte == b',' || self.any || !self.item.is_empty() {
                    self.end_item(found);
                }
                self.any = true;
                self.begin = self.line;
                if byte == b']' {
                    self.at = At::End;
                }
            }
            At::Item(_) if blank && self.item.is_empty() => {}
            At::Item(_) => self.add(byte),
            At::End if blank || self.too_large => {}
            At::End => {
                self.too_large = true;
                found.push(Found::Rejected { line: self.line, why: Reason::AfterArray });
            }
        }
    }

    /// A byte of the item.
    fn add(&mut self, byte: u8) {
        if self.item.is_empty() {
            self.begin = self.line;
        }
        match (self.string, byte) {
            (Some(true), _) | (None, b'"') => self.string = Some(false),
            (Some(false), b'\\') => self.string = Some(true),
            (Some(false), b'"') => self.string = None,
            (None, b'{' | b'[') => self.depth += 1,
            (None, b'}' | b']') => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.item.len() < CARD {
            self.item.push(byte);
        } else {
            self.too_large = true;
        }
    }

    fn end_item(&mut self, found: &mut Vec<Found>) {
        let (line, item) = (self.begin, std::mem::take(&mut self.item));
        let text = String::from_utf8(item);
        found.push(match text {
            _ if std::mem::take(&mut self.too_large) => Found::Rejected { line, why: Reason::CardTooLarge },
            Ok(text) => Found::JsContact { line, text },
            Err(_) => Found::Rejected { line, why: Reason::NotUtf8 },
        });
        (self.depth, self.string) = (0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Items, Reason};

    fn cut(text: &str, piece: usize) -> Vec<String> {
        let (mut items, mut found) = (Items::default(), Vec::new());
        for piece in text.as_bytes().chunks(piece) {
            items.push(piece, &mut found);
        }
        items.finish(&mut found);
        let told = found.into_iter().map(|found| match found {
            Found::JsContact { line, text } => format!("{line} {}", text.trim_end()),
            Found::Rejected { line, why } => format!("{line} {why:?}"),
            Found::Card { .. } => unreachable!(),
        });
        told.collect()
    }

    #[test]
    fn an_array_is_cut_at_its_own_commas() {
        for (text, items) in [
            ("", vec![]),
            (" [ ] ", vec![]),
            ("{\"a\":[1,2]}", vec!["1 {\"a\":[1,2]}"]),
            ("[{\"a\":[1,{}]},\n {\"b\":\"],\\\"[\"}]\n", vec!["1 {\"a\":[1,{}]}", "2 {\"b\":\"],\\\"[\"}"]),
            ("[1,]", vec!["1 1", "1 "]),
            ("[,", vec!["1 ", "1 OpenArray"]),
            ("\n[1\n,{\"a\":", vec!["2 1", "3 OpenArray"]),
            ("[1] x y", vec!["1 1", "1 AfterArray"]),
            ("[1][2]", vec!["1 1", "1 AfterArray"]),
            ("{} {}", vec!["1 {} {}"]),
        ] {
            for piece in [1, 3, 1000] {
                assert_eq!(cut(text, piece), items, "{text}");
            }
        }
        assert_eq!(cut(&format!("[\"{}\",2]", "x".repeat(super::CARD)), 1 << 16), ["1 CardTooLarge", "1 2"]);
        let (mut items, mut found) = (Items::default(), Vec::new());
        items.push(b"[\"\xff\"]", &mut found);
        assert_eq!(found, [Found::Rejected { line: 1, why: Reason::NotUtf8 }]);
    }
}
