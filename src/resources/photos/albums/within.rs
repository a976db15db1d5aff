//! What is in an album: it comes and goes with the album's count, cover and version.

use std::collections::HashSet;

use diesel::prelude::*;

use super::model;
use super::queries::{Row, allowed, delete, find, insert, named, write};
use crate::access::Write;
use crate::problem::Problem;
use crate::resources::conditions::Conditions;
use crate::resources::photos::Photos;
use crate::store::columns::Uid;
use crate::store::tables::{album_photos, photos};
use crate::store::{Db, Halt, Owned, StoreError, on_backend};

/// How many photos leave an album that is deleted in one turn.
const AT_ONCE: i64 = 1000;

/// Puts these photos into the album, if `conditions` allow: all that are not in it yet, or none where one is not there.
pub fn add(
    on: &mut Owned<'_, Photos, Write>,
    album: Uid,
    ids: &[Uid],
    conditions: &Conditions,
) -> Result<Row, Halt<Problem>> {
    let old = allowed(on, album, conditions)?;
    let (person, db) = on.parts();
    let there = photos::table.filter(photos::person.eq(person.id)).filter(photos::id.eq_any(ids)).select(photos::id);
    let there: Vec<Uid> = on_backend!(db, |c| there.load(c))?;
    let of_album = album_photos::table.filter(album_photos::person.eq(person.id)).filter(album_photos::album.eq(album));
    let within = of_album.filter(album_photos::photo.eq_any(ids)).select(album_photos::photo);
    let within: Vec<Uid> = on_backend!(db, |c| within.load(c))?;
    let there: HashSet<Uid> = there.into_iter().collect();
    if let Some(at) = ids.iter().position(|id| !there.contains(id)) {
        return Err(Halt::Refused(model::no_photo(&format!("ids[{at}]"))));
    }
    let mut seen: HashSet<Uid> = within.into_iter().collect();
    let new: Vec<Uid> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
    let Some(first) = new.first().copied() else {
        on.showed();
        return Ok(old);
    };
    let row = |photo: &Uid| {
        (album_photos::person.eq(person.id), album_photos::album.eq(album), album_photos::photo.eq(*photo))
    };
    match db {
        // One statement for each, which stays prepared: there is no network between.
        Db::Sqlite(c) => {
            for photo in &new {
                diesel::insert_into(album_photos::table).values(row(photo)).execute(c)?;
            }
        }
        Db::Postgres(c) => {
            diesel::insert_into(album_photos::table).values(new.iter().map(row).collect::<Vec<_>>()).execute(c)?;
        }
    }
    on.gave(new.len());
    let more = i64::try_from(new.len()).unwrap_or(0);
    write(on, &Row { photos: old.photos.saturating_add(more), cover: old.cover.or(Some(first)), ..old })
}

/// Puts these photos into the album of this name; if there is none it is made, with the id `new`.
pub fn add_to_named(
    on: &mut Owned<'_, Photos, Write>,
    name: &str,
    new: Uid,
    ids: &[Uid],
) -> Result<Row, Halt<Problem>> {
    let album = match named(on, name)? {
        Some(album) => album,
        None => insert(on, new, name, "")?.id,
    };
    add(on, album, ids, &Conditions::default())
}

/// Takes the photo out of the album, if `conditions` allow.
pub fn take_out(
    on: &mut Owned<'_, Photos, Write>,
    album: Uid,
    photo: Uid,
    conditions: &Conditions,
) -> Result<(), Halt<Problem>> {
    let old = allowed(on, album, conditions)?;
    let (person, db) = on.parts();
    let one = diesel::delete(album_photos::table.find((person.id, album, photo)));
    if on_backend!(db, |c| one.execute(c))? == 0 {
        return Err(StoreError::NotFound.into());
    }
    left(on, old, photo)
}

/// Takes a photo that is deleted out of all albums.
pub fn forget(on: &mut Owned<'_, Photos, Write>, photo: Uid) -> Result<(), Halt<Problem>> {
    let (person, db) = on.parts();
    let of_photo = album_photos::table.filter(album_photos::person.eq(person.id)).filter(album_photos::photo.eq(photo));
    let albums: Vec<Uid> = on_backend!(db, |c| of_photo.select(album_photos::album).load(c))?;
    on_backend!(db, |c| diesel::delete(of_photo).execute(c))?;
    for album in albums {
        let old = find(on, album)?;
        left(on, old, photo)?;
    }
    Ok(())
}

/// Writes an album that a photo left.
fn left(on: &mut Owned<'_, Photos, Write>, old: Row, photo: Uid) -> Result<(), Halt<Problem>> {
    let cover = if old.cover == Some(photo) { first(on, old.id)? } else { old.cover };
    write(on, &Row { photos: old.photos.saturating_sub(1), cover, ..old })?;
    Ok(())
}

/// Takes some of what is in the album out of it, and deletes it when it is empty: whether that is done. An album of any size takes
/// turns, each of its own, so that others' writes get theirs.
pub fn clear(on: &mut Owned<'_, Photos, Write>, album: Uid, conditions: &Conditions) -> Result<bool, Halt<Problem>> {
    let old = allowed(on, album, conditions)?;
    let (person, db) = on.parts();
    let of_album = album_photos::table.filter(album_photos::person.eq(person.id)).filter(album_photos::album.eq(album));
    let last = of_album.order(album_photos::photo).offset(AT_ONCE - 1).limit(1).select(album_photos::photo);
    let last: Option<Uid> = on_backend!(db, |c| last.first(c).optional())?;
    let Some(last) = last else {
        on_backend!(db, |c| diesel::delete(of_album).execute(c))?;
        delete(on, &old)?;
        return Ok(true);
    };
    let some = diesel::delete(of_album.filter(album_photos::photo.le(last)));
    let gone = on_backend!(db, |c| some.execute(c))?;
    let fewer = i64::try_from(gone).unwrap_or(0);
    let cover = first(on, album)?;
    write(on, &Row { photos: old.photos.saturating_sub(fewer), cover, ..old })?;
    // The album is one thing, which the last turn counts.
    on.gave(0);
    Ok(false)
}

/// The first photo in the album.
pub(super) fn first<A>(on: &mut Owned<'_, Photos, A>, album: Uid) -> Result<Option<Uid>, StoreError> {
    let (person, db) = on.parts();
    let of_album = album_photos::table.filter(album_photos::person.eq(person.id)).filter(album_photos::album.eq(album));
    let first = of_album.order(album_photos::photo).select(album_photos::photo);
    Ok(on_backend!(db, |c| first.first(c).optional())?)
}

/// Whether the photo is in the album.
pub(super) fn holds<A>(on: &mut Owned<'_, Photos, A>, album: Uid, photo: Uid) -> Result<bool, StoreError> {
    let (person, db) = on.parts();
    let one = album_photos::table.find((person.id, album, photo)).select(album_photos::photo);
    let found: Option<Uid> = on_backend!(db, |c| one.get_result(c).optional())?;
    Ok(found.is_some())
}
