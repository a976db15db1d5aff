//! Faults while the server starts, over nothing and over what kill -9 left, and while it stops.

use std::fs;
use std::path::{Path, PathBuf};

use super::live::under;
use super::person::Person;
use super::{Case, Faults, every_call};
use crate::board::{ALL, Board, Fault};
use crate::house::House;
use crate::kinds::KINDS;
use crate::outcome::{Outcome, Row};
use crate::server::{Server, Start};

/// Writes in the log that is to be recovered.
const WRITES: usize = 12;

/// What the faults fall into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Start,
    Recovery,
    Stop,
}

struct Starts<'a> {
    house: &'a House,
    board: &'a Board,
    people: u16,
    /// Data as kill -9 left them, and whose they are.
    left: Option<(PathBuf, Vec<Person>)>,
}

/// The rows of the deeds that are `wanted`.
pub(super) fn rows(args: &Faults, house: &House, board: &Board, wanted: impl Fn(&str) -> bool) -> Outcome<Vec<Row>> {
    let deeds = [
        ("start", "a start over nothing", Deed::Start),
        ("recovery", "a start after kill -9", Deed::Recovery),
        ("stop", "a stop", Deed::Stop),
    ];
    let mut starts = Starts { house, board, people: 1000, left: None };
    let mut rows = Vec::new();
    for (_, name, deed) in deeds.into_iter().filter(|(path, ..)| wanted(path)) {
        let counted = starts.case(deed, 0, Fault::Eio)?;
        if let Some(wrong) = counted.wrong.first() {
            return Err(format!("{name} without a fault: {wrong}").into());
        }
        let calls = board.calls()?;
        rows.push(every_call(args, name, args.stride, &calls, |number, fault| starts.case(deed, number, fault))?);
    }
    Ok(rows)
}

impl Starts<'_> {
    fn case(&mut self, deed: Deed, number: u64, fault: Fault) -> Outcome<Case> {
        empty(&self.house.data)?;
        let mut people = if deed == Deed::Recovery { self.killed()? } else { Vec::new() };
        let mut case = match deed {
            Deed::Stop => self.stop(number, fault, &mut people)?,
            Deed::Start | Deed::Recovery => self.start(number, fault, &mut people)?,
        };
        let server = Start::default().serve(self.house)?;
        for person in &mut people {
            case.wrong.extend(person.judge(server.address, true)?);
            let next = person.write(server.address)?;
            if !next.is_success() {
                case.wrong.push(format!("after a good start a write is answered with {}", next.status()));
            }
            case.wrong.extend(person.judge(server.address, true)?);
        }
        Ok(case)
    }

    /// Starts with a fault; it gets ready and works, or it ends in good order.
    fn start(&mut self, number: u64, fault: Fault, people: &mut [Person]) -> Outcome<Case> {
        self.board.arm(number, fault, ALL)?;
        let started = under(self.board).serve(self.house);
        self.board.disarm()?;
        let mut case = Case { hit: self.board.hit(number)?, ..Case::default() };
        match started {
            Ok(mut server) => {
                "ready".clone_into(&mut case.answer);
                for person in people {
                    case.wrong.extend(person.judge(server.address, false)?);
                    let told = person.write(server.address)?;
                    case.halted |= told.is_halted();
                    case.wrong.extend(told.wrong);
                }
                server.kill()?;
            }
            Err(fault) => {
                let said = fault.to_string();
                let status = [1, 78].into_iter().find(|status| said.contains(&format!("(exit status: {status})")));
                case.answer = status.map_or("no clean end".into(), |status| format!("exit {status}"));
                if status.is_none() || Server::plain(&said).len() != 1 || said.contains("panicked") {
                    case.wrong.push(said);
                }
            }
        }
        Ok(case)
    }

    /// Stops with a fault: it ends in time.
    fn stop(&mut self, number: u64, fault: Fault, people: &mut Vec<Person>) -> Outcome<Case> {
        let at_once = Start { sets: vec!["server.drain_wait_s=0".into()], ..under(self.board) };
        let mut server = at_once.serve(self.house)?;
        people.extend(self.writers()?);
        write(people, server.address)?;
        self.board.arm(number, fault, ALL)?;
        let ended = server.stop()?;
        self.board.disarm()?;
        let hit = self.board.hit(number)?;
        let wrong = ended.code().is_none().then(|| format!("the server ends by {ended}"));
        let answer = ended.code().map_or_else(String::new, |code| format!("exit {code}"));
        Ok(Case { hit, answer, halted: false, wrong: wrong.into_iter().collect() })
    }

    /// Data as kill -9 leaves them, with writes that are in the log alone; the same each time.
    fn killed(&mut self) -> Outcome<Vec<Person>> {
        if self.left.is_none() {
            let mut server = Start::default().serve(self.house)?;
            let mut people = self.writers()?;
            write(&mut people, server.address)?;
            server.kill()?;
            let left = self.house.folder.join("left");
            copy(&self.house.data, &left)?;
            self.left = Some((left, people));
        }
        let (left, people) = self.left.as_ref().ok_or("nothing was left")?;
        copy(left, &self.house.data)?;
        Ok(people.clone())
    }

    fn writers(&mut self) -> Outcome<Vec<Person>> {
        let mut people = Vec::new();
        for kind in 0..KINDS.len() {
            self.people += 1;
            people.push(Person::new(self.house, self.people, kind)?);
        }
        Ok(people)
    }
}

fn write(people: &mut [Person], address: std::net::SocketAddr) -> Outcome<()> {
    for _ in 0..WRITES {
        for person in &mut *people {
            let told = person.write(address)?;
            if !told.is_success() {
                return Err(format!("a write without a fault: {told:?}").into());
            }
        }
    }
    Ok(())
}

fn empty(folder: &Path) -> Outcome<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// The folder and all in it; what is there goes.
fn copy(from: &Path, to: &Path) -> Outcome<()> {
    empty(to)?;
    for entry in fs::read_dir(from)?.flatten() {
        let there = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &there)?;
        } else {
            fs::copy(entry.path(), there)?;
        }
    }
    Ok(())
}
