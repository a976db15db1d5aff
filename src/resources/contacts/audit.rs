//! Whether every contact and its record can be read, whether each book counts what it has, and which blobs the photos are in.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::blobs::Key;
use crate::resources::audit::{Audit, Named, Seen};
use crate::resources::contacts::card::Card;
use crate::resources::contacts::model;
use crate::resources::contacts::queries::{COLUMNS, Columns, Row};
use crate::resources::photo::{INLINE, Photo};
use crate::store::columns::Uid;
use crate::store::tables::{contact_cards, contacts, people};
use crate::store::{Inspection, StoreError, on_backend};

/// This kind's.
pub const AUDIT: Audit = Audit { kind: "contacts", run };

/// How many contacts are read at once.
const PAGE: i64 = 500;

/// Where a contact is: whose, and its id.
type Place = (i64, Uid);
type Found = (i64, Columns, Option<String>, Option<String>);

fn run(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let (mut after, mut limit) = ((i64::MIN, Uid::FIRST), PAGE);
    loop {
        match page(on, after, limit) {
            Ok(page) => {
                let Some((person, columns, ..)) = page.last() else { return books(on, tell) };
                after = (*person, columns.0);
                limit = (limit * 2).min(PAGE);
                // After the contacts: a change meanwhile makes the number greater, never less.
                let seqs = seqs(on, &page)?;
                for found in page {
                    look(found, &seqs, tell);
                }
            }
            Err(StoreError::Broken(_)) if limit > 1 => limit /= 2,
            Err(StoreError::Broken(why)) => {
                let why = why.trim().replace('\n', "; ");
                let next = next(on, after);
                let which = match &next {
                    Ok(Some((person, id))) => format!("contact {id} of the person of number {person}"),
                    _ => format!("what follows contact {} of the person of number {}", after.1, after.0),
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
    let same = contact_cards::person.eq(contacts::person).and(contact_cards::id.eq(contacts::id));
    let asked = contacts::table
        .left_join(contact_cards::table.on(same))
        .filter(contacts::person.ge(person))
        .filter(contacts::person.gt(person).or(contacts::id.gt(id)))
        .order((contacts::person, contacts::id))
        .limit(limit)
        .select((contacts::person, COLUMNS, contacts::photo_blob, contact_cards::card.nullable()));
    on.read(|db| on_backend!(db, |c| asked.load(c)))
}

/// The place after that one, by the key alone.
fn next(on: &mut Inspection, (person, id): Place) -> Result<Option<Place>, StoreError> {
    let asked = contacts::table
        .filter(contacts::person.ge(person))
        .filter(contacts::person.gt(person).or(contacts::id.gt(id)))
        .order((contacts::person, contacts::id))
        .select((contacts::person, contacts::id));
    on.read(|db| on_backend!(db, |c| asked.first(c).optional()))
}

/// The last change of each person.
fn seqs(on: &mut Inspection, page: &[Found]) -> Result<HashMap<i64, i64>, StoreError> {
    let mut whose: Vec<i64> = page.iter().map(|(person, ..)| *person).collect();
    whose.dedup();
    let asked = people::table.filter(people::id.eq_any(whose)).select((people::id, people::seq));
    let found: Vec<(i64, i64)> = on.read(|db| on_backend!(db, |c| asked.load(c)))?;
    Ok(found.into_iter().collect())
}

fn look((person, columns, blob, card): Found, seqs: &HashMap<i64, i64>, tell: &mut dyn FnMut(Seen)) {
    let row = Row::from(columns);
    let (id, changed) = (row.id, row.changed);
    let mut fault = |what: String| tell(Seen::Fault(format!("contact {id} of the person of number {person}: {what}")));
    // A person who is gone meanwhile is gone with everything.
    if let Some(seq) = seqs.get(&person)
        && (changed < 1 || changed > *seq)
    {
        fault(format!("its change {changed} is not among the person's, which are 1 to {seq}"));
    }
    if let Err(error) = model::readable(&row) {
        fault(format!("it cannot be shown: {error}"));
    }
    let inline = row.photo.as_deref() == Some(INLINE);
    match card.as_deref().map(Card::stored) {
        Some(Ok(card)) if blob.is_none() && card.project().has_photo != inline => {
            fault("whether its record has a photo is not what is told of it".into());
        }
        Some(Ok(_)) => {}
        Some(Err(error)) => fault(format!("its record cannot be read: {error}")),
        None => fault("its record is missing".into()),
    }
    let photo = row.photo.as_deref().filter(|_| !inline).map(|photo| serde_json::from_str::<Photo>(photo).ok());
    if let Some(Some(photo)) = &photo
        && (photo.version > changed || photo.squares.is_empty())
    {
        fault(format!("its photo of change {} and {} squares is not possible", photo.version, photo.squares.len()));
    }
    match (photo, blob.map(|blob| Key::parse(&blob).ok_or(blob))) {
        (_, Some(Err(blob))) => fault(format!("its photo names {blob:?}, which is no blob")),
        (Some(_), None) => fault("its photo names no blob".into()),
        (None, Some(Ok(key))) => fault(format!("there is no photo, but its blob {key} is named")),
        (Some(photo), Some(Ok(key))) => {
            let pieces = photo.map(|photo| photo.pieces()).unwrap_or_default();
            tell(Seen::Blob(Named { key, of: format!("the photo of contact {id}"), pieces }));
        }
        (None, None) => {}
    }
}

/// The books whose count is not that of their contacts; one statement, so that both are of one moment.
fn books(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    const BOTH: &str = "SELECT person, CAST(sum(kept) AS BIGINT) AS kept, CAST(sum(there) AS BIGINT) AS there FROM \
        (SELECT person, contacts AS kept, 0 AS there FROM contact_books \
         UNION ALL SELECT person, 0, count(*) FROM contacts GROUP BY person) AS both_of \
        GROUP BY person HAVING sum(kept) <> sum(there)";
    match on.read(|db| sql::<(BigInt, BigInt, BigInt)>(BOTH).load::<(i64, i64, i64)>(db)) {
        Ok(miscounted) => {
            for (person, kept, there) in miscounted {
                let what = format!("the person of number {person} has {there} contacts, and {kept} are counted");
                tell(Seen::Fault(what));
            }
            Ok(())
        }
        Err(StoreError::Broken(why)) => {
            tell(Seen::Fault(format!("the contacts cannot be counted: {}", why.trim().replace('\n', "; "))));
            Ok(())
        }
        Err(error) => Err(error),
    }
}
