//! How a check ends: what went wrong as a line of words, what held as a row of the README's table.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// What went wrong. The harness stops at the first of these.
pub(crate) type Fault = Box<dyn Error + Send + Sync>;

/// A result that may be a [`Fault`].
pub(crate) type Outcome<T> = Result<T, Fault>;

/// One line of what was shown.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Row {
    /// What was done to it.
    pub(crate) what: String,
    /// How often.
    pub(crate) how_often: String,
    /// What came of it, in figures.
    pub(crate) result: String,
    /// Whether that is what was promised.
    pub(crate) held: bool,
    /// The command that shows it again.
    pub(crate) command: String,
}

impl Row {
    /// A row of the command that this process runs.
    pub(crate) fn new(
        what: impl Into<String>,
        how_often: impl Into<String>,
        result: impl Into<String>,
        held: bool,
    ) -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let mut command = String::from("crash");
        let mut skip = false;
        for argument in arguments {
            if skip || argument == "--report" {
                skip = !skip;
                continue;
            }
            let _ = write!(command, " {argument}");
        }
        Self { what: what.into(), how_often: how_often.into(), result: result.into(), held, command }
    }

    /// Prints the row, and appends it to the report if there is one (JSON, a row a line).
    pub(crate) fn tell(&self, report: Option<&Path>) -> Outcome<()> {
        let verdict = if self.held { "held" } else { "DID NOT HOLD" };
        println!("{}: {}: {} [{verdict}]", self.what, self.how_often, self.result);
        if let Some(path) = report {
            let mut file = std::fs::File::options().create(true).append(true).open(path)?;
            writeln!(file, "{}", serde_json::to_string(self)?)?;
        }
        Ok(())
    }
}

/// Prints the rows of the report at `path` in Markdown.
pub(crate) fn table(path: &Path) -> Outcome<()> {
    println!("| what | how often | result | command |\n|---|---|---|---|");
    for line in std::fs::read_to_string(path)?.lines() {
        let row: Row = serde_json::from_str(line)?;
        let verdict = if row.held { "" } else { "**did not hold**: " };
        println!("| {} | {} | {verdict}{} | `{}` |", row.what, row.how_often, row.result, row.command);
    }
    Ok(())
}
