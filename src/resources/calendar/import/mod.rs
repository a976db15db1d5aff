//! Calendar files as people have them, into the store: cut into components as they come (`split`, `found`), read off the writer's
//! queue (`parse`), gathered by UID (`gather`), written some hundreds a turn and told event by event (`turn`).
//! May import what `calendar` may.
//!
//! What is held at a time is one turn's components and what waits for more of its event, whatever the file's size. An event is what
//! the file says of it, in whichever order: its last word on the master and on each occurrence; an exception that the file does
//! not have goes. By UID it updates what is there, in whichever calendar that is; SEQUENCE decides nothing: who imports a file means it.

pub mod found;
pub mod gather;
pub mod parse;
pub mod split;
#[cfg(test)]
mod split_tests;
mod turn;

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::mem;

use crate::access::{Grant, Write};
use crate::problem::Problem;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::queries::{self, uid_key};
use crate::resources::import::Import;
use crate::resources::import::item::Item;
use crate::store::Store;
use crate::store::columns::Uid;
use found::Found;
use gather::{Gatherer, Set};
use split::Splitter;
use turn::Mode;

/// As many components are written at a time: a turn of the one writer is short, so that others wait little (design.md 3a).
const TURN_EVENTS: usize = 500;
/// And as many bytes of them.
const TURN_BYTES: usize = 1024 * 1024;

/// One import.
pub struct Importer {
    grant: Grant<Calendar, Write>,
    store: Store,
    calendar: Option<Uid>,
    quota: u64,
    splitter: Splitter,
    found: Vec<Found>,
    gatherer: Gatherer,
    told: Told,
}

/// What was told of events, by hashes of their UIDs and of warnings: one whose parts come further apart than a turn is written more
/// than once, and told once.
#[derive(Debug, Default)]
struct Told(HashSet<u64>, RandomState);

impl Told {
    /// Whether it is the first word about an event that was taken, another warning, or a word of another kind.
    fn is_news(&mut self, item: &Item) -> bool {
        let Some(uid) = item.uid.as_deref().filter(|_| item.is_taken()).map(uid_key) else { return true };
        let warned = item.warning.as_ref().map(|warning| self.1.hash_one((&uid, warning)));
        let is_first = self.0.insert(self.1.hash_one(uid));
        warned.is_some_and(|warned| self.0.insert(warned)) || is_first
    }
}

impl Importer {
    /// What is new goes into `calendar`; none: the default one.
    pub fn new(grant: Grant<Calendar, Write>, store: Store, calendar: Option<Uid>, quota: u64) -> Self {
        let (splitter, gatherer) = (Splitter::default(), Gatherer::default());
        Self { grant, store, calendar, quota, splitter, found: Vec::new(), gatherer, told: Told::default() }
    }

    /// Refuses a calendar that is not there before anything of the file is read.
    pub async fn check_calendar(&self) -> Result<(), Problem> {
        let calendar = self.calendar;
        self.store.read(&self.grant, move |on| queries::are_there(on, calendar)).await.map_err(Problem::from)
    }

    fn is_full(&self) -> bool {
        self.found.len() >= TURN_EVENTS || self.found.iter().map(Found::bytes).sum::<usize>() >= TURN_BYTES
    }

    async fn turn(&mut self) -> Result<Vec<Item>, Problem> {
        let mut bytes = 0_usize;
        let fits = self.found.iter().take(TURN_EVENTS).take_while(|found| {
            let first = bytes == 0;
            bytes = bytes.saturating_add(found.bytes());
            first || bytes <= TURN_BYTES
        });
        let count = fits.count().max(1).min(self.found.len());
        let found: Vec<Found> = self.found.drain(..count).collect();
        let parts = tokio::task::spawn_blocking(move || parse::all(found)).await;
        let parts = parts.map_err(|fault| Problem::internal(fault.to_string()))?;
        let (sets, mut items) = self.gatherer.take(parts);
        items.append(&mut self.written(sets, Mode::More).await?);
        if let Some(sets) = self.gatherer.crowd() {
            items.append(&mut self.written(sets, Mode::Whole).await?);
        }
        items.sort_by_key(|item| item.index);
        Ok(items)
    }

    /// Writes some hundreds at a time. Once more waited than may, what a file does not have stays: it may only not have come yet.
    async fn written(&mut self, mut sets: Vec<Set>, mode: Mode) -> Result<Vec<Item>, Problem> {
        let mut items = Vec::new();
        while !sets.is_empty() {
            let rest = sets.split_off(sets.len().min(TURN_EVENTS));
            let mode = if self.gatherer.overflowed { Mode::Merge } else { mode };
            let (waiting, told) = turn::take(self, mem::replace(&mut sets, rest), mode).await?;
            for set in waiting {
                self.gatherer.wait(set);
            }
            items.extend(told.into_iter().filter(|item| self.told.is_news(item)));
        }
        Ok(items)
    }
}

impl Import for Importer {
    async fn push(&mut self, bytes: &[u8]) -> Result<Vec<Item>, Problem> {
        self.splitter.push(bytes, &mut self.found);
        let mut items = Vec::new();
        while self.is_full() {
            items.append(&mut self.turn().await?);
        }
        Ok(items)
    }

    async fn finish(&mut self) -> Result<Vec<Item>, Problem> {
        mem::take(&mut self.splitter).finish(&mut self.found);
        let mut items = Vec::new();
        while !self.found.is_empty() {
            items.append(&mut self.turn().await?);
        }
        let rest = self.gatherer.rest();
        items.append(&mut self.written(rest, Mode::Whole).await?);
        // What waited for more is told among what did not.
        items.sort_by_key(|item| item.index);
        Ok(items)
    }
}
