//! The revocations' rows. The map that each request is checked against is `access`'s; it is filled from here.
//! May import `access`.

use diesel::prelude::*;

use super::columns::Instant;
use super::db::{Db, MultiBackend, on_backend};
use super::error::StoreError;
use super::tables::{client_grants, people, revocation_changes, revocations};
use crate::access::{self, Consent, Revoked};

/// One row: the tokens of `issuer`, of `subject` if given, of `client` if given, `token` (jti) if given, and of a sign-in
/// not later than `before` if given, no longer open anything.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = revocations, check_for_backend(MultiBackend))]
pub struct Revocation {
    /// The row's own, never used again.
    pub number: i64,
    /// `iss`.
    pub issuer: String,
    /// Only this `sub`; `None`: everyone's.
    pub subject: Option<String>,
    /// Only this client's; `None`: every client's.
    pub client: Option<String>,
    /// Only this `jti`; `None`: every token.
    pub token: Option<String>,
    /// Only those whose `auth_time` is not later; `None`: whenever the person signed in.
    pub before: Option<Instant>,
    /// 1: the person took it back, and may restore it; 0: the operator did.
    pub own: i32,
}

impl From<Revocation> for access::Revocation {
    fn from(row: Revocation) -> Self {
        let scope = match (row.token, row.subject, row.client) {
            (Some(token), ..) => Revoked::Token(token),
            (None, Some(subject), Some(client)) => Revoked::ClientOfSubject { subject, client },
            (None, Some(subject), None) => Revoked::Subject(subject),
            (None, None, Some(client)) => Revoked::Client(client),
            (None, None, None) => Revoked::Issuer,
        };
        Self { issuer: row.issuer, scope, until_auth_after: row.before.map(Instant::datetime), own: row.own != 0 }
    }
}

/// How many changes there have been: what a process compares with its own, four times a second. Triggers count, so that
/// a row that was deleted, or changed by hand, is seen too.
///
/// The counts are in the order of the commits, because the counting row stays locked until then: a process that has
/// seen a count and then reads all rows has seen every change up to it.
pub(super) fn number(db: &mut Db) -> Result<i64, StoreError> {
    Ok(revocation_changes::table.find(1).select(revocation_changes::number).get_result(db)?)
}

/// All rows, in the order of their numbers.
pub(super) fn all(db: &mut Db) -> Result<Vec<Revocation>, StoreError> {
    Ok(revocations::table.order(revocations::number).select(Revocation::as_select()).load(db)?)
}

/// `iss`, `sub` and `client_id`; the first use, the latest sign-in that a token told of, and when it was restored.
type Who = (String, String, String);
type When = (Instant, Option<Instant>, Option<Instant>);

/// What a map must know of consents: those that were restored, and those that were given before `before`.
pub(super) fn consents(db: &mut Db, before: Instant) -> Result<Vec<Consent>, StoreError> {
    let signed_in = client_grants::auth_time;
    let unsaid = signed_in.is_null().and(client_grants::first_used.lt(before));
    let told = client_grants::restored_at.is_not_null().or(signed_in.lt(before).assume_not_null().or(unsaid));
    let who = (people::issuer, people::subject, client_grants::client);
    let when = (client_grants::first_used, signed_in, client_grants::restored_at);
    let asked = client_grants::table.inner_join(people::table).filter(told).select((who, when));
    let rows: Vec<(Who, When)> = on_backend!(db, |c| asked.load(c))?;
    let consent = |((issuer, subject, client), (first_used, signed_in, restored)): (Who, When)| {
        let (given, restored) = (signed_in.unwrap_or(first_used).datetime(), restored.map(Instant::datetime));
        Consent { issuer, subject, client, given, restored }
    };
    Ok(rows.into_iter().map(consent).collect())
}

/// Adds a row inside a write and gives its number; the `number` that it came with is not looked at.
pub fn add(db: &mut Db, revocation: &Revocation, now: Instant) -> Result<i64, StoreError> {
    let row = (
        revocations::issuer.eq(&revocation.issuer),
        revocations::subject.eq(&revocation.subject),
        revocations::client.eq(&revocation.client),
        revocations::token.eq(&revocation.token),
        revocations::before.eq(revocation.before),
        revocations::created_at.eq(now),
        revocations::own.eq(revocation.own),
    );
    let insert = diesel::insert_into(revocations::table).values(row).returning(revocations::number);
    Ok(on_backend!(db, |c| insert.get_result(c))?)
}
