//! The revocations' rows. The map that each request is checked against is `access`'s; it is filled from here.
//! May import `access`.

use diesel::connection::SimpleConnection;
use diesel::dsl::max;
use diesel::prelude::*;

use super::columns::Instant;
use super::db::{Db, MultiBackend};
use super::error::StoreError;
use super::tables::revocations;
use crate::access::{self, Revoked};

/// One row: the tokens of `issuer`, of `subject` if given, of `client` if given, `token` (jti) if given, and of a sign-in
/// not later than `before` if given, no longer open anything.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = revocations, check_for_backend(MultiBackend))]
pub struct Revocation {
    /// Which change of the table this row is.
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
        Self { issuer: row.issuer, scope, until_auth_after: row.before.map(Instant::datetime) }
    }
}

/// The highest number: what a process compares with its own, four times a second. 0 when there is none.
pub(super) fn number(db: &mut Db) -> Result<i64, StoreError> {
    let highest: Option<i64> = revocations::table.select(max(revocations::number)).get_result(db)?;
    Ok(highest.unwrap_or(0))
}

/// All rows, in the order of their numbers.
pub(super) fn all(db: &mut Db) -> Result<Vec<Revocation>, StoreError> {
    Ok(revocations::table.order(revocations::number).select(Revocation::as_select()).load(db)?)
}

/// Adds a row inside a write and gives its number; the `number` that it came with is not looked at.
///
/// The numbers are in the order of the commits, because on PostgreSQL the table is locked against other writers until
/// then: a process that has seen a number has seen all before it.
pub fn add(db: &mut Db, revocation: &Revocation, now: Instant) -> Result<i64, StoreError> {
    if let Db::Postgres(c) = db {
        c.batch_execute("LOCK TABLE revocations IN SHARE ROW EXCLUSIVE MODE")?;
    }
    let next = number(db)?.saturating_add(1);
    let row = (
        revocations::number.eq(next),
        revocations::issuer.eq(&revocation.issuer),
        revocations::subject.eq(&revocation.subject),
        revocations::client.eq(&revocation.client),
        revocations::token.eq(&revocation.token),
        revocations::before.eq(revocation.before),
        revocations::created_at.eq(now),
    );
    diesel::insert_into(revocations::table).values(row).execute(db)?;
    Ok(next)
}
