//! Whether every grant can be read, and says what is possible.

use diesel::prelude::*;

use crate::resources::audit::{Audit, Seen};
use crate::resources::grants::queries::{COLUMNS, Row};
use crate::store::columns::Uid;
use crate::store::tables::{client_grants, people};
use crate::store::{Inspection, StoreError, on_backend};

/// This kind's.
pub const AUDIT: Audit = Audit { kind: "grants", run };

/// How many grants are read at once.
const PAGE: i64 = 500;

/// Where a grant is: whose, and its id.
type Place = (i64, Uid);
type Found = (i64, i64, Row);

fn run(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let (mut after, mut limit) = ((i64::MIN, Uid::FIRST), PAGE);
    loop {
        match page(on, after, limit) {
            Ok(page) => {
                let Some((person, _, row)) = page.last() else { return Ok(()) };
                after = (*person, row.id);
                limit = (limit * 2).min(PAGE);
                for (person, seq, row) in page {
                    if let Some(what) = fault(seq, &row) {
                        let id = row.id;
                        tell(Seen::Fault(format!("grant {id} of the person of number {person}: {what}")));
                    }
                }
            }
            Err(StoreError::Broken(_)) if limit > 1 => limit /= 2,
            Err(StoreError::Broken(why)) => {
                let (why, next) = (why.trim().replace('\n', "; "), next(on, after));
                let which = match &next {
                    Ok(Some((person, id))) => format!("grant {id} of the person of number {person}"),
                    _ => format!("what follows grant {} of the person of number {}", after.1, after.0),
                };
                tell(Seen::Fault(format!("{which} cannot be read: {why}")));
                let Ok(Some(next)) = next else { return Ok(()) };
                after = next;
            }
            // The database is away, or has no time: that says nothing of the rows.
            Err(error) => return Err(error),
        }
    }
}

fn page(on: &mut Inspection, (person, id): Place, limit: i64) -> Result<Vec<Found>, StoreError> {
    let asked = client_grants::table
        .inner_join(people::table)
        .filter(client_grants::person.ge(person))
        .filter(client_grants::person.gt(person).or(client_grants::id.gt(id)))
        .order((client_grants::person, client_grants::id))
        .limit(limit)
        .select((client_grants::person, people::seq, COLUMNS));
    on.read(|db| on_backend!(db, |c| asked.load(c)))
}

/// The place after that one, by the key alone.
fn next(on: &mut Inspection, (person, id): Place) -> Result<Option<Place>, StoreError> {
    let asked = client_grants::table
        .filter(client_grants::person.ge(person))
        .filter(client_grants::person.gt(person).or(client_grants::id.gt(id)))
        .order((client_grants::person, client_grants::id))
        .select((client_grants::person, client_grants::id));
    on.read(|db| on_backend!(db, |c| asked.first(c).optional()))
}

fn fault(seq: i64, row: &Row) -> Option<String> {
    if row.changed < 1 || row.changed > seq {
        return Some(format!("its change {} is not among the person's, which are 1 to {seq}", row.changed));
    }
    if row.first_used > row.last_used {
        return Some("it was first used after it was last used".into());
    }
    if row.revoked_at.is_some() != row.cut.is_some() || (row.revoked_at.is_some() && row.restored_at.is_some()) {
        return Some("whether it is taken back cannot be told".into());
    }
    None
}
