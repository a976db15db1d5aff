//! The access log's rows as they come to be: with a write, in its own transaction; of reads and refusals, gathered and written
//! down a moment later. May import `access`.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::Store;
use super::columns::{Instant, Uid};
use super::db::{Db, on_backend};
use super::error::StoreError;
use super::meter::Query;
use super::people::Person;
use super::tables::{access_log, people};
use crate::access::uses::hour_of;
use crate::access::{Holder, Operation, Use, Uses};

/// How many uses go in one transaction: whoever writes meanwhile waits for no more.
const AT_ONCE: usize = 200;

/// A row, or what is to be added to it.
#[derive(Clone, Copy)]
struct Entry<'a> {
    hour: i64,
    client: &'a str,
    kind: &'static str,
    operation: Operation,
    items: u64,
    refusals: u64,
}

impl Store {
    /// What was used and is not written down yet.
    pub fn uses(&self) -> &Arc<Uses> {
        &self.inner.uses
    }

    /// Writes down what was gathered, some at a time. What cannot be written is gathered again; where nobody knows whether it was
    /// written it is, too: the person sees rather too much than too little.
    ///
    /// Rows are in the order of their keys, so that two processes never wait for each other in a circle.
    pub async fn log_uses(&self) -> Result<(), StoreError> {
        let mut left: Vec<(Uid, Use)> = self.inner.uses.take().into_iter().map(|one| (self.new_id(), one)).collect();
        left.sort_by(|(_, one), (_, other)| order(one).cmp(&order(other)));
        while !left.is_empty() {
            let some: Arc<Vec<(Uid, Use)>> = Arc::new(left.drain(..left.len().min(AT_ONCE)).collect());
            let uses = some.clone();
            if let Err(fault) = self.submit(Query::Log, move |db: &mut Db| used(db, &uses)).await {
                self.inner.uses.put_back(some.iter().map(|(_, one)| one.clone()));
                self.inner.uses.put_back(left.into_iter().map(|(_, one)| one));
                return Err(fault);
            }
        }
        self.inner.uses.written();
        Ok(())
    }
}

fn order(one: &Use) -> impl Ord {
    let (issuer, subject, client) = one.who();
    (issuer, subject, one.hour, client, one.kind, one.operation)
}

/// Of people without an account, who have nothing to read, nothing is kept.
fn used(db: &mut Db, uses: &[(Uid, Use)]) -> Result<(), StoreError> {
    let (mut last, mut person) = (None, None);
    for (id, one) in uses {
        let (issuer, subject, client) = one.who();
        if last != Some((issuer, subject)) {
            let asked = people::table.filter(people::issuer.eq(issuer)).filter(people::subject.eq(subject));
            person = on_backend!(db, |c| asked.select(people::id).get_result::<i64>(c).optional())?;
            last = Some((issuer, subject));
        }
        let Some(person) = person else { continue };
        let Use { kind, operation, hour, items, refusals, .. } = *one;
        add(db, person, *id, &Entry { hour, client, kind, operation, items, refusals })?;
    }
    Ok(())
}

/// The entry of a write, within it. A write that changed nothing has none, nor has the operator's own.
pub(super) fn written(
    db: &mut Db,
    person: Person,
    holder: &Holder,
    kind: &'static str,
    (id, at, items): (Uid, Instant, u64),
) -> Result<(), StoreError> {
    let client = holder.client();
    if items == 0 || client.is_empty() {
        return Ok(());
    }
    let hour = hour_of(at.micros());
    add(db, person.id, id, &Entry { hour, client, kind, operation: Operation::Write, items, refusals: 0 })
}

fn add(db: &mut Db, person: i64, id: Uid, entry: &Entry<'_>) -> Result<(), StoreError> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let when = (access_log::person.eq(person), access_log::hour.eq(entry.hour), access_log::client.eq(entry.client));
    let what = (access_log::kind.eq(entry.kind), access_log::operation.eq(entry.operation as i64));
    let counts = (access_log::items.eq(number(entry.items)), access_log::refusals.eq(number(entry.refusals)));
    let row = (when, what, access_log::id.eq(id), counts);
    let key = (access_log::person, access_log::hour, access_log::client, access_log::kind, access_log::operation);
    let added = (
        access_log::items.eq(access_log::items + excluded(access_log::items)),
        access_log::refusals.eq(access_log::refusals + excluded(access_log::refusals)),
    );
    on_backend!(db, |c| diesel::insert_into(access_log::table)
        .values(row)
        .on_conflict(key)
        .do_update()
        .set(added)
        .execute(c))?;
    Ok(())
}
