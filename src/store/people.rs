//! Who is who: (issuer, subject) of a token to the person's number and id, remembered, and made on first sight.
//! May import `access`, `config`.

use std::sync::Arc;

use diesel::prelude::*;
use quick_cache::Equivalent;
use quick_cache::sync::Cache;

use super::columns::{Instant, Uid};
use super::db::Db;
use super::error::StoreError;
use super::meter::Query;
use super::tables::{people, profiles};
use super::{Store, on_backend};
use crate::access::grant::Holder;
use crate::config::Provision;

/// A person with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The number inside this database, by which rows name their owner; never shown.
    pub id: i64,
    /// The id outside.
    pub uid: Uid,
}

/// Whom a token speaks of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who<'a> {
    issuer: &'a str,
    subject: &'a str,
    /// The address that the token vouches for.
    mail: Option<&'a str>,
}

impl<'a> From<&'a Holder> for Who<'a> {
    /// PostgreSQL's text holds no NUL: an address with one is no address.
    fn from(holder: &'a Holder) -> Self {
        let mail = holder.verified_email().filter(|mail| !mail.is_empty() && !mail.contains('\0'));
        Self { issuer: holder.issuer(), subject: holder.subject(), mail }
    }
}

/// A person as the database knows them.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) person: Person,
    mail: Option<Arc<str>>,
}

impl Known {
    /// Whether the token's verified address is the one that is stored, or the token has none.
    pub(super) fn is_current(&self, who: Who<'_>) -> bool {
        who.mail.is_none_or(|mail| self.mail.as_deref() == Some(mail))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    issuer: String,
    subject: String,
}

/// A key that is looked up without being copied. Its hash is that of [`Key`]: the same fields in the same order.
#[derive(Hash)]
struct Asked<'a> {
    issuer: &'a str,
    subject: &'a str,
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.issuer == key.issuer && self.subject == key.subject
    }
}

/// People seen lately. Numbers are never used again, so an entry can be stale but never somebody else's.
pub(super) struct Seen(Cache<Key, Known>);

impl Seen {
    /// Remembers about `people`.
    pub(super) fn new(people: usize) -> Self {
        Self(Cache::new(people))
    }

    pub(super) fn get(&self, who: Who<'_>) -> Option<Known> {
        self.0.get(&Asked { issuer: who.issuer, subject: who.subject })
    }

    pub(super) fn put(&self, who: Who<'_>, known: Known) {
        let key = Key { issuer: who.issuer.to_owned(), subject: who.subject.to_owned() };
        self.0.insert(key, known);
    }

    pub(super) fn forget(&self, who: Who<'_>) {
        self.0.remove(&Asked { issuer: who.issuer, subject: who.subject });
    }
}

impl Store {
    /// Who the holder is; made on first sight if the operator allows. Whom a request's path names by the id of another is
    /// nobody: every way to a connection leads through here.
    pub(super) async fn person(&self, holder: &Arc<Holder>) -> Result<Person, StoreError> {
        let person = self.account(holder).await?;
        if holder.addressee().is_some_and(|id| Uid::parse(id) != Some(person.uid)) {
            return Err(StoreError::NotFound);
        }
        Ok(person)
    }

    async fn account(&self, holder: &Arc<Holder>) -> Result<Person, StoreError> {
        let who = Who::from(holder.as_ref());
        if let Some(known) = self.inner.seen.get(who)
            && known.is_current(who)
        {
            return Ok(known.person);
        }
        let asked = holder.clone();
        let found = self.inner.pool.hop(Query::Account, move |db| find(db, asked.as_ref().into())).await?;
        let known = match found {
            Some(known) if known.is_current(who) => known,
            None if self.inner.provision == Provision::Never => return Err(StoreError::NoAccount),
            _ => self.settle(holder.clone()).await?,
        };
        let person = known.person;
        self.inner.seen.put(who, known);
        Ok(person)
    }

    async fn settle(&self, holder: Arc<Holder>) -> Result<Known, StoreError> {
        let now = self.inner.clock.now();
        let uid = Uid::new(now);
        self.submit(Query::Account, move |db| settle(db, holder.as_ref().into(), uid, now.into())).await
    }
}

/// Looks a person up. A NUL, which PostgreSQL's text cannot hold, is in nobody's name.
pub(super) fn find(db: &mut Db, who: Who<'_>) -> Result<Option<Known>, StoreError> {
    if who.issuer.contains('\0') || who.subject.contains('\0') {
        return Err(StoreError::NoAccount);
    }
    let row: Option<(i64, Uid, Option<String>)> = people::table
        .left_join(profiles::table)
        .filter(people::issuer.eq(who.issuer))
        .filter(people::subject.eq(who.subject))
        .select((people::id, people::uid, profiles::mail.nullable()))
        .get_result(db)
        .optional()?;
    Ok(row.map(|(id, uid, mail)| Known { person: Person { id, uid }, mail: mail.map(Into::into) }))
}

/// Makes the account, empty, unless somebody else just did; stores the token's verified address if it is a new one.
pub(super) fn settle(db: &mut Db, who: Who<'_>, uid: Uid, now: Instant) -> Result<Known, StoreError> {
    let made = (
        people::uid.eq(uid),
        people::issuer.eq(who.issuer),
        people::subject.eq(who.subject),
        people::created_at.eq(now),
    );
    let target = (people::issuer, people::subject);
    let count = on_backend!(db, |c| diesel::insert_into(people::table)
        .values(made)
        .on_conflict(target)
        .do_nothing()
        .execute(c))?;
    let known = find(db, who)?.ok_or(StoreError::NoAccount)?;
    if count == 0 {
        return update_mail(db, who, known, now);
    }
    let change = next_change(db, known.person)?;
    let profile = (
        profiles::person.eq(known.person.id),
        profiles::changed.eq(change),
        profiles::mail.eq(who.mail),
        profiles::projection.eq("{}"),
        profiles::projection_version.eq(0),
        profiles::created_at.eq(now),
        profiles::modified_at.eq(now),
    );
    diesel::insert_into(profiles::table).values(profile).execute(db)?;
    Ok(Known { mail: who.mail.map(Into::into), ..known })
}

/// Stores the token's verified address, as a change of the profile like any other.
fn update_mail(db: &mut Db, who: Who<'_>, known: Known, now: Instant) -> Result<Known, StoreError> {
    let Some(mail) = who.mail.filter(|_| !known.is_current(who)) else { return Ok(known) };
    let change = next_change(db, known.person)?;
    diesel::update(profiles::table.find(known.person.id))
        .set((profiles::mail.eq(mail), profiles::changed.eq(change), profiles::modified_at.eq(now)))
        .execute(db)?;
    Ok(Known { mail: Some(mail.into()), ..known })
}

/// Takes the person's next change number. On PostgreSQL this locks the person's row until the commit, so that the order
/// of a person's numbers is the order of their commits; on SQLite there is one writer.
pub(super) fn next_change(db: &mut Db, person: Person) -> Result<i64, StoreError> {
    let next =
        diesel::update(people::table.find(person.id)).set(people::seq.eq(people::seq + 1)).returning(people::seq);
    on_backend!(db, |c| next.get_result(c).optional())?.ok_or(StoreError::NoAccount)
}

/// Locks the person's row until the commit as [`next_change`] does, for what is no change of the person's; gives the last number.
pub(super) fn lock(db: &mut Db, person: Person) -> Result<i64, StoreError> {
    let same = diesel::update(people::table.find(person.id)).set(people::seq.eq(people::seq)).returning(people::seq);
    on_backend!(db, |c| same.get_result(c).optional())?.ok_or(StoreError::NoAccount)
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::super::columns::{Instant, Uid};
    use super::super::db::Db;
    use super::super::migrate;
    use super::super::tables::profiles;
    use super::{Who, find, settle};

    fn who(mail: Option<&'static str>) -> Who<'static> {
        Who { issuer: "https://as.example", subject: "ann", mail }
    }

    fn profile(db: &mut Db) -> (Option<String>, i64, Instant) {
        profiles::table.select((profiles::mail, profiles::changed, profiles::modified_at)).get_result(db).unwrap()
    }

    #[test]
    fn a_verified_address_is_stored_and_a_new_one_is_a_change() {
        let mut db = Db::Sqlite(SqliteConnection::establish(":memory:").unwrap());
        migrate::run(&mut db).unwrap();
        let at = |micros| Instant::from_micros(micros);
        let uid = Uid::new(at(0).datetime());

        settle(&mut db, who(None), uid, at(1)).unwrap();
        assert_eq!(profile(&mut db), (None, 1, at(1)));
        settle(&mut db, who(Some("ann@example.com")), uid, at(2)).unwrap();
        assert_eq!(profile(&mut db), (Some("ann@example.com".into()), 2, at(2)));
        let known = find(&mut db, who(None)).unwrap().unwrap();
        assert!(known.is_current(who(None)) && known.is_current(who(Some("ann@example.com"))));
        assert!(!known.is_current(who(Some("ann@example.org"))));

        // A token without an address, or with the same, changes nothing.
        settle(&mut db, who(None), uid, at(3)).unwrap();
        settle(&mut db, who(Some("ann@example.com")), uid, at(3)).unwrap();
        assert_eq!(profile(&mut db), (Some("ann@example.com".into()), 2, at(2)));
    }

    #[test]
    fn a_name_that_one_database_could_not_hold_is_nobodys() {
        let mut db = Db::Sqlite(SqliteConnection::establish(":memory:").unwrap());
        migrate::run(&mut db).unwrap();
        let nul = Who { subject: "a\0b", ..who(None) };
        assert!(find(&mut db, nul).is_err());
    }
}
