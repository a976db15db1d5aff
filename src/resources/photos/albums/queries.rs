//! The albums' queries. An album is deleted by turns: what is in it goes first.

use diesel::prelude::*;

use super::model::{self, Change};
use super::within::{first, holds};
use crate::access::Write;
use crate::problem::{Code, Problem};
use crate::query::text::fold;
use crate::resources::collection::Stretch;
use crate::resources::conditions::Conditions;
use crate::resources::photos::Photos;
use crate::resources::photos::queries::{DELETED, HERE};
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{album_changes, albums};
use crate::store::{Halt, Owned, StoreError, on_backend};

pub use super::within::forget;

/// How many albums a person may have.
const QUOTA: i64 = 1000;

/// An album.
#[derive(Debug, Clone, Queryable)]
pub struct Row {
    /// Its id.
    pub id: Uid,
    /// What the person calls it.
    pub name: String,
    /// What the person says of it.
    pub description: String,
    /// A photo in it; none: there is none.
    pub cover: Option<Uid>,
    /// How many photos are in it.
    pub photos: i64,
    /// The number of its last change: its version.
    pub changed: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

type Columns = (
    albums::id,
    albums::name,
    albums::description,
    albums::cover,
    albums::photos,
    albums::changed,
    albums::created_at,
    albums::modified_at,
);

const COLUMNS: Columns = (
    albums::id,
    albums::name,
    albums::description,
    albums::cover,
    albums::photos,
    albums::changed,
    albums::created_at,
    albums::modified_at,
);

/// At most `limit` of the albums after `after`, by id, the first `skip` stepped over.
pub fn list<A>(on: &mut Owned<'_, Photos, A>, after: Uid, skip: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
    let (person, db) = on.parts();
    let all = albums::table.filter(albums::person.eq(person.id)).filter(albums::id.gt(after));
    let page = all.order(albums::id).limit(limit).offset(skip).select(COLUMNS);
    Ok(on_backend!(db, |c| page.load(c))?)
}

/// How many there are.
pub fn count<A>(on: &mut Owned<'_, Photos, A>) -> Result<i64, StoreError> {
    let (person, db) = on.parts();
    let all = albums::table.filter(albums::person.eq(person.id));
    Ok(on_backend!(db, |c| all.count().get_result(c))?)
}

/// One album by its key.
pub fn find<A>(on: &mut Owned<'_, Photos, A>, id: Uid) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    Ok(on_backend!(db, |c| albums::table.find((person.id, id)).select(COLUMNS).get_result(c))?)
}

/// The first album of this name, whatever the case of its letters.
pub fn named<A>(on: &mut Owned<'_, Photos, A>, name: &str) -> Result<Option<Uid>, StoreError> {
    let (person, db) = on.parts();
    let mine = albums::table.filter(albums::person.eq(person.id)).order(albums::id);
    // There are no more than the quota.
    let all: Vec<(Uid, String)> = on_backend!(db, |c| mine.select((albums::id, albums::name)).load(c))?;
    let key = fold(name);
    Ok(all.into_iter().find(|(_, name)| fold(name) == key).map(|(id, _)| id))
}

/// Adds an album, which is empty.
pub fn insert(on: &mut Owned<'_, Photos, Write>, id: Uid, name: &str, description: &str) -> Result<Row, Halt<Problem>> {
    if count(on)? >= QUOTA {
        let message = format!("There is no room for more than {QUOTA} albums; nothing was added.");
        return Err(Halt::Refused(Problem::new(Code::InsufficientStorage, message)));
    }
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let keys = (albums::person.eq(person.id), albums::id.eq(id), albums::changed.eq(number));
    let texts = (albums::name.eq(name), albums::description.eq(description), albums::photos.eq(0));
    let times = (albums::created_at.eq(now), albums::modified_at.eq(now));
    let new = diesel::insert_into(albums::table).values((keys, texts, times)).returning(COLUMNS);
    let row: Row = on_backend!(db, |c| new.get_result(c))?;
    changed(on, id, None, HERE)?;
    Ok(row)
}

/// Changes what is said of the album, if `conditions` allow. What it says already makes no new version.
pub fn change(
    on: &mut Owned<'_, Photos, Write>,
    id: Uid,
    change: &Change,
    conditions: &Conditions,
) -> Result<Row, Halt<Problem>> {
    let old = allowed(on, id, conditions)?;
    let cover = match change.cover {
        None => old.cover,
        Some(None) => first(on, id)?,
        // As it is already it may be sent back.
        Some(Some(photo)) if old.cover == Some(photo) || holds(on, id, photo)? => Some(photo),
        Some(Some(_)) => return Err(Halt::Refused(model::no_cover())),
    };
    let name = change.name.clone().unwrap_or_else(|| old.name.clone());
    let description = change.description.clone().unwrap_or_else(|| old.description.clone());
    if name == old.name && description == old.description && cover == old.cover {
        on.showed();
        return Ok(old);
    }
    write(on, &Row { name, description, cover, ..old })
}

/// Writes what the album is now.
pub(super) fn write(on: &mut Owned<'_, Photos, Write>, new: &Row) -> Result<Row, Halt<Problem>> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let texts = (albums::name.eq(&new.name), albums::description.eq(&new.description));
    let within = (albums::cover.eq(new.cover), albums::photos.eq(new.photos));
    let times = (albums::changed.eq(number), albums::modified_at.eq(now));
    let update = diesel::update(albums::table.find((person.id, new.id))).set((texts, within, times));
    let row: Row = on_backend!(db, |c| update.returning(COLUMNS).get_result(c))?;
    // Of one write that changes it twice there is one note.
    if new.changed != number {
        changed(on, new.id, Some(new.changed), HERE)?;
    }
    Ok(row)
}

/// Deletes the album, which is empty already.
pub fn delete(on: &mut Owned<'_, Photos, Write>, old: &Row) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    on_backend!(db, |c| diesel::delete(albums::table.find((person.id, old.id))).execute(c))?;
    changed(on, old.id, Some(old.changed), DELETED)
}

/// The album, if it may be changed.
pub fn allowed(on: &mut Owned<'_, Photos, Write>, id: Uid, conditions: &Conditions) -> Result<Row, Halt<Problem>> {
    let old = find(on, id)?;
    if conditions.allow(Some(old.changed)) {
        return Ok(old);
    }
    let message = "The album was changed since. Get it again, then change it.";
    Err(Halt::Refused(Problem::new(Code::PreconditionFailed, message)))
}

/// Notes the last change of an album, in place of the one before.
fn changed(on: &mut Owned<'_, Photos, Write>, album: Uid, before: Option<i64>, gone: i32) -> Result<(), StoreError> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    if let Some(before) = before {
        let old = diesel::delete(album_changes::table.find((person.id, before, album)));
        on_backend!(db, |c| old.execute(c))?;
    }
    let key = (album_changes::person.eq(person.id), album_changes::changed.eq(number));
    let what = (album_changes::album.eq(album), album_changes::gone.eq(gone), album_changes::at.eq(now));
    on_backend!(db, |c| diesel::insert_into(album_changes::table).values((key, what)).execute(c))?;
    Ok(())
}

/// A change: its number, the album, and what it is now; none: it was deleted.
pub type Changed = (i64, Uid, Option<Row>);

/// At most `limit` of the changes of `stretch`, by one statement.
pub fn changes<A>(on: &mut Owned<'_, Photos, A>, stretch: Stretch, limit: i64) -> Result<Vec<Changed>, StoreError> {
    let Stretch { full, change, after, until } = stretch;
    let (person, db) = on.parts();
    let same = albums::person.eq(album_changes::person).and(albums::id.eq(album_changes::album));
    let asked = album_changes::table
        .left_join(albums::table.on(same))
        .filter(album_changes::person.eq(person.id))
        .filter(album_changes::changed.ge(change))
        .filter(album_changes::changed.le(until))
        .filter(album_changes::changed.gt(change).or(album_changes::album.gt(after)))
        .filter(album_changes::gone.le(if full { HERE } else { DELETED }))
        .order((album_changes::changed, album_changes::album))
        .limit(limit)
        .select((album_changes::changed, album_changes::album, COLUMNS.nullable()));
    Ok(on_backend!(db, |c| asked.load(c))?)
}
