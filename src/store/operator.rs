//! `Operator`: what an operator takes back from the command line, beside a server that runs. It changes the rows, whose triggers
//! count that; every process sees the count. May import `access`, `config`.

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::columns::Instant;
use super::db::{Db, on_backend};
use super::error::StoreError;
use super::inspection::Inspection;
use super::revocations::{self, Revocation};
use super::start::StartError;
use super::tables::{client_grants, people, revocations as rows};
use crate::config::Database;

/// The operator's way to the revocations.
pub struct Operator(Inspection);

impl Operator {
    /// Opens the database that serves, or has served.
    pub fn open(settings: &Database) -> Result<Self, StartError> {
        Inspection::open(settings).map(Self)
    }

    /// Takes something back, and gives the row as it is kept, with its number. What ends with a new sign-in reaches up to the latest that was seen: the
    /// issuer's clock may be ahead.
    pub fn revoke(&mut self, mut revocation: Revocation, now: Instant) -> Result<Revocation, StoreError> {
        if let Some(before) = revocation.before {
            let latest = latest_sign_in(self.0.db(), &revocation)?;
            revocation.before = Some(latest.map_or(before, |latest| latest.max(before)));
        }
        let number = self.0.db().transaction(|db| revocations::add(db, &revocation, now))?;
        Ok(Revocation { number, ..revocation })
    }

    /// All that is taken back, with when it was, in the order of the numbers.
    pub fn revocations(&mut self) -> Result<Vec<(Revocation, Instant)>, StoreError> {
        let all = rows::table.order(rows::number).select((Revocation::as_select(), rows::created_at));
        Ok(all.load(self.0.db())?)
    }

    /// Gives back what the row of this number took; none: there is no such row.
    pub fn undo(&mut self, number: i64) -> Result<Option<Revocation>, StoreError> {
        let row = rows::table.find(number);
        let found: Option<Revocation> = row.select(Revocation::as_select()).first(self.0.db()).optional()?;
        let Some(found) = found else { return Ok(None) };
        // In here a change comes first: SQLite has no way from what was read to a change if others have written meanwhile.
        self.0.db().transaction(|db| {
            if on_backend!(&mut *db, |c| diesel::delete(row).execute(c))? == 0 {
                return Ok(None);
            }
            if let (1, Some(subject)) = (found.own, &found.subject) {
                show(db, &found.issuer, subject)?;
            }
            Ok(Some(found))
        })
    }
}

/// The latest sign-in that a token told of, of those that a revocation is of.
fn latest_sign_in(db: &mut Db, of: &Revocation) -> Result<Option<Instant>, StoreError> {
    let (subject, client) = (of.subject.clone(), of.client.clone());
    let seen = client_grants::table
        .inner_join(people::table)
        .filter(people::issuer.eq(&of.issuer))
        .filter(people::subject.eq(subject.clone().unwrap_or_default()).or(subject.is_none().into_sql::<Bool>()))
        .filter(client_grants::client.eq(client.clone().unwrap_or_default()).or(client.is_none().into_sql::<Bool>()))
        .select(max(client_grants::auth_time));
    Ok(on_backend!(db, |c| seen.get_result(c))?)
}

/// Shows the person what is not taken back any longer: all grants for which there is no row of theirs.
fn show(db: &mut Db, issuer: &str, subject: &str) -> Result<(), StoreError> {
    let own = rows::table.filter(rows::issuer.eq(issuer)).filter(rows::subject.eq(subject)).filter(rows::own.eq(1));
    let clients: Vec<Option<String>> = own.select(rows::client).load(db)?;
    if clients.contains(&None) {
        return Ok(());
    }
    let whose = people::table.filter(people::issuer.eq(issuer)).filter(people::subject.eq(subject)).select(people::id);
    let Some(person) = whose.first::<i64>(db).optional()? else { return Ok(()) };
    let free = client_grants::table.filter(client_grants::person.eq(person));
    let free = free.filter(client_grants::client.ne_all(clients.into_iter().flatten().collect::<Vec<_>>()));
    let shown = (client_grants::revoked_at.eq(None::<Instant>), client_grants::cut.eq(None::<Instant>));
    on_backend!(db, |c| diesel::update(free).set(shown).execute(c))?;
    Ok(())
}
