//! The renditions of photos that were made: rows beside the photo's, which name their bytes. They are no change of the photo.

use diesel::prelude::*;

use super::mine;
use crate::access::Write;
use crate::digest::Digest;
use crate::picture::Rendition;
use crate::resources::photos::Photos;
use crate::store::columns::Uid;
use crate::store::tables::{contents, photo_renditions as renditions, photos};
use crate::store::{Changes, Owned, StoreError, on_backend};

/// A rendition whose bytes are in place.
#[derive(Debug, Clone)]
pub struct Made {
    /// Which.
    pub which: Rendition,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Names a rendition's bytes, which are touched already; one that is there already stays.
pub fn add<A: Changes>(on: &mut Owned<'_, Photos, A>, photo: Uid, made: &Made) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let key = (renditions::person.eq(person.id), renditions::photo.eq(photo), renditions::size.eq(made.which.name()));
    let pixels = (renditions::width.eq(i64::from(made.width)), renditions::height.eq(i64::from(made.height)));
    let new = diesel::insert_into(renditions::table).values((key, renditions::sha256.eq(made.sha256), pixels));
    on_backend!(db, |c| new.on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// A rendition that is kept.
#[derive(Debug, Clone, Queryable)]
pub struct Kept {
    /// Of the photo.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// How many there are.
    pub bytes: i64,
}

/// That of a photo in this size, if it is kept. One statement, since most of what is asked for is this.
pub fn kept<A>(on: &mut Owned<'_, Photos, A>, photo: Uid, which: Rendition) -> Result<Option<Kept>, StoreError> {
    let (person, db) = on.parts();
    let of_photo = renditions::person.eq(photos::person).and(renditions::photo.eq(photos::id));
    let of_size = photos::table
        .inner_join(renditions::table.on(of_photo))
        .inner_join(contents::table.on(contents::sha256.eq(renditions::sha256)))
        .filter(mine(person))
        .filter(photos::id.eq(photo))
        .filter(renditions::size.eq(which.name()))
        .select((photos::name, renditions::sha256, contents::size));
    Ok(on_backend!(db, |c| of_size.first(c).optional())?)
}

/// Those of a photo that is deleted.
pub(super) fn forget(on: &mut Owned<'_, Photos, Write>, photo: Uid) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let of_photo = renditions::table.filter(renditions::person.eq(person.id)).filter(renditions::photo.eq(photo));
    on_backend!(db, |c| diesel::delete(of_photo).execute(c))?;
    Ok(())
}
