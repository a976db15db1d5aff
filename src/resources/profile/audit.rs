//! Whether every person has a profile that can be read, and which blobs the photos are in.

use diesel::prelude::*;

use crate::access::Scopes;
use crate::blobs::Key;
use crate::resources::audit::{Audit, Named, Seen};
use crate::resources::photo::Photo;
use crate::resources::profile::model::{self, View};
use crate::resources::profile::queries::{COLUMNS, Columns, row};
use crate::store::columns::Uid;
use crate::store::tables::{people, profiles};
use crate::store::{Inspection, StoreError, on_backend};

/// This kind's.
pub const AUDIT: Audit = Audit { kind: "profile", run };

/// How many people are read at once.
const PAGE: i64 = 1000;

type Found = (i64, Uid, i64, Option<Columns>, Option<String>);

fn run(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let (mut after, mut limit) = (i64::MIN, PAGE);
    loop {
        match page(on, after, limit) {
            Ok(page) => {
                let Some(last) = page.last() else { return Ok(()) };
                after = last.0;
                limit = (limit * 2).min(PAGE);
                for found in page {
                    tell(Seen::Row);
                    look(found, tell);
                }
            }
            Err(StoreError::Broken(_)) if limit > 1 => limit /= 2,
            Err(StoreError::Broken(why)) => {
                let first = first(on, after).unwrap_or_else(|_| after.max(0).saturating_add(1));
                let last = past(on, first)?;
                let whom = match last {
                    Some(last) if last == first => format!("the person of number {first}"),
                    Some(last) => format!("the people of numbers {first} to {last}"),
                    None => format!("the people from number {first} on"),
                };
                tell(Seen::Fault(format!("{whom} cannot be read: {}", why.trim().replace('\n', "; "))));
                photos(on, first, last.unwrap_or(i64::MAX), tell)?;
                let Some(last) = last else { return Ok(()) };
                after = last;
            }
            // The database is away, or has no time: that says nothing of the rows.
            Err(error) => return Err(error),
        }
    }
}

fn page(on: &mut Inspection, after: i64, limit: i64) -> Result<Vec<Found>, StoreError> {
    let columns = (people::id, people::uid, people::seq, COLUMNS.nullable(), profiles::photo_blob.nullable());
    let asked = people::table.left_join(profiles::table).filter(people::id.gt(after)).order(people::id).limit(limit);
    on.read(|db| on_backend!(db, |c| asked.select(columns).load(c)))
}

/// The number of the first person after that one.
fn first(on: &mut Inspection, after: i64) -> Result<i64, StoreError> {
    on.read(|db| people::table.filter(people::id.gt(after)).select(people::id).order(people::id).first(db))
}

/// The last number from `first`, who cannot be read, on, before somebody who can, or the end. Each step is as long as one, and an
/// eighth of the way that is behind it: however much is broken, some hundred steps lead past it. `None`: nothing after it can
/// be read.
fn past(on: &mut Inspection, first: i64) -> Result<Option<i64>, StoreError> {
    let (mut last, mut step) = (first, 1_i64);
    loop {
        match page(on, last, 1) {
            Ok(_) => return Ok(Some(last)),
            Err(StoreError::Broken(_)) => {}
            Err(error) => return Err(error),
        }
        let Some(next) = last.checked_add(step) else { return Ok(None) };
        (last, step) = (next, 1 + next.saturating_sub(first) / 8);
    }
}

/// The photos of people who cannot be read, if at least that can be: they are theirs.
fn photos(on: &mut Inspection, first: i64, last: i64, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let asked = profiles::table.filter(profiles::person.between(first, last));
    let found: Result<Vec<(i64, Option<String>)>, _> =
        on.read(|db| asked.select((profiles::person, profiles::photo_blob)).load(db));
    match found {
        Ok(found) => {
            for (person, blob) in found {
                if let Some(key) = blob.as_deref().and_then(Key::parse) {
                    let of = format!("the photo of the person of number {person}");
                    tell(Seen::Blob(Named { key, of, pieces: Vec::new() }));
                }
            }
            Ok(())
        }
        Err(StoreError::Broken(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn look((_, uid, seq, columns, blob): Found, tell: &mut dyn FnMut(Seen)) {
    let mut fault = |what: String| tell(Seen::Fault(format!("person {uid}: {what}")));
    let Some(columns) = columns else { return fault("there is no profile".into()) };
    let mut row = row(uid, columns);
    let photo = row.photo.take();
    if row.changed < 1 || row.changed > seq {
        fault(format!("the profile's change {} is not among the person's, which are 1 to {seq}", row.changed));
    }
    if let Err(error) = model::answer(&row, View::of(Scopes::all(), None)) {
        fault(format!("the profile cannot be read: {error}"));
    }
    let pieces = match photo.as_deref().map(serde_json::from_str::<Photo>) {
        Some(Ok(photo)) if photo.version > row.changed || photo.squares.is_empty() => {
            fault(format!(
                "the photo's row is not possible: it has {} squares and is of change {}, the profile of {}",
                photo.squares.len(),
                photo.version,
                row.changed
            ));
            photo.pieces()
        }
        Some(Ok(photo)) => photo.pieces(),
        Some(Err(error)) => {
            fault(format!("the photo's row cannot be read: {error}"));
            Vec::new()
        }
        None => Vec::new(),
    };
    match (photo, blob.map(|blob| Key::parse(&blob).ok_or(blob))) {
        (_, Some(Err(blob))) => fault(format!("the photo names {blob:?}, which is no blob")),
        (Some(_), None) => fault("the photo names no blob".into()),
        (None, Some(Ok(key))) => fault(format!("there is no photo, but its blob {key} is named")),
        (Some(_), Some(Ok(key))) => tell(Seen::Blob(Named { key, of: format!("the photo of person {uid}"), pieces })),
        (None, None) => {}
    }
}
