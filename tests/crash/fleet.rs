//! Sixteen clients (or more) that write at once, each for a person of its own, and the checker that comes after them.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::house::House;
use crate::http::{Answer, Connection};
use crate::kinds::{self, Found, Kind, Mark};
use crate::ledger::{Ledger, Wrong};
use crate::outcome::{Fault, Outcome};
pub(crate) use crate::tally::Tally;

/// How long one request may take; the server's own deadlines are shorter.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a client waits after an answer that is no success.
const PAUSE: Duration = Duration::from_millis(5);

/// The clients.
pub(crate) struct Fleet {
    clients: Vec<Client>,
    /// The least time from one write of a client to its next.
    pub(crate) pace: Duration,
}

struct Client {
    index: u16,
    kind: &'static dyn Kind,
    token: String,
    ledger: Mutex<Ledger>,
    wrong: Mutex<Option<Wrong>>,
}

/// What the clients saw while they wrote.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Answers of success.
    pub(crate) acknowledged: AtomicU64,
    /// Answers that were none, by status.
    pub(crate) refused: Mutex<std::collections::BTreeMap<u16, u64>>,
    /// Requests without an answer.
    pub(crate) unanswered: AtomicU64,
    /// The longest that a request took, microseconds.
    pub(crate) slowest_us: AtomicU64,
}

/// When a client gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// When a request stays without an answer: the server was killed.
    Cut,
    /// When it is told to: the server goes on, whatever happens to its database.
    Told,
}

impl Fleet {
    /// `size` clients with tokens of `house`, each having written once at `address`.
    pub(crate) fn launch(house: &House, size: usize, address: SocketAddr) -> Outcome<Self> {
        let mut clients = Vec::with_capacity(size);
        for (index, token) in house.tokens(size)?.into_iter().enumerate() {
            let kind = kinds::of_client(index)?;
            let index = u16::try_from(index)?;
            clients.push(Client { index, kind, token, ledger: Mutex::default(), wrong: Mutex::default() });
        }
        let fleet = Self { clients, pace: Duration::ZERO };
        for client in &fleet.clients {
            let mut connection = Connection::open(address, PATIENCE)?;
            let answer = client.write(&mut connection)?.ok_or("the first write was not answered")?;
            if !(200..300).contains(&answer.status) {
                return Err(format!("the first write: {} {}", answer.status, answer.words()).into());
            }
        }
        let tally = fleet.check(address)?;
        if tally.is_clean() { Ok(fleet) } else { Err(format!("{:?}", tally.words).into()) }
    }

    /// Writes at `address` from all clients until `stop` is set, and sooner as `until` says.
    pub(crate) fn write(&self, address: SocketAddr, until: Until, stop: &AtomicBool) -> Seen {
        let seen = Seen::default();
        std::thread::scope(|scope| {
            for client in &self.clients {
                let seen = &seen;
                scope.spawn(move || client.run(address, until, self.pace, stop, seen));
            }
        });
        seen
    }

    /// Writes at `address` while `meanwhile` runs, and ends with it.
    pub(crate) fn write_while<T>(
        &self,
        address: SocketAddr,
        until: Until,
        meanwhile: impl FnOnce() -> T,
    ) -> Outcome<(Seen, T)> {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| self.write(address, until, &stop));
            let result = meanwhile();
            stop.store(true, Ordering::Release);
            let seen = writing.join().map_err(|_| Fault::from("a client panicked"))?;
            Ok((seen, result))
        })
    }

    /// Reads everything back at `address` and judges it.
    pub(crate) fn check(&self, address: SocketAddr) -> Outcome<Tally> {
        self.judge(address, |_, ledger, found| ledger.judge(found))
    }

    /// Every client's book as it is now.
    pub(crate) fn books(&self) -> Outcome<Vec<Ledger>> {
        let books =
            self.clients.iter().map(|client| Ok(client.ledger.lock().map_err(|_| "a client panicked")?.clone()));
        books.collect()
    }

    /// Reads back at `address` what a power cut left, and judges it by the `books` from before.
    pub(crate) fn survived(&self, address: SocketAddr, books: &[Ledger]) -> Outcome<Tally> {
        self.judge(address, |client, _, found| books.get(client).map_or(Ok(()), |book| book.survived(found)))
    }

    fn judge(
        &self,
        address: SocketAddr,
        verdict: impl Fn(usize, &mut Ledger, Found) -> Result<(), Wrong>,
    ) -> Outcome<Tally> {
        let mut tally = Tally::default();
        let mut connection = Connection::open(address, PATIENCE)?;
        for (index, client) in self.clients.iter().enumerate() {
            let found = client.kind.found(&mut connection, &client.token, client.index);
            let mut ledger = client.ledger.lock().map_err(|_| "a client panicked")?;
            tally.acknowledged += ledger.acknowledgements();
            if let Some(wrong) = client.wrong.lock().map_err(|_| "a client panicked")?.take() {
                tally.count(&client.name(), &wrong);
            }
            let judged = match found {
                Ok(found) => verdict(index, &mut ledger, found),
                Err(fault) if fault.is::<std::io::Error>() => return Err(fault),
                Err(fault) => Err(Wrong::Torn(fault.to_string())),
            };
            if let Err(wrong) = judged {
                tally.count(&client.name(), &wrong);
            }
        }
        Ok(tally)
    }

    /// Of each client what was acknowledged last, and the last write that was sent.
    pub(crate) fn latest(&self) -> Outcome<Vec<(Found, u64)>> {
        let one = |client: &Client| Ok(client.ledger.lock().map_err(|_| "a client panicked")?.latest());
        self.clients.iter().map(one).collect()
    }

    /// Reads everything at `address`, a copy that was begun after `floor` was acknowledged and was finished before `ceiling`.
    pub(crate) fn compare(
        &self,
        address: SocketAddr,
        floor: &[(Found, u64)],
        ceiling: &[(Found, u64)],
    ) -> Outcome<Tally> {
        let mut tally = Tally::default();
        let mut connection = Connection::open(address, PATIENCE)?;
        for (client, ((least, _), (_, most))) in self.clients.iter().zip(floor.iter().zip(ceiling)) {
            tally.acknowledged += least.number;
            let wrong = match client.kind.found(&mut connection, &client.token, client.index) {
                Ok(found) if found.number < least.number || found.changes < least.changes => {
                    Wrong::Lost(format!("found {found:?}, and {least:?} was acknowledged before"))
                }
                Ok(found) if found.number > *most => Wrong::Doubled(format!("found {found:?} of {most} writes")),
                Ok(_) => continue,
                Err(fault) if fault.is::<std::io::Error>() => return Err(fault),
                Err(fault) => Wrong::Torn(fault.to_string()),
            };
            tally.count(&client.name(), &wrong);
        }
        Ok(tally)
    }

    /// The tokens of its people.
    pub(crate) fn tokens(&self) -> Vec<&str> {
        self.clients.iter().map(|client| client.token.as_str()).collect()
    }
}

impl Client {
    fn name(&self) -> String {
        format!("client {} ({})", self.index, self.kind.name())
    }

    fn run(&self, address: SocketAddr, until: Until, pace: Duration, stop: &AtomicBool, seen: &Seen) {
        let mut connection = None;
        let mut due = Instant::now();
        while !stop.load(Ordering::Acquire) {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            due = (due + pace).max(Instant::now());
            let open = match connection.take().map_or_else(|| Connection::open(address, PATIENCE), Ok) {
                Ok(open) => connection.insert(open),
                Err(_) if until == Until::Cut => return,
                Err(_) => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
            };
            let begun = Instant::now();
            let written = self.write(open);
            let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            seen.slowest_us.fetch_max(took, Ordering::Relaxed);
            match written {
                Ok(Some(answer)) if (200..300).contains(&answer.status) => {
                    seen.acknowledged.fetch_add(1, Ordering::Relaxed);
                    if answer.is_last() {
                        connection = None;
                    }
                }
                Ok(Some(answer)) => {
                    if let Ok(mut refused) = seen.refused.lock() {
                        *refused.entry(answer.status).or_default() += 1;
                    }
                    std::thread::sleep(PAUSE);
                    if answer.is_last() {
                        connection = None;
                    }
                }
                Ok(None) => {
                    seen.unanswered.fetch_add(1, Ordering::Relaxed);
                    connection = None;
                    if until == Until::Cut {
                        return;
                    }
                }
                // An answer that contradicts the book: noted for the checker.
                Err(_) => return,
            }
        }
    }

    /// One write; nothing if no answer came. A contradiction is noted and ends the client.
    fn write(&self, connection: &mut Connection) -> Outcome<Option<Answer>> {
        // Not held while the answer is waited for: a power cut looks at the book in between.
        let book = || self.ledger.lock().map_err(|_| "a client panicked");
        let mark = Mark { client: self.index, number: book()?.send() };
        let request = self.kind.write(mark)?;
        let Ok(answer) = connection.send(&request, Some(&self.token)) else { return Ok(None) };
        if (200..300).contains(&answer.status) {
            let wrong = match self.kind.acknowledged(mark, &answer) {
                Ok(found) => book()?.acknowledge(mark.number, found).err(),
                Err(fault) => Some(Wrong::Torn(fault.to_string())),
            };
            if let Some(wrong) = wrong {
                let words = format!("{wrong:?}");
                *self.wrong.lock().map_err(|_| "a client panicked")? = Some(wrong);
                return Err(words.into());
            }
        }
        Ok(Some(answer))
    }
}

/// Waits until `holds` says yes, asking again and again; how long that took, or nothing if it took longer than `patience`.
pub(crate) fn until(patience: Duration, mut holds: impl FnMut() -> bool) -> Option<Duration> {
    let begun = Instant::now();
    loop {
        if holds() {
            return Some(begun.elapsed());
        }
        if begun.elapsed() > patience {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
