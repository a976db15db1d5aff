//! How far a long command has come, on stderr: a bar on a terminal, else a line now and then.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// One thing that takes long.
pub(super) struct Progress {
    what: &'static str,
    total: u64,
    done: u64,
    in_bytes: bool,
    told: Instant,
    bar: Option<ProgressBar>,
}

const STEPS: &str = "{msg} [{bar:30}] {human_pos} of {human_len}, {eta} left";
const BYTES: &str = "{msg} [{bar:30}] {binary_bytes} of {binary_total_bytes}, {eta} left";

impl Progress {
    /// Of `total` steps.
    pub(super) fn new(what: &'static str, total: u64) -> Self {
        Self::counting(what, total, false)
    }

    /// Of so many bytes.
    pub(super) fn of_bytes(what: &'static str, total: u64) -> Self {
        Self::counting(what, total, true)
    }

    fn counting(what: &'static str, total: u64, in_bytes: bool) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total).with_message(what);
            if let Ok(style) = ProgressStyle::with_template(if in_bytes { BYTES } else { STEPS }) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        });
        Self { what, total, done: 0, in_bytes, told: Instant::now(), bar }
    }

    /// One step more.
    pub(super) fn step(&mut self) {
        self.advance(1);
    }

    /// So many steps, or bytes, more.
    pub(super) fn advance(&mut self, by: u64) {
        self.done += by;
        if let Some(bar) = &self.bar {
            bar.inc(by);
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            if self.in_bytes {
                eprintln!("sharehold: {}: {} of {}", self.what, HumanBytes(self.done), HumanBytes(self.total));
            } else {
                eprintln!("sharehold: {}: {} of {}", self.what, self.done, self.total);
            }
        }
    }

    /// What `work` gives; what it writes stands above the bar.
    pub(super) fn paused<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }

    /// A line that stays, above the bar.
    pub(super) fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("sharehold: {text}")),
            None => eprintln!("sharehold: {text}"),
        }
    }
}

/// A line on stderr, above the bar if there is one.
pub(super) fn tell(progress: Option<&Progress>, line: &str) {
    match progress {
        Some(progress) => progress.line(line),
        None => eprintln!("sharehold: {line}"),
    }
}

/// So many of these.
pub(super) fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
