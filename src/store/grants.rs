//! Which clients use whose tokens, as they are seen: rows that the person then sees, takes back and restores
//! (`resources::grants`). May import `access`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use diesel::prelude::*;

use super::Store;
use super::columns::{Instant, Uid};
use super::db::{Db, on_backend};
use super::error::StoreError;
use super::meter::Query;
use super::people::{Person, lock};
use super::tables::{client_grants, people, revocations};
use crate::access::seen::EXACT;
use crate::access::{Scopes, Seen, Sighting};

/// How many people's uses are written in one transaction: whoever writes meanwhile waits for no more.
const AT_ONCE: usize = 200;

/// A client's use of a person's tokens since it was written last.
#[derive(Debug)]
struct Use {
    /// The row's, if there is none yet.
    id: Uid,
    scopes: Vec<&'static str>,
    auth_time: Option<Instant>,
    issued_at: Instant,
    first: Instant,
    last: Instant,
    admitted: bool,
}

/// How long a person who came for the first time may take until there is an account, of which the use is then written.
const SETTLED: TimeDelta = TimeDelta::seconds(10);

/// `iss` and `sub`.
type Who = (String, String);
/// What a person's clients did, by their ids.
type Uses = BTreeMap<String, Use>;
/// In an order: two processes never wait for each other.
type Everyones = BTreeMap<Who, Uses>;

impl Store {
    /// Writes down what `seen` gathered. What cannot be written stays in there. Of people without an account there is
    /// nothing to see, and nothing is written.
    pub async fn note_seen(&self, seen: &Seen) -> Result<(), StoreError> {
        let sightings = seen.take(self.inner.clock.now());
        if sightings.is_empty() {
            return Ok(());
        }
        let everyones = self.merged(&sightings);
        let written = self.note_everyones(everyones).await;
        match &written {
            Ok(strangers) => {
                let now = self.inner.clock.now();
                let is_new = |sighting: &Sighting| {
                    let who = (sighting.token.issuer().to_owned(), sighting.token.subject().to_owned());
                    now - sighting.last < SETTLED && strangers.contains(&who)
                };
                seen.put_back(sightings.into_iter().filter(is_new).collect());
            }
            Err(_) => seen.put_back(sightings),
        }
        written.map(|_| ())
    }

    /// Gives whom there is no account of. What is told already is only looked up, and not written again.
    async fn note_everyones(&self, everyones: Everyones) -> Result<BTreeSet<Who>, StoreError> {
        let look = move |db: &mut Db| -> Result<_, StoreError> {
            let (mut due, mut strangers) = (Vec::new(), BTreeSet::new());
            for (who, uses) in everyones {
                match person(db, &who)? {
                    None => _ = strangers.insert(who),
                    Some(person) if is_told(db, person, &uses)? => {}
                    Some(person) => due.push((person, who, uses)),
                }
            }
            Ok((due, strangers))
        };
        let (due, strangers) = self.inner.pool.hop(Query::Account, look).await?;
        let mut due = due.into_iter();
        loop {
            let some: Arc<Vec<_>> = Arc::new(due.by_ref().take(AT_ONCE).collect());
            if some.is_empty() {
                return Ok(strangers);
            }
            let note = move |db: &mut Db| some.iter().try_for_each(|(person, who, uses)| note(db, *person, who, uses));
            self.submit(Query::Log, note).await?;
        }
    }

    fn merged(&self, sightings: &[Sighting]) -> Everyones {
        let mut everyones = Everyones::new();
        for Sighting { token, first, last, admitted } in sightings {
            let uses = everyones.entry((token.issuer().to_owned(), token.subject().to_owned())).or_default();
            let (scopes, auth_time) = (Scopes::named(token.scopes()), token.auth_time().map(Into::into));
            let (first, last) = (Instant::from(*first), Instant::from(*last));
            let issued_at = token.issued_at().into();
            match uses.get_mut(token.client_id()) {
                None => {
                    let id = self.new_id();
                    let new = Use { id, scopes, auth_time, issued_at, first, last, admitted: *admitted };
                    uses.insert(token.client_id().to_owned(), new);
                }
                Some(so_far) => {
                    so_far.scopes.extend(scopes);
                    so_far.auth_time = so_far.auth_time.max(auth_time);
                    so_far.issued_at = so_far.issued_at.max(issued_at);
                    (so_far.first, so_far.last) = (so_far.first.min(first), so_far.last.max(last));
                    so_far.admitted |= admitted;
                }
            }
        }
        everyones
    }
}

/// What a row says of its uses.
#[derive(Queryable, Selectable, AsChangeset, PartialEq, Clone)]
#[diesel(table_name = client_grants)]
struct Told {
    scopes: String,
    last_used: Instant,
    auth_time: Option<Instant>,
    issued_at: Instant,
}

impl Told {
    /// What it says with this use too; none: what it says already is exact enough. A token that was not let in says only that
    /// there is such a client.
    fn with(&self, new: &Use) -> Option<Self> {
        if !new.admitted {
            return None;
        }
        let words: Vec<&str> = self.scopes.split(' ').chain(new.scopes.iter().copied()).collect();
        let with = Self {
            scopes: Scopes::named(&words).join(" "),
            last_used: self.last_used.max(new.last),
            auth_time: self.auth_time.max(new.auth_time),
            issued_at: self.issued_at.max(new.issued_at),
        };
        let later = with.last_used.datetime() - self.last_used.datetime() >= EXACT;
        (later || Self { last_used: self.last_used, ..with.clone() } != *self).then_some(with)
    }
}

fn person(db: &mut Db, (issuer, subject): &Who) -> Result<Option<Person>, StoreError> {
    let asked = people::table.filter(people::issuer.eq(issuer)).filter(people::subject.eq(subject));
    let asked = asked.select((people::id, people::uid));
    let found: Option<(i64, Uid)> = on_backend!(db, |c| asked.get_result(c).optional())?;
    Ok(found.map(|(id, uid)| Person { id, uid }))
}

fn note(db: &mut Db, person: Person, (issuer, subject): &Who, uses: &Uses) -> Result<(), StoreError> {
    // From here on nobody else changes what is this person's: now it is read to be written. That a client came is no change of
    // the person's data: what others know of it stays current, and the access log has no entry of it.
    let change = match lock(db, person) {
        // Gone meanwhile, with everything.
        Err(StoreError::NoAccount) => return Ok(()),
        change => change?,
    };
    let id = person.id;
    for (client, new) in uses {
        match told(db, id, client)? {
            None => insert(db, (person, change), (issuer, subject, client), new)?,
            Some(old) => {
                let Some(with) = old.with(new) else { continue };
                let row =
                    client_grants::table.filter(client_grants::person.eq(id)).filter(client_grants::client.eq(client));
                let update = diesel::update(row).set(with);
                on_backend!(db, |c| update.execute(c))?;
            }
        }
    }
    Ok(())
}

fn told(db: &mut Db, person: i64, client: &str) -> Result<Option<Told>, StoreError> {
    let row = client_grants::table.filter(client_grants::person.eq(person)).filter(client_grants::client.eq(client));
    let columns = (client_grants::scopes, client_grants::last_used, client_grants::auth_time, client_grants::issued_at);
    Ok(on_backend!(db, |c| row.select(columns).get_result(c).optional())?)
}

fn is_told(db: &mut Db, person: Person, uses: &Uses) -> Result<bool, StoreError> {
    for (client, new) in uses {
        if told(db, person.id, client)?.is_none_or(|old| old.with(new).is_some()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A client that was never seen before. If the person took back all access before, its too.
fn insert(
    db: &mut Db,
    (person, change): (Person, i64),
    (issuer, subject, client): (&str, &str, &str),
    new: &Use,
) -> Result<(), StoreError> {
    let from_all = revocations::table
        .filter(revocations::issuer.eq(issuer))
        .filter(revocations::subject.eq(subject))
        .filter(revocations::client.is_null())
        .filter(revocations::own.eq(1))
        .select((revocations::created_at, revocations::before));
    let from_all: Option<(Instant, Option<Instant>)> = on_backend!(db, |c| from_all.first(c).optional())?;
    let key = (client_grants::person.eq(person.id), client_grants::id.eq(new.id), client_grants::changed.eq(change));
    let what = (client_grants::client.eq(client), client_grants::scopes.eq(Scopes::named(&new.scopes).join(" ")));
    let times = (client_grants::first_used.eq(new.first), client_grants::last_used.eq(new.last));
    let claims = (client_grants::auth_time.eq(new.auth_time), client_grants::issued_at.eq(new.issued_at));
    let revoked = (
        client_grants::revoked_at.eq(from_all.map(|(at, _)| at)),
        client_grants::cut.eq(from_all.and_then(|(_, cut)| cut)),
    );
    let row = (key, what, times, claims, revoked);
    on_backend!(db, |c| diesel::insert_into(client_grants::table).values(row).execute(c))?;
    Ok(())
}
