//! Load beside the fleet: readers that ask at a steady rate on connections that they keep, and count what is not answered well.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::http::{Connection, Request};

const PATIENCE: Duration = Duration::from_secs(20);

/// What readers saw.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// Answers 200.
    pub(crate) good: AtomicU64,
    /// All else: another status, a cut connection, none at all.
    pub(crate) bad: AtomicU64,
    /// The first few of those, in words.
    pub(crate) words: Mutex<Vec<String>>,
    /// The longest that an answer took, microseconds.
    pub(crate) slowest_us: AtomicU64,
}

impl Reads {
    /// Asks for the profile of `token`'s person at `address`, once every `each`, until `stop` is set.
    pub(crate) fn run(&self, address: SocketAddr, token: &str, each: Duration, stop: &AtomicBool) {
        let mut connection = None;
        let mut due = Instant::now();
        while !stop.load(Ordering::Acquire) {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            // What was missed is not made up for: the rate is a ceiling.
            due = (due + each).max(Instant::now());
            let begun = Instant::now();
            let asked =
                connection.take().map_or_else(|| Connection::open(address, PATIENCE), Ok).and_then(|mut open| {
                    let answer = open.send(&Request::get("/v1.0/me"), Some(token))?;
                    let last = answer.is_last();
                    Ok((answer, (!last).then_some(open)))
                });
            self.slowest_us
                .fetch_max(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
            match asked {
                Ok((answer, open)) => {
                    connection = open;
                    if answer.status == 200 {
                        self.good.fetch_add(1, Ordering::Relaxed);
                    } else {
                        self.fail(format!("read: {} {}", answer.status, answer.words()));
                    }
                }
                Err(fault) => self.fail(format!("read: {fault}")),
            }
        }
    }

    fn fail(&self, words: String) {
        self.bad.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut all) = self.words.lock()
            && all.len() < 10
        {
            all.push(words);
        }
    }
}
