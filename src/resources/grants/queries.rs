//! The grants' queries. What is taken back is a row of `revocations` in the same transaction.

use chrono::TimeDelta;
use diesel::dsl::max;
use diesel::prelude::*;

use crate::access::{Write, outlasts};
use crate::problem::{Code, Problem};
use crate::resources::conditions::Conditions;
use crate::resources::grants::Grants;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{client_grants, people, revocations as rows};
use crate::store::{Halt, Owned, Revocation, StoreError, on_backend, revocations};

/// A client's use of a person's tokens.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Row {
    /// Its id.
    pub id: Uid,
    /// The number of its last change.
    pub changed: i64,
    /// The client.
    pub client: String,
    /// The names of the scopes that its tokens had.
    pub scopes: String,
    /// When it was first used.
    pub first_used: Instant,
    /// When it was last used.
    pub last_used: Instant,
    /// The latest sign-in that a token told of.
    pub auth_time: Option<Instant>,
    /// The latest `iat` of a token.
    pub issued_at: Instant,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
    /// Up to which sign-in.
    pub cut: Option<Instant>,
    /// When it was restored.
    pub restored_at: Option<Instant>,
}

impl Row {
    /// When the consent was given, or last restored.
    pub fn consented(&self) -> Instant {
        let given = self.auth_time.unwrap_or(self.first_used);
        self.restored_at.map_or(given, |restored| restored.max(given))
    }

    /// When it was taken back, if it still is: a later sign-in lets the client in again.
    pub fn revoked(&self) -> Option<Instant> {
        self.revoked_at.filter(|_| !outlasts(self.auth_time, self.cut))
    }
}

/// The columns of a row.
pub const COLUMNS: (
    client_grants::id,
    client_grants::changed,
    client_grants::client,
    client_grants::scopes,
    client_grants::first_used,
    client_grants::last_used,
    client_grants::auth_time,
    client_grants::issued_at,
    client_grants::revoked_at,
    client_grants::cut,
    client_grants::restored_at,
) = (
    client_grants::id,
    client_grants::changed,
    client_grants::client,
    client_grants::scopes,
    client_grants::first_used,
    client_grants::last_used,
    client_grants::auth_time,
    client_grants::issued_at,
    client_grants::revoked_at,
    client_grants::cut,
    client_grants::restored_at,
);

/// At most `limit` of the grants after `after`, by id, the first `skip` stepped over.
pub fn list<K, A>(on: &mut Owned<'_, K, A>, after: Uid, skip: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
    let (person, db) = on.parts();
    let all = client_grants::table.filter(client_grants::person.eq(person.id)).filter(client_grants::id.gt(after));
    let page = all.order(client_grants::id).limit(limit).offset(skip).select(COLUMNS);
    Ok(on_backend!(db, |c| page.load(c))?)
}

/// How many there are.
pub fn count<K, A>(on: &mut Owned<'_, K, A>) -> Result<i64, StoreError> {
    let (person, db) = on.parts();
    let all = client_grants::table.filter(client_grants::person.eq(person.id));
    Ok(on_backend!(db, |c| all.count().get_result(c))?)
}

/// One grant by its key.
pub fn find<K, A>(on: &mut Owned<'_, K, A>, id: Uid) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    let key = client_grants::table.find((person.id, id)).select(COLUMNS);
    Ok(on_backend!(db, |c| key.get_result(c))?)
}

/// Takes the client's access back: of all sign-ins up to now, and up to the latest that was seen.
pub fn revoke(on: &mut Owned<'_, Grants, Write>, id: Uid, conditions: &Conditions) -> Result<(), Halt<Problem>> {
    let old = allowed(on, id, conditions)?;
    let cut = on.now().end_of_second().max(old.auth_time.into_iter().chain(old.cut).max().unwrap_or_default());
    cut_off(on, Some(&old.client), Some(cut))?;
    let (change, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let revoked = (client_grants::revoked_at.eq(Some(now)), client_grants::cut.eq(Some(cut)));
    let changes = (revoked, client_grants::restored_at.eq(None::<Instant>), client_grants::changed.eq(change));
    let update = diesel::update(client_grants::table.find((person.id, id))).set(changes);
    on_backend!(db, |c| update.execute(c))?;
    Ok(())
}

/// Takes all access back: of all sign-ins up to a second from now, and from when the latest token was issued that was seen.
pub fn revoke_all(on: &mut Owned<'_, Grants, Write>) -> Result<(), StoreError> {
    let (change, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let mine = client_grants::table.filter(client_grants::person.eq(person.id));
    let seen = mine.select((max(client_grants::issued_at), max(client_grants::auth_time), max(client_grants::cut)));
    let seen: (Option<Instant>, Option<Instant>, Option<Instant>) = on_backend!(db, |c| seen.get_result(c))?;
    let latest = seen.0.max(seen.1).max(seen.2);
    let cut = now.end_of_second().max(latest.unwrap_or_default()).datetime() + TimeDelta::seconds(1);
    let cut = Some(Instant::from(cut));
    let revoked = (client_grants::revoked_at.eq(Some(now)), client_grants::cut.eq(cut));
    let changes = (revoked, client_grants::restored_at.eq(None::<Instant>), client_grants::changed.eq(change));
    on_backend!(db, |c| diesel::update(mine).set(changes).execute(c))?;
    cut_off(on, None, cut)
}

/// Lets `client` in again. What the operator took back stays so; and no client gives itself more time than it was given.
pub fn restore(
    on: &mut Owned<'_, Grants, Write>,
    id: Uid,
    asking: &str,
    conditions: &Conditions,
) -> Result<Row, Halt<Problem>> {
    let old = allowed(on, id, conditions)?;
    if old.client == asking {
        let message = "A client cannot restore itself: the person does so with another, or signs in to this one again.";
        return Err(Halt::Refused(Problem::new(Code::AccessDenied, message).cause("own_grant")));
    }
    cut_off(on, Some(&old.client), None)?;
    let (change, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let restored = (client_grants::revoked_at.eq(None::<Instant>), client_grants::cut.eq(None::<Instant>));
    let changes = (restored, client_grants::restored_at.eq(Some(now)), client_grants::changed.eq(change));
    let update = diesel::update(client_grants::table.find((person.id, id))).set(changes).returning(COLUMNS);
    Ok(on_backend!(db, |c| update.get_result(c))?)
}

/// The grant, if it may be changed.
fn allowed(on: &mut Owned<'_, Grants, Write>, id: Uid, conditions: &Conditions) -> Result<Row, Halt<Problem>> {
    let old = find(on, id)?;
    if conditions.allow(Some(old.changed)) {
        return Ok(old);
    }
    let message = "The grant was changed since. Get it again, then change it.";
    Err(Halt::Refused(Problem::new(Code::PreconditionFailed, message)))
}

/// Puts one cut of the person's own in the place of those that there are for the client, or for all of them; none: no cut.
fn cut_off(on: &mut Owned<'_, Grants, Write>, client: Option<&str>, before: Option<Instant>) -> Result<(), StoreError> {
    let now = on.now();
    let (person, db) = on.parts();
    let who = people::table.find(person.id).select((people::issuer, people::subject));
    let (issuer, subject): (String, String) = on_backend!(db, |c| who.get_result(c))?;
    let own = rows::table.filter(rows::issuer.eq(&issuer)).filter(rows::subject.eq(&subject)).filter(rows::own.eq(1));
    match client {
        Some(client) => on_backend!(db, |c| diesel::delete(own.filter(rows::client.eq(client))).execute(c))?,
        None => on_backend!(db, |c| diesel::delete(own.filter(rows::client.is_null())).execute(c))?,
    };
    if before.is_some() {
        let (subject, client) = (Some(subject), client.map(str::to_owned));
        let row = Revocation { number: 0, issuer, subject, client, token: None, before, own: 1 };
        revocations::add(db, &row, now)?;
    }
    Ok(())
}
