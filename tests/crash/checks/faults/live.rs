//! Faults while the server runs: the writes of each kind, a new person's first, a removal, a checkpoint.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::person::{Person, Told, ask};
use super::{Case, Faults, every_call};
use crate::board::{ALL, BLOBS, Board, DATABASE, Fault, Hit, WAL};
use crate::house::House;
use crate::http::Request;
use crate::kinds::KINDS;
use crate::outcome::{Outcome, Row};
use crate::server::{self, Server, Start};
use crate::swept::{INCOMING, SHA256_DIGITS};

/// Writes after which a checkpoint must have come.
const MANY: u32 = 1500;
/// The place of the profile and of the photo in [`KINDS`].
const PROFILE: usize = 0;
const PHOTO: usize = 1;

/// What is done while a call fails.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Write(usize),
    First,
    Delete,
    Checkpoint,
}

struct Live<'a> {
    house: &'a House,
    board: &'a Board,
    server: Server,
    /// One a kind, who stay.
    writers: Vec<Person>,
    /// Who came for one fault, since the last restart.
    guests: Vec<Person>,
    people: u16,
    since_restart: u32,
    /// A call that removes a file failed since then: the file may be left.
    unremovable: bool,
    every: u32,
}

/// The rows of the deeds that are `wanted`.
pub(super) fn rows(args: &Faults, house: &House, board: &Board, wanted: impl Fn(&str) -> bool) -> Outcome<Vec<Row>> {
    let server = under(board).serve(house)?;
    let (writers, guests) = (Vec::new(), Vec::new());
    let mut live = Live {
        house,
        board,
        server,
        writers,
        guests,
        people: 0,
        since_restart: 0,
        unremovable: false,
        every: args.every,
    };
    for kind in 0..KINDS.len() {
        let mut person = live.person(kind)?;
        person.write(live.server.address)?;
        live.writers.push(person);
    }
    let mut deeds = Vec::new();
    let kinds = KINDS.iter().enumerate().map(|(place, (kind, _))| (format!("a {}", kind.name()), Deed::Write(place)));
    deeds.extend(kinds.filter(|_| wanted("write")));
    deeds.extend(wanted("first").then(|| ("a new person's first write".to_owned(), Deed::First)));
    deeds.extend(wanted("delete").then(|| ("removing a photo".to_owned(), Deed::Delete)));
    deeds.extend(wanted("checkpoint").then(|| ("a checkpoint".to_owned(), Deed::Checkpoint)));
    let mut rows = Vec::new();
    for (name, deed) in deeds {
        let calls = live.calls(deed)?;
        rows.push(every_call(args, &name, 1, &calls, |number, fault| live.case(deed, number, fault))?);
    }
    Ok(rows)
}

/// A server that the shim is in.
pub(super) fn under(board: &Board) -> Start {
    Start { variables: board.variables(), ..Start::default() }
}

impl Live<'_> {
    fn person(&mut self, kind: usize) -> Outcome<Person> {
        self.people += 1;
        Person::new(self.house, self.people, kind)
    }

    /// The calls that `deed` makes: the fewest of three times, of which one may have met a checkpoint.
    fn calls(&mut self, deed: Deed) -> Outcome<Vec<String>> {
        let mut fewest: Option<Vec<String>> = None;
        for _ in 0..3 {
            let told = self.act(deed, 0, Fault::Eio)?.1;
            if let Some(wrong) = told.wrong.first() {
                return Err(format!("{deed:?} without a fault: {wrong}").into());
            }
            let calls = self.board.calls()?;
            if fewest.as_ref().is_none_or(|fewest| calls.len() < fewest.len()) {
                fewest = Some(calls);
            }
        }
        Ok(fewest.unwrap_or_default())
    }

    /// Does it with the call of this number failing; who did it, and what came of it.
    fn act(&mut self, deed: Deed, number: u64, fault: Fault) -> Outcome<(Option<Person>, Told)> {
        let address = self.server.address;
        let (mut guest, which) = match deed {
            Deed::Write(_) => (None, ALL),
            Deed::Checkpoint => (None, DATABASE),
            Deed::First => (Some(self.person(PROFILE)?), ALL),
            Deed::Delete => {
                let mut guest = self.person(PHOTO)?;
                let told = guest.write(address)?;
                if !told.is_success() {
                    return Err(format!("a photo without a fault: {told:?}").into());
                }
                (Some(guest), ALL)
            }
        };
        self.board.arm(number, fault, which)?;
        let told = match (deed, &mut guest) {
            (Deed::Write(kind), _) => self.writers.get_mut(kind).ok_or("no such kind")?.write(address)?,
            (Deed::Checkpoint, _) => self.checkpoint(number)?,
            (Deed::Delete, Some(guest)) => guest.remove(address),
            (_, Some(guest)) => guest.write(address)?,
            (_, None) => return Err("nobody".into()),
        };
        self.board.disarm()?;
        Ok((guest, told))
    }

    /// Writes until the log is copied into the database, which comes after an answer; or until the call fails.
    fn checkpoint(&mut self, number: u64) -> Outcome<Told> {
        let writer = self.writers.get_mut(PROFILE).ok_or("no such kind")?;
        for _ in 0..MANY {
            let told = writer.write(self.server.address)?;
            if !told.is_success() || self.board.hit(number)?.is_some() {
                return Ok(told);
            }
            let mut before = 0;
            while self.board.count()? != before {
                before = self.board.count()?;
                std::thread::sleep(Duration::from_millis(30));
            }
            if before > 0 {
                return Ok(told);
            }
        }
        Err("no checkpoint came".into())
    }

    fn case(&mut self, deed: Deed, number: u64, fault: Fault) -> Outcome<Case> {
        let before = blobs(&self.house.data)?;
        let (mut guest, told) = self.act(deed, number, fault)?;
        let Some(hit) = self.board.hit(number)? else {
            self.guests.extend(guest);
            return Ok(Case::default());
        };
        let answer = told.status();
        let mut wrong = told.wrong;
        let kept = blobs(&self.house.data)?;
        if hit.file == BLOBS && answer >= 300 && !hit.is("unlink") && kept != before {
            wrong.push(format!("{before} files of pictures were there, after a put that failed {kept}"));
        }
        let room = matches!(fault, Fault::Enospc | Fault::Short) && (hit.is("write") || hit.is("pwrite"));
        if room && answer != 507 && !(200..300).contains(&answer) {
            wrong.push(format!("a full disk is answered with {answer}, not 507"));
        }
        let address = self.server.address;
        let halted = self.aftermath(&hit, room, &mut wrong)?;
        // Who was never written down cannot be read either while nothing is written.
        for person in self.writers.iter_mut().chain(guest.as_mut().filter(|_| !halted)) {
            wrong.extend(person.judge(address, false)?);
        }
        self.guests.extend(guest);
        self.since_restart += 1;
        self.unremovable |= hit.is("unlink");
        if halted || self.since_restart >= self.every || !wrong.is_empty() {
            self.restart(&mut wrong)?;
        }
        Ok(Case { hit: Some(hit), answer: answer.to_string(), halted, wrong })
    }

    /// What the server does next: goes on, or writes nothing more and says so.
    fn aftermath(&mut self, hit: &Hit, room: bool, wrong: &mut Vec<String>) -> Outcome<bool> {
        let writer = self.writers.get_mut(PROFILE).ok_or("no such kind")?;
        let next = writer.write(self.server.address)?;
        let halted = next.is_halted();
        if hit.is_sync_of_database() && !halted {
            wrong.push(format!("after a sync that failed a write is answered with {}", next.status()));
        }
        if halted && (room || hit.file & DATABASE == 0 && hit.file & WAL == 0) {
            wrong.push("no more writes, although only room was missing, or a picture's file failed".to_owned());
        }
        if !halted {
            if !next.is_success() {
                wrong.push(format!("the next write is answered with {}", next.status()));
            }
            wrong.extend(next.wrong);
            return Ok(false);
        }
        let token = writer.token.clone();
        let read = ask(self.server.address, &Request::get("/v1.0/me"), Some(&token));
        if read.status() != 200 {
            wrong.push(format!("a read is answered with {}", read.status()));
        }
        // What /readyz says is kept for a second.
        let told = crate::fleet::until(Duration::from_secs(3), || {
            self.server
                .readiness()
                .is_ok_and(|answer| answer.status == 503 && answer.words().contains("until a restart"))
        });
        if told.is_none() {
            wrong.push("/readyz does not say why".to_owned());
        }
        let metrics = server::get(self.server.admin, "/metrics", None)?;
        if !String::from_utf8_lossy(&metrics.body).contains("\nsharehold_db_writes_halted 1\n") {
            wrong.push("no metric says so".to_owned());
        }
        Ok(true)
    }

    /// kill -9, a start without a fault, and everything read back.
    fn restart(&mut self, wrong: &mut Vec<String>) -> Outcome<()> {
        self.server.kill()?;
        self.server = under(self.board).serve(self.house)?;
        let unremovable = std::mem::take(&mut self.unremovable);
        self.since_restart = 0;
        for person in self.writers.iter_mut().chain(&mut self.guests) {
            wrong.extend(person.judge(self.server.address, true)?);
        }
        self.guests.clear();
        let left = unfinished(&self.house.data)?;
        if !left.is_empty() && !unremovable {
            wrong.push(format!("unfinished files are left: {left:?}"));
        }
        left.iter().try_for_each(fs::remove_file)?;
        let next = self.writers.get_mut(PROFILE).ok_or("no such kind")?.write(self.server.address)?;
        if !next.is_success() {
            wrong.push(format!("after the restart a write is answered with {}", next.status()));
        }
        Ok(())
    }
}

/// The files of pictures, begun ones too.
fn files(data: &Path) -> Outcome<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(data.join("blobs"))?.flatten().map(|entry| entry.path()) {
        if entry.is_dir() { folders.push(entry) } else { found.push(entry) }
    }
    for folder in folders {
        found.extend(fs::read_dir(folder)?.flatten().map(|file| file.path()));
    }
    Ok(found)
}

/// How many there are but for contents: of those that no row names the sweep takes what is left, as somebody else may put the same
/// in place at that moment.
fn blobs(data: &Path) -> Outcome<usize> {
    let is_content = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == SHA256_DIGITS);
    Ok(files(data)?.iter().filter(|path| !is_content(path)).count())
}

/// Those that a put began and did not finish.
fn unfinished(data: &Path) -> Outcome<Vec<PathBuf>> {
    let is_begun = |path: &PathBuf| path.to_string_lossy().contains('#') || path.to_string_lossy().contains(INCOMING);
    Ok(files(data)?.into_iter().filter(is_begun).collect())
}
