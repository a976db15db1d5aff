//! One person who writes one kind of thing, with the book of it; and what an answer must look like.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::house::House;
use crate::http::{Answer, Connection, Request};
use crate::kinds::{KINDS, Kind, Mark};
use crate::ledger::Ledger;
use crate::outcome::Outcome;

/// How long the harness waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an answer may take when a disk fails.
const DEADLINE: Duration = Duration::from_secs(5);

/// The person.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) kind: &'static dyn Kind,
    pub(super) token: String,
    index: u16,
    ledger: Ledger,
    /// Whether the photo was taken away: acknowledged, or perhaps.
    removed: Option<bool>,
}

impl Person {
    /// A new one who writes the kind of this place in [`KINDS`].
    pub(super) fn new(house: &House, index: u16, kind: usize) -> Outcome<Self> {
        let kind = KINDS.get(kind).ok_or("no such kind")?.0;
        let token = house.token(&format!("person-{index}"))?;
        Ok(Self { kind, token, index, ledger: Ledger::default(), removed: None })
    }

    /// One write, noted in the book.
    pub(super) fn write(&mut self, address: SocketAddr) -> Outcome<Told> {
        let mark = Mark { client: self.index, number: self.ledger.send() };
        let request = self.kind.write(mark)?;
        let mut told = ask(address, &request, Some(&self.token));
        if let Some(answer) = told.answer.as_ref().filter(|answer| answer.status < 300) {
            match self.kind.acknowledged(mark, answer).map(|found| self.ledger.acknowledge(mark.number, found)) {
                Ok(Ok(())) => {}
                wrong => told.wrong.push(format!("{wrong:?}")),
            }
        }
        Ok(told)
    }

    /// Takes the photo away.
    pub(super) fn remove(&mut self, address: SocketAddr) -> Told {
        let request = Request { method: "DELETE", ..Request::get("/v1.0/me/photo/$value") };
        let told = ask(address, &request, Some(&self.token));
        self.removed = Some(told.is_success());
        told
    }

    /// Reads it back: what is wrong, if anything is. `last`: the book is closed with it.
    pub(super) fn judge(&mut self, address: SocketAddr, last: bool) -> Outcome<Option<String>> {
        let mut connection = Connection::open(address, PATIENCE)?;
        let found = match self.kind.found(&mut connection, &self.token, self.index) {
            Ok(found) => found,
            Err(fault) => return Ok(Some(format!("{} of person {}: {fault}", self.kind.name(), self.index))),
        };
        if let Some(acknowledged) = self.removed {
            let still = found.number != 0;
            return Ok((acknowledged && still).then(|| "a photo that was removed is back".to_owned()));
        }
        let verdict = if last { self.ledger.judge(found) } else { self.ledger.peek(found) };
        Ok(verdict.err().map(|wrong| format!("{} of person {}: {wrong:?}", self.kind.name(), self.index)))
    }
}

/// What came of a request.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) answer: Option<Answer>,
    pub(super) wrong: Vec<String>,
}

impl Told {
    pub(super) fn status(&self) -> u16 {
        self.answer.as_ref().map_or(0, |answer| answer.status)
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// Whether it says: no writes until a restart.
    pub(super) fn is_halted(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| {
            answer.status == 503 && answer.header("retry-after").is_some() && answer.words().contains("restarts")
        })
    }
}

/// Asks, on a connection of its own; an answer must come in time, and be a success or a problem of the server's own.
pub(super) fn ask(address: SocketAddr, request: &Request, token: Option<&str>) -> Told {
    let begun = Instant::now();
    let asked = Connection::open(address, PATIENCE).and_then(|mut connection| connection.send(request, token));
    let mut told = Told::default();
    if begun.elapsed() > DEADLINE {
        told.wrong.push(format!("answered after {} ms", begun.elapsed().as_millis()));
    }
    match asked {
        Ok(answer) => {
            let body: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
            let problem =
                body.is_some_and(|body| body.pointer("/error/code").is_some_and(serde_json::Value::is_string));
            let clean = answer.status < 300 || (matches!(answer.status, 500 | 503 | 507) && problem);
            if !clean {
                told.wrong.push(format!("{} {}", answer.status, answer.words()));
            }
            told.answer = Some(answer);
        }
        Err(fault) => told.wrong.push(format!("no answer: {fault}")),
    }
    told
}
