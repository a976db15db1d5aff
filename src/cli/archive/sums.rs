//! `SHA256SUMS`: every file of a backup with its hash, in the form that `sha256sum -c` reads.

use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};

/// Longer than any line that is written.
const LONGEST: u64 = 4096;

/// Hashes by name.
#[derive(Debug, Default)]
pub(in crate::cli) struct Sums(BTreeMap<String, String>);

impl Sums {
    /// Adds a file.
    pub(in crate::cli) fn add(&mut self, name: impl Into<String>, sha256: String) {
        self.0.insert(name.into(), sha256);
    }

    /// The hash of one.
    pub(in crate::cli) fn of(&self, name: &str) -> Option<&String> {
        self.0.get(name)
    }

    /// All, in the order of their names.
    pub(in crate::cli) fn all(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }

    /// How many.
    pub(in crate::cli) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// As it is written.
    pub(super) fn text(&self) -> String {
        self.0.iter().flat_map(|(name, sha256)| [sha256, "  ", name, "\n"]).collect()
    }

    /// Reads what was written, and nothing else; line by line, because there may be a line for each of millions of people.
    pub(super) fn parse(mut from: impl BufRead) -> Result<Self, String> {
        let (mut sums, mut line) = (Self::default(), String::new());
        for number in 1_u64.. {
            line.clear();
            let spoilt = || format!("line {number} is not what was written");
            if from.by_ref().take(LONGEST).read_line(&mut line).map_err(|_| spoilt())? == 0 {
                break;
            }
            let (name, sha256) = entry(&line).ok_or_else(spoilt)?;
            if sums.of(name).is_some() {
                return Err(spoilt());
            }
            sums.add(name, sha256.to_owned());
        }
        Ok(sums)
    }
}

/// The name and the hash in a line.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (sha256, name) = line.strip_suffix('\n')?.split_once("  ")?;
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    // A name leads nowhere but into the backup's own folder.
    let leads_out = name.starts_with('/') || name.split('/').any(|part| matches!(part, "" | "." | ".."));
    (is_hash && !leads_out).then_some((name, sha256))
}

#[cfg(test)]
mod tests {
    use super::Sums;

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        let mut sums = Sums::default();
        sums.add("b/c", "0".repeat(64));
        sums.add("a", "f".repeat(64));
        let text = sums.text();
        assert_eq!(text, format!("{}  a\n{}  b/c\n", "f".repeat(64), "0".repeat(64)));
        assert_eq!(Sums::parse(text.as_bytes()).unwrap().text(), text);
        let spoilt =
            [text.replace('f', "F"), text.replacen('f', "", 1), text.replace("b/c", "../c"), text.replace("b/c", "/c")];
        for spoilt in
            spoilt.into_iter().chain([text.trim_end().to_owned(), text.replace("b/c", "a"), text.replace("  ", " ")])
        {
            assert!(Sums::parse(spoilt.as_bytes()).is_err(), "{spoilt}");
        }
    }
}
