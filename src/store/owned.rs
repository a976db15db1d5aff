//! `Owned<Kind, Access>`: a connection narrowed to one person and one grant, the only thing a query function gets.
//! May import `access`.

use std::marker::PhantomData;

use diesel::prelude::*;

use super::columns::Instant;
use super::db::{Db, on_backend};
use super::error::StoreError;
use super::people::Person;
use super::tables::people;
use crate::access::{Access, Create, Operation, Read, ReadBusy, Write};

mod sealed {
    pub trait Sealed {}
}

/// Keeping what was made of what somebody reads. Nobody is granted it: the store does it for a grant to read
/// ([`Store::keep_made`](super::Store::keep_made)).
#[derive(Debug)]
pub enum Make {}

impl Access for Make {
    const NAME: &'static str = "make";
    const OPERATION: Operation = Operation::Read;
}

/// Accesses that may read: [`Read`], [`ReadBusy`] and [`Write`]. A grant to create cannot see what is there.
pub trait Reads: crate::access::Access + sealed::Sealed {}
/// Accesses that may change something: [`Create`], [`Write`], and [`Make`].
pub trait Changes: crate::access::Access + sealed::Sealed {}

impl sealed::Sealed for Read {}
impl sealed::Sealed for ReadBusy {}
impl sealed::Sealed for Create {}
impl sealed::Sealed for Write {}
impl sealed::Sealed for Make {}
impl Reads for Read {}
impl Reads for ReadBusy {}
impl Reads for Write {}
impl Changes for Create {}
impl Changes for Write {}
impl Changes for Make {}

/// What a write is: its number among the person's changes, and when it was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Change {
    pub(super) number: i64,
    pub(super) at: Instant,
}

/// A connection, the person whose rows it may touch, and the proof of what may be done.
///
/// No query function takes an owner's id: it asks this.
pub struct Owned<'c, K, A> {
    person: Person,
    change: Change,
    given: Option<u64>,
    shown: u64,
    db: &'c mut Db,
    proof: PhantomData<fn() -> (K, A)>,
}

impl<'c, K, A: Reads> Owned<'c, K, A> {
    pub(super) fn to_read(person: Person, db: &'c mut Db) -> Self {
        Self { person, change: Change::default(), given: None, shown: 0, db, proof: PhantomData }
    }
}

impl<'c, K, A: Changes> Owned<'c, K, A> {
    pub(super) fn to_change(person: Person, change: Change, db: &'c mut Db) -> Self {
        Self { person, change, given: None, shown: 0, db, proof: PhantomData }
    }
}

impl<K, A> Owned<'_, K, A> {
    /// Whose rows.
    pub fn person(&self) -> Person {
        self.person
    }

    /// The person and the connection, for one query: `let (me, db) = on.parts();`.
    pub fn parts(&mut self) -> (Person, &mut Db) {
        (self.person, self.db)
    }

    /// The number of the person's last change: while it is the same, every list is.
    pub fn seq(&mut self) -> Result<i64, StoreError> {
        let (person, db) = self.parts();
        Ok(on_backend!(db, |c| people::table.find(person.id).select(people::seq).get_result(c))?)
    }

    /// Tells the access log that so many items more were given, or changed. If nothing is told, it is one of a
    /// [`point`](super::Store::point) or a [`write`](super::Store::write), and none of a [`read`](super::Store::read).
    pub fn gave(&mut self, items: usize) {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.given = Some(self.given.unwrap_or(0).saturating_add(items));
    }

    /// Tells the access log that this write changes nothing, and shows one item: that one was read.
    pub fn showed(&mut self) {
        (self.given, self.shown) = (Some(0), 1);
    }

    pub(super) fn shown(&self) -> u64 {
        self.shown
    }

    pub(super) fn given(&self) -> Option<u64> {
        self.given
    }
}

impl<K, A: Changes> Owned<'_, K, A> {
    /// The number of the change that this write is: greater than that of every change of this person committed before.
    /// Inside [`Store::write`](super::Store::write); every row that is written carries it.
    pub fn change(&self) -> i64 {
        self.change.number
    }

    /// When the write was asked for: the same instant however often it runs again.
    pub fn now(&self) -> Instant {
        self.change.at
    }
}
