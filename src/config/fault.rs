//! What is wrong with a configuration: one line a fault, naming the key and how to mend it.
//! A leaf: imports nothing of ours.

use std::fmt;

/// One thing wrong (or, among the warnings, one thing worth knowing), as the operator reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    place: Option<String>,
    key: String,
    what: String,
}

impl Fault {
    /// A fault of `key` (dotted, list places as numbers), said in one sentence that tells how to mend it.
    pub fn new(key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: None, key: key.into(), what: what.into() }
    }

    /// The same fault, with where it was written: `file:line`, a variable or a flag.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// The key at fault, such as `authorization_servers.0.issuer`.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Fault {
    /// `place: key: what`, on one line whatever the parts hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.iter().map(String::as_str);
        let key = Some(self.key.as_str()).filter(|key| !key.is_empty());
        let parts: Vec<&str> = place.chain(key).chain([self.what.as_str()]).collect();
        f.write_str(&parts.join(": ").replace(|c: char| c.is_control(), " "))
    }
}
