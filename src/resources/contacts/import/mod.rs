//! vCard and JSContact files as people have them, into the store: cut into cards as they come (`split`, `array`, `found`), read and
//! projected off the writer's queue (`parse`), written some hundreds a turn (`turn`), told card by card.
//! May import what `contacts` may.
//!
//! What is held at a time is one turn's cards, whatever the file's size. What a turn has written stays, even if the rest of
//! the file never comes: the same file again goes on from there, and changes nothing of it.

pub mod array;
pub mod found;
pub mod parse;
pub mod split;
#[cfg(test)]
mod split_tests;
mod turn;

use std::mem;

use crate::access::{Create, Grant, Write};
use crate::problem::Problem;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::queries;
use crate::resources::import::Import;
use crate::resources::import::item::Item;
use crate::store::Store;
use crate::store::columns::Uid;
use array::Items;
use found::Found;
use split::Splitter;

/// As many cards are written at a time: a turn of the one writer is short, so that others wait little (design.md 3a).
const TURN_CARDS: usize = 500;
/// And as many bytes of them.
const TURN_BYTES: usize = 1024 * 1024;

/// What the grant lets an import do with a UID that is there already.
#[derive(Debug)]
enum Right {
    /// Reject the card.
    Add(Grant<Contacts, Create>),
    /// Update the contact.
    Update(Grant<Contacts, Write>),
}

/// What cuts the file into cards.
#[derive(Debug)]
enum Cutter {
    VCard(Box<Splitter>),
    JsContact(Items),
}

/// One import.
pub struct Importer {
    right: Right,
    store: Store,
    folder: Option<Uid>,
    quota: u64,
    cutter: Cutter,
    found: Vec<Found>,
    index: u64,
}

impl Importer {
    /// Into `folder`; none: the default one. As far as `grant` reaches: with `Contacts.Create` alone it only adds.
    pub fn new(grant: Grant<Contacts, Create>, store: Store, folder: Option<Uid>, quota: u64) -> Self {
        let right = grant.reaching().map_or(Right::Add(grant), Right::Update);
        Self { right, store, folder, quota, cutter: Cutter::VCard(Box::default()), found: Vec::new(), index: 0 }
    }

    /// The file is JSContact: an array of cards, or one.
    #[must_use]
    pub fn of_jscontact(self) -> Self {
        Self { cutter: Cutter::JsContact(Items::default()), ..self }
    }

    /// Refuses a folder that is not there before anything of the file is read. Who may only add is told at the first turn.
    pub async fn check_folder(&self) -> Result<(), Problem> {
        let (Some(folder), Right::Update(grant)) = (self.folder, &self.right) else { return Ok(()) };
        self.store.read(grant, move |on| queries::folder_is_there(on, folder)).await.map_err(Problem::from)
    }

    fn is_full(&self) -> bool {
        self.found.len() >= TURN_CARDS || self.found.iter().map(Found::bytes).sum::<usize>() >= TURN_BYTES
    }

    async fn turn(&mut self) -> Result<Vec<Item>, Problem> {
        let mut bytes = 0_usize;
        let fits = self.found.iter().take(TURN_CARDS).take_while(|found| {
            let first = bytes == 0;
            bytes = bytes.saturating_add(found.bytes());
            first || bytes <= TURN_BYTES
        });
        let count = fits.count().max(1).min(self.found.len());
        let found: Vec<Found> = self.found.drain(..count).collect();
        let begin = self.index;
        self.index = begin.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        let read = tokio::task::spawn_blocking(move || parse::all(begin, found)).await;
        let read = read.map_err(|fault| Problem::internal(fault.to_string()))?;
        turn::take(self, read).await
    }
}

impl Import for Importer {
    async fn push(&mut self, bytes: &[u8]) -> Result<Vec<Item>, Problem> {
        match &mut self.cutter {
            Cutter::VCard(splitter) => splitter.push(bytes, &mut self.found),
            Cutter::JsContact(items) => items.push(bytes, &mut self.found),
        }
        let mut items = Vec::new();
        while self.is_full() {
            items.append(&mut self.turn().await?);
        }
        Ok(items)
    }

    async fn finish(&mut self) -> Result<Vec<Item>, Problem> {
        match &mut self.cutter {
            Cutter::VCard(splitter) => mem::take(splitter).finish(&mut self.found),
            Cutter::JsContact(items) => mem::take(items).finish(&mut self.found),
        }
        let mut items = Vec::new();
        while !self.found.is_empty() {
            items.append(&mut self.turn().await?);
        }
        Ok(items)
    }
}
