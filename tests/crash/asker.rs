//! Those who ask for the same thing all the time while something is done to the server, and note each answer with its times.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::http::{Connection, Request};
use crate::outcome::{Fault, Outcome};

const PATIENCE: Duration = Duration::from_secs(20);

/// One of them: what it asks for, and how often.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'static str,
    pub(crate) token: Option<String>,
    pub(crate) every: Duration,
}

/// An answer, or that there was none.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) asked: Instant,
    pub(crate) answered: Instant,
    /// 0: no answer.
    pub(crate) status: u16,
    /// Whether it said when to come back.
    pub(crate) retry_after: bool,
    /// The first letters of a body that is no success.
    pub(crate) words: String,
}

impl Note {
    /// How long it took, counted from `from` if it was asked before.
    pub(crate) fn took_since(&self, from: Instant) -> Duration {
        self.answered.saturating_duration_since(self.asked.max(from))
    }
}

/// Lets all of `askers` ask while `meanwhile` runs; what each noted, in their order.
pub(crate) fn ask_while<T>(askers: &[Asker], meanwhile: impl FnOnce() -> T) -> Outcome<(Vec<Vec<Note>>, T)> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking: Vec<_> = askers.iter().map(|asker| scope.spawn(|| asker.ask(&stop))).collect();
        let result = meanwhile();
        stop.store(true, Ordering::Release);
        let notes = asking.into_iter().map(|asking| asking.join().map_err(|_| Fault::from("an asker panicked")));
        Ok((notes.collect::<Outcome<_>>()?, result))
    })
}

impl Asker {
    fn ask(&self, stop: &AtomicBool) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut connection = None;
        while !stop.load(Ordering::Acquire) {
            let asked = Instant::now();
            let answer = match connection.take() {
                Some(open) => Ok(open),
                None => Connection::open(self.address, PATIENCE),
            }
            .and_then(|open| connection.insert(open).send(&Request::get(self.path), self.token.as_deref()));
            let answered = Instant::now();
            let mut note = Note { asked, answered, status: 0, retry_after: false, words: String::new() };
            match answer {
                Ok(answer) => {
                    note.status = answer.status;
                    note.retry_after = answer.header("retry-after").is_some();
                    if answer.status != 200 {
                        note.words = answer.words();
                    }
                    if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
                        connection = None;
                    }
                }
                Err(fault) => {
                    note.words = fault.to_string();
                    connection = None;
                }
            }
            notes.push(note);
            thread::sleep(self.every.saturating_sub(asked.elapsed()));
        }
        notes
    }
}
