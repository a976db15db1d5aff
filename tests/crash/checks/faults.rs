//! A failing disk: for each way in which something is written, every call that writes fails once in each manner, by the shim.
//! What is acknowledged must be kept, what is not must be clean, and after a sync that failed there are no writes until a restart.

mod live;
mod person;
mod starts;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use clap::Args;

use crate::board::{Board, Fault, Hit};
use crate::house::House;
use crate::outcome::{Outcome, Row};

/// Every call that writes fails once, in each manner (a shim in the server; cc is needed). SQLite and the blobs.
#[derive(Debug, Args)]
pub(crate) struct Faults {
    /// Only this manner of failing.
    #[arg(long, value_enum)]
    fault: Vec<Fault>,
    /// Only these: `write`, `first`, `delete`, `checkpoint`, `start`, `recovery` or `stop`.
    #[arg(long)]
    path: Vec<String>,
    /// Of the calls of a start, a recovery and a stop, which are many, every so many-th.
    #[arg(long, default_value_t = 1)]
    stride: u64,
    /// After so many faults at most the server is killed and started again, and everything is read back.
    #[arg(long, default_value_t = 8)]
    every: u32,
    /// Say what each fault did.
    #[arg(long)]
    verbose: bool,
}

/// What became of the faults on one path.
#[derive(Debug, Default)]
struct Tried {
    /// Calls that the path makes.
    calls: usize,
    /// Calls that were to fail, and did.
    asked: u64,
    covered: u64,
    /// Faults, all manners together.
    faults: u64,
    /// By status, or `exit` for a start that was refused.
    answers: BTreeMap<String, u64>,
    /// Faults after which there were no writes until a restart.
    halted: u64,
    /// What should not be.
    wrong: Vec<String>,
}

/// What one fault did.
#[derive(Debug, Default)]
struct Case {
    hit: Option<Hit>,
    answer: String,
    halted: bool,
    wrong: Vec<String>,
}

impl Tried {
    fn add(&mut self, path: &str, number: u64, fault: Fault, case: Case, verbose: bool) {
        let Some(hit) = case.hit else { return };
        if verbose {
            eprintln!(
                "{path} {number} {fault:?}: {} -> {}{}",
                hit.call,
                case.answer,
                if case.halted { ", halted" } else { "" }
            );
        }
        self.faults += 1;
        self.halted += u64::from(case.halted);
        for wrong in case.wrong {
            eprintln!("{path}, call {number} ({}), {fault:?}: {wrong}", hit.call);
            self.wrong.push(wrong);
        }
        *self.answers.entry(case.answer).or_default() += 1;
    }

    fn row(&self, path: &str, stride: u64) -> Row {
        let held = self.wrong.is_empty() && self.covered == self.asked && self.faults > 0;
        let answers: Vec<String> = self.answers.iter().map(|(answer, times)| format!("{times} x {answer}")).collect();
        let share = if stride > 1 { format!(", every {stride}th") } else { String::new() };
        let result = format!(
            "{} of {} calls failed{share}; {}; {} times no writes until the restart; {} wrong",
            self.covered,
            self.asked,
            answers.join(", "),
            self.halted,
            self.wrong.len()
        );
        Row::new(format!("I/O faults: {path}"), format!("{} faults at {} calls", self.faults, self.calls), result, held)
    }
}

/// Fails each of `calls` once in each manner; `case` makes the one of this number fail.
fn every_call(
    args: &Faults,
    path: &str,
    stride: u64,
    calls: &[String],
    mut case: impl FnMut(u64, Fault) -> Outcome<Case>,
) -> Outcome<Row> {
    let begun = Instant::now();
    let places: Vec<usize> = (0..calls.len()).filter(|place| !is_one_of_many(calls, *place)).collect();
    let mut tried = Tried { calls: places.len(), ..Tried::default() };
    let all = [Fault::Eio, Fault::Enospc, Fault::Short, Fault::Sync];
    let faults = all.into_iter().filter(|fault| args.fault.is_empty() || args.fault.contains(fault));
    for fault in faults {
        for place in places.iter().copied().step_by(usize::try_from(stride.max(1))?) {
            if !calls.get(place).is_some_and(|call| fault.suits(call)) {
                continue;
            }
            let number = u64::try_from(place + 1)?;
            let mut done = case(number, fault)?;
            // Not every call can be cut short, or is a sync. But each can fail.
            let can = matches!(fault, Fault::Eio | Fault::Enospc);
            for _ in 0..3 {
                if can && done.hit.is_none() {
                    done = case(number, fault)?;
                }
            }
            if can {
                tried.asked += 1;
                tried.covered += u64::from(done.hit.is_some());
            }
            tried.add(path, number, fault, done, args.verbose);
        }
    }
    eprintln!("{path}: {} calls, {} faults, {} s", places.len(), tried.faults, begun.elapsed().as_secs());
    Ok(tried.row(path, stride))
}

/// A start makes the 256 folders of the blobs one after the other: the first and the last of a row stand for all of it.
fn is_one_of_many(calls: &[String], place: usize) -> bool {
    let makes_folder = |place: Option<usize>| {
        place.and_then(|place| calls.get(place)).is_some_and(|call| call.split(' ').next() == Some("mkdir"))
    };
    makes_folder(Some(place)) && makes_folder(place.checked_sub(1)) && makes_folder(place.checked_add(1))
}

/// All paths that were asked for.
pub(crate) fn run(args: &Faults) -> Outcome<Vec<Row>> {
    // In memory: what fails is the shim's doing, and hundreds of starts need not wait for a disk.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::Builder::new().prefix("sharehold-faults").tempdir_in(place)?;
    let data = folder.path().join("data");
    fs::create_dir_all(&data)?;
    let house = House::make(folder.path(), &data, "")?;
    let board = Board::make(folder.path(), &data.canonicalize()?)?;
    let wanted = |path: &str| args.path.is_empty() || args.path.iter().any(|named| named == path);
    let mut rows = Vec::new();
    if ["write", "first", "delete", "checkpoint"].into_iter().any(wanted) {
        rows.extend(live::rows(args, &house, &board, wanted)?);
    }
    if ["start", "recovery", "stop"].into_iter().any(wanted) {
        rows.extend(starts::rows(args, &house, &board, wanted)?);
    }
    Ok(rows)
}
