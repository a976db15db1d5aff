//! What a calendar file turned out to hold, piece by piece. Imports nothing of ours.

use std::fmt;

/// What was found in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A VCALENDAR begins: the time zones of the one before are not its own.
    Calendar,
    /// A whole VEVENT, as text.
    Event {
        /// The line of its `BEGIN`, counted from 1.
        line: u64,
        /// From `BEGIN:VEVENT` to `END:VEVENT`.
        text: String,
    },
    /// A whole VTIMEZONE, as text.
    Zone {
        /// The line of its `BEGIN`.
        line: u64,
        /// From `BEGIN:VTIMEZONE` to `END:VTIMEZONE`.
        text: String,
    },
    /// A component that is no event.
    Skipped {
        /// The line of its `BEGIN`.
        line: u64,
        /// Its name, or what it is instead.
        name: String,
    },
    /// Something that is nothing, or that is not taken.
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
    /// Text between calendars.
    Stray,
    /// The next component begins, or the calendar ends, before the `END`.
    Unterminated,
    /// The next calendar begins, or the file ends, before the calendar does.
    CutOff,
    /// A component is too large.
    TooLarge,
    /// The file is UTF-16 or UTF-32.
    WideText,
}

impl fmt::Display for Reason {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Stray => "This is not part of a calendar: a calendar goes from BEGIN:VCALENDAR to END:VCALENDAR.",
            Self::Unterminated => "The event or time zone has no END.",
            Self::CutOff => "The calendar has no END:VCALENDAR: the file was cut off.",
            Self::TooLarge => "The event or time zone is larger than 10 MiB.",
            Self::WideText => "The file is UTF-16 or UTF-32 text: save it as UTF-8.",
        })
    }
}

impl Found {
    /// How much memory it takes, about.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Event { text, .. } | Self::Zone { text, .. } => text.len(),
            Self::Calendar | Self::Skipped { .. } | Self::Rejected { .. } => 64,
        }
    }
}
