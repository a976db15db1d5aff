//! What an outage of the database showed, and whether that is what was promised.

use std::fs;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::asker::Note;
use crate::fleet::{Seen, Tally};
use crate::kinds::Found;
use crate::outcome::Outcome;
use crate::server::Server;

use super::outage::Scenario;

/// A request is answered within a second while the database is away; the rest is for a machine that does other things too.
const FAST: Duration = Duration::from_millis(1200);
/// `/readyz` says so within this.
const NOT_READY: Duration = Duration::from_secs(2);
/// All is well again within this.
pub(super) const RECOVERED: Duration = Duration::from_secs(3);
/// A server is at its end within this after SIGTERM, also while its database is away.
const STOPPED: Duration = Duration::from_secs(10);
/// A write also draws a picture now and then, while others do.
const WRITTEN: Duration = Duration::from_millis(1500);
/// More threads than before the first outage at most: 128 that hang, a generation in use, and those who ask.
const MORE_THREADS: u64 = 128 + 32;

/// The worst of all rounds.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) tally: Tally,
    /// The longest that a read took which was under way or begun while the database was away.
    slowest_read: Duration,
    slowest_write: Duration,
    /// From the beginning to `/readyz` saying no.
    not_ready: Duration,
    slowest_readiness: Duration,
    /// From its return to the first read that was served, the last that was not, and `/readyz` saying yes.
    served: Duration,
    last_refused: Duration,
    ready: Duration,
    refused: u64,
    unknown: u64,
    /// Threads before the first outage, and at most.
    threads_before: u64,
    threads_most: u64,
    stopped: Option<Duration>,
    /// Tokens that had to be opened again.
    pub(super) misses: f64,
    /// What must not be, in words.
    pub(super) odd: Vec<String>,
}

impl Shown {
    /// Notes how many threads the process has.
    pub(super) fn threads(&mut self, server: &Server) -> Outcome<()> {
        let status = fs::read_to_string(format!("/proc/{}/status", server.pid().as_raw_nonzero()))?;
        let threads = status.lines().find_map(|line| line.strip_prefix("Threads:")?.trim().parse().ok());
        let threads = threads.ok_or("no count of threads")?;
        if self.threads_before == 0 {
            self.threads_before = threads;
        }
        self.threads_most = self.threads_most.max(threads);
        Ok(())
    }

    /// What `sharehold_db_up` says, and should.
    pub(super) fn up(&mut self, server: &Server, wanted: f64) -> Outcome<()> {
        let told = server.metric("sharehold_db_up")?;
        if (told - wanted).abs() > 0.5 {
            self.odd.push(format!("sharehold_db_up is {told}"));
        }
        Ok(())
    }

    /// Ends the server; how long that takes.
    pub(super) fn stopped(&mut self, server: &mut Server) -> Outcome<()> {
        let begun = Instant::now();
        let status = server.stop()?;
        self.stopped = Some(begun.elapsed());
        if !status.success() {
            self.odd.push(format!("it ended with {status}"));
        }
        Ok(())
    }

    /// What `/readyz` said.
    pub(super) fn readiness(&mut self, notes: &[Note], begun: Instant, back: Instant) {
        let no = notes.iter().find(|note| note.answered >= begun && note.status == 503);
        let yes = notes.iter().find(|note| note.asked >= back && note.status == 200);
        worse(&mut self.not_ready, no.map(|note| note.answered.saturating_duration_since(begun)));
        worse(&mut self.ready, yes.map(|note| note.answered.saturating_duration_since(back)));
        let slowest = notes.iter().map(|note| note.took_since(note.asked)).max();
        self.slowest_readiness = self.slowest_readiness.max(slowest.unwrap_or_default());
        self.odd(notes.iter().filter(|note| !matches!(note.status, 200 | 503)), "readiness");
    }

    /// What must never be anything but 200.
    pub(super) fn steady(&mut self, notes: &[Note]) {
        self.odd(notes.iter().filter(|note| note.status != 200), "without the database");
        self.odd(notes.iter().filter(|note| note.took_since(note.asked) > FAST), "without the database, slow");
    }

    /// What readers were told.
    pub(super) fn reads(&mut self, notes: &[Note], begun: Instant, back: Instant) {
        let touched = notes.iter().filter(|note| note.answered >= begun && note.asked <= back);
        let slowest = touched.map(|note| note.took_since(begun)).max();
        self.slowest_read = self.slowest_read.max(slowest.unwrap_or_default());
        let good = notes.iter().filter(|note| note.asked >= back && note.status == 200).map(|note| note.answered).min();
        worse(&mut self.served, good.map(|at| at.saturating_duration_since(back)));
        let bad = notes.iter().filter(|note| note.answered >= back && note.status != 200);
        let last = bad.map(|note| note.answered.saturating_duration_since(back)).max();
        self.last_refused = self.last_refused.max(last.unwrap_or_default());
        self.refused += notes.iter().filter(|note| note.status == 503).count() as u64;
        self.odd(notes.iter().filter(|note| !matches!(note.status, 200 | 503)), "read");
        self.odd(notes.iter().filter(|note| note.status == 503 && !note.retry_after), "read, without Retry-After");
        self.odd(notes.iter().filter(|note| note.answered < begun && note.status != 200), "read before it began");
    }

    /// What each client wrote last, at the return and when all must be well again: each must have written since.
    pub(super) fn written(&mut self, then: &[(Found, u64)], now: &[(Found, u64)]) {
        for (client, ((then, _), (now, _))) in then.iter().zip(now).enumerate() {
            if now.number <= then.number {
                self.odd.push(format!("client {client} has written nothing {RECOVERED:?} after the return"));
            }
        }
    }

    /// What writers were told. A 500 is the truth for a commit whose answer never came: one a client at most, since no other
    /// begins while the database is away.
    pub(super) fn writes(&mut self, seen: &Seen, clients: usize) {
        self.slowest_write = self.slowest_write.max(Duration::from_micros(seen.slowest_us.load(Ordering::Acquire)));
        let Ok(refused) = seen.refused.lock() else { return };
        for (status, count) in refused.iter() {
            match status {
                503 => self.refused += count,
                500 if *count <= clients as u64 => self.unknown += count,
                other => self.odd.push(format!("write: {count} × {other}")),
            }
        }
        let unanswered = seen.unanswered.load(Ordering::Acquire);
        if unanswered > 0 {
            self.odd.push(format!("write: {unanswered} without an answer"));
        }
    }

    /// Whether all was kept.
    pub(super) fn held(&self, scenario: Scenario) -> bool {
        let quick = self.slowest_read <= FAST && self.slowest_write <= WRITTEN && self.slowest_readiness <= FAST;
        // Whoever restarts at once may be back before anyone asked.
        let not_ready = self.not_ready <= NOT_READY || scenario == Scenario::Restarted;
        let back = [self.served, self.last_refused, self.ready].iter().all(|took| *took <= RECOVERED);
        let stopped = self.stopped.is_none_or(|took| took <= STOPPED);
        let threads = self.threads_most <= self.threads_before + MORE_THREADS;
        quick && not_ready && back && threads && stopped && self.odd.is_empty() && self.tally.is_clean()
    }

    /// In a line.
    pub(super) fn line(&self) -> String {
        let ms =
            |took: Duration| if took == Duration::MAX { "never".into() } else { format!("{} ms", took.as_millis()) };
        let stopped = self.stopped.map(|took| format!(", stopped while away in {}", ms(took))).unwrap_or_default();
        format!(
            "{}; {} answered 503, {} 500 (commit unknown); slowest read {}, write {}; not ready in {} (slowest /readyz {}); \
             after its return first served {}, last 503 {}, ready {}; threads {} to {}, tokens opened again {}{stopped}",
            self.tally.line(),
            self.refused,
            self.unknown,
            ms(self.slowest_read),
            ms(self.slowest_write),
            ms(self.not_ready),
            ms(self.slowest_readiness),
            ms(self.served),
            ms(self.last_refused),
            ms(self.ready),
            self.threads_before,
            self.threads_most,
            self.misses,
        )
    }

    fn odd<'a>(&mut self, notes: impl Iterator<Item = &'a Note>, what: &str) {
        let room = 20_usize.saturating_sub(self.odd.len());
        let words =
            notes.map(|note| format!("{what}: {} {} {:?}", note.status, note.words, note.took_since(note.asked)));
        self.odd.extend(words.take(room));
    }
}

/// The worse of two times; nothing is the worst of all.
fn worse(worst: &mut Duration, took: Option<Duration>) {
    *worst = (*worst).max(took.unwrap_or(Duration::MAX));
}
