//! Why a card or a calendar is not taken. A leaf: imports nothing of ours.

use std::fmt;

/// Where and why; safe to show to whoever sent the text: it holds nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line within the text, from 1; 0 when no line is to blame.
    pub line: usize,
    /// What is wrong and how to mend it.
    pub reason: String,
}

impl Fault {
    /// At a line.
    pub fn new(line: usize, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.reason),
            line => write!(f, "line {line}: {}", self.reason),
        }
    }
}

impl std::error::Error for Fault {}
