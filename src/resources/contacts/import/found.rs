//! What a vCard file turned out to hold, piece by piece. Imports nothing of ours.

use std::fmt;

/// What was found in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A whole card, as text with CRLF line ends.
    Card {
        /// The line of its `BEGIN`, counted from 1.
        line: u64,
        /// From `BEGIN:VCARD` to `END:VCARD`.
        text: String,
    },
    /// An item of a JSON file, as text.
    JsContact {
        /// The line where it begins, counted from 1.
        line: u64,
        /// Not parsed yet.
        text: String,
    },
    /// Something that is no card, or one that is not taken.
    Rejected {
        /// The line where it begins.
        line: u64,
        /// Why.
        why: Reason,
    },
}

/// Why something is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Text between cards.
    Stray,
    /// The next card begins, or the file ends, before the `END`.
    Unterminated,
    /// A line is too long.
    LineTooLong,
    /// The card is too large.
    CardTooLarge,
    /// Cards within cards, too many.
    TooDeep,
    /// The file is UTF-16 or UTF-32.
    WideText,
    /// An item of a JSON file is not UTF-8.
    NotUtf8,
    /// The file ends before its JSON array does.
    OpenArray,
    /// Text after the JSON array.
    AfterArray,
}

impl fmt::Display for Reason {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Stray => "This is not part of a card: a card goes from BEGIN:VCARD to END:VCARD.",
            Self::Unterminated => "The card has no END:VCARD.",
            Self::LineTooLong => "A line of the card is longer than 64 KiB (an inline picture: 6 MiB).",
            Self::CardTooLarge => "The card is larger than 10 MiB.",
            Self::TooDeep => "Cards lie in cards more than 8 deep.",
            Self::WideText => "The file is UTF-16 or UTF-32 text: save it as UTF-8.",
            Self::NotUtf8 => "The card is not UTF-8 text.",
            Self::OpenArray => {
                "The array of cards does not end with `]`: the file was cut off, or a bracket or quote is missing."
            }
            Self::AfterArray => "Nothing may follow the array of cards.",
        })
    }
}

impl Found {
    /// How much memory it takes, about.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Card { text, .. } | Self::JsContact { text, .. } => text.len(),
            Self::Rejected { .. } => 64,
        }
    }
}
