//! How far a long command has come, on stderr: a bar on a terminal, else a line now and then.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// One thing that takes long.
pub(super) struct Progress {
    what: &'static str,
    total: u64,
    done: u64,
    told: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of `total` steps.
    pub(super) fn new(what: &'static str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total).with_message(what);
            let style = ProgressStyle::with_template("{msg} [{bar:30}] {human_pos} of {human_len}, {eta} left");
            if let Ok(style) = style {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        });
        Self { what, total, done: 0, told: Instant::now(), bar }
    }

    /// One step more.
    pub(super) fn step(&mut self) {
        self.done += 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            eprintln!("sharehold: {}: {} of {}", self.what, self.done, self.total);
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
