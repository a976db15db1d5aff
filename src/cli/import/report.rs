//! What is told of an import: a line for each thing on standard output, and how many came to what.

use std::io::{Write as _, stdout};
use std::path::Path;

use serde_json::{Value, json};

use super::walk::Left;
use crate::cli::Failure;
use crate::cli::progress::Progress;
use crate::json::hides;
use crate::resources::import::item::{Item, Outcome, Totals};
use crate::store::columns::Uid;

/// The report so far.
pub(super) struct Report {
    json: bool,
    totals: Totals,
    progress: Progress,
}

impl Report {
    /// Of an import of so many bytes; `json`: an object a line.
    pub(super) fn new(json: bool, bytes: u64) -> Self {
        Self { json, totals: Totals::default(), progress: Progress::of_bytes("importing", bytes) }
    }

    /// So many bytes more were read.
    pub(super) fn read(&mut self, bytes: u64) {
        self.progress.advance(bytes);
    }

    /// What became of cards or events of a file.
    pub(super) fn items(&mut self, file: &Path, items: &[Item]) -> Result<(), Failure> {
        let mut text = String::new();
        for item in items {
            self.totals.count(item.result);
            text.push_str(&if self.json { as_json(file, item) } else { as_line(file, item) });
            text.push('\n');
        }
        self.write(&text)
    }

    /// What became of a picture.
    pub(super) fn picture(&mut self, file: &Path, result: Outcome, id: Uid) -> Result<(), Failure> {
        self.file(file, result, ("id", &id.to_string()))
    }

    /// What was not taken, and why.
    pub(super) fn left(&mut self, left: &Left) -> Result<(), Failure> {
        self.file(&left.path, left.result, ("reason", &left.reason))
    }

    fn file(&mut self, file: &Path, result: Outcome, (member, text): (&str, &str)) -> Result<(), Failure> {
        self.totals.count(result);
        let line = if self.json {
            json!({"file": file.display().to_string(), "result": result, member: text}).to_string()
        } else {
            format!("{}: {}: {text}", shown(file), word(result))
        };
        self.write(&format!("{line}\n"))
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        let written = self.progress.paused(|| {
            let mut out = stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        });
        written.map_err(|error| Failure::Failed(format!("cannot write to standard output: {error}")))
    }

    /// How many came to what, so far.
    pub(super) fn told(&self) -> String {
        let Totals { created, updated, unchanged, skipped, rejected } = self.totals;
        let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
        format!("{created} created, {updated} updated, {unchanged} unchanged{skipped}, {rejected} rejected")
    }

    /// The last line, and how many were rejected.
    pub(super) fn end(self) -> (String, u64) {
        let line = if self.json { serde_json::to_string(&self.totals).unwrap_or_default() } else { self.told() };
        (line, self.totals.rejected)
    }
}

/// A path in a line of text: what would break the line, or write something else on a terminal, is escaped.
pub(super) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for c in path.to_string_lossy().chars() {
        if hides(c) { text.extend(c.escape_default()) } else { text.push(c) }
    }
    text
}

fn word(result: Outcome) -> &'static str {
    match result {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Skipped => "skipped",
        Outcome::Rejected => "rejected",
    }
}

fn as_line(file: &Path, item: &Item) -> String {
    let id = item.id.map(|id| id.to_string());
    let more = item.reason.as_deref().or(id.as_deref()).unwrap_or_default();
    let warning = item.warning.as_deref().map(|warning| format!(" ({warning})")).unwrap_or_default();
    let uid = item.uid.as_deref().map(|uid| format!(" (UID {})", crate::json::shown(uid))).unwrap_or_default();
    format!("{}:{}: {}: {more}{uid}{warning}", shown(file), item.line, word(item.result))
}

fn as_json(file: &Path, item: &Item) -> String {
    let item = serde_json::to_value(item).unwrap_or_default();
    let mut line = json!({"file": file.display().to_string()});
    if let (Some(line), Value::Object(item)) = (line.as_object_mut(), item) {
        line.extend(item);
    }
    line.to_string()
}
