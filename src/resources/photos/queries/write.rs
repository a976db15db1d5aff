//! Making, changing and deleting photos: the row, its place among the changes, the count and the albums go together.

use diesel::prelude::*;

use super::renditions::{self, Made};
use super::{COLUMNS, DELETED, HERE, Row, find};
use crate::access::Write;
use crate::config::Limits;
use crate::digest::Digest;
use crate::picture::Location;
use crate::problem::{Code, Problem};
use crate::query::text::{bare, fold};
use crate::resources::conditions::Conditions;
use crate::resources::photos::Photos;
use crate::resources::photos::albums::queries as albums;
use crate::resources::photos::change::{Change, Said};
use crate::resources::photos::model;
use crate::resources::photos::taken;
use crate::resources::photos::upload::Incoming;
use crate::store::columns::Uid;
use crate::store::tables::{photo_books, photo_changes, photos};
use crate::store::{Halt, Owned, StoreError, on_backend};

/// The most characters of a text that is sorted by, ...
const SORTED: usize = 128;
/// ... and of what a camera is called.
const CAMERA: usize = 128;

/// How much a person may have.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    photos: u64,
    bytes: u64,
    /// Bytes that are held besides, of pictures that are not whole.
    beside: i64,
}

impl Room {
    /// The same, where these are held besides.
    #[must_use]
    pub fn beside(self, beside: i64) -> Self {
        Self { beside, ..self }
    }

    fn holds(self, photos: i64, bytes: i64) -> Result<(), Halt<Problem>> {
        let beyond = |there: i64, most: u64| u64::try_from(there).unwrap_or(0) > most;
        let bytes = bytes.saturating_add(self.beside);
        let what = match (beyond(photos, self.photos), beyond(bytes, self.bytes)) {
            (false, false) => return Ok(()),
            (true, _) => format!("{} photos", self.photos),
            (false, true) => format!("{} bytes of photos", self.bytes),
        };
        let message = format!("There is no room for more than {what}; nothing was added.");
        Err(Halt::Refused(Problem::new(Code::InsufficientStorage, message)))
    }
}

impl From<&Limits> for Room {
    fn from(limits: &Limits) -> Self {
        Self { photos: limits.quota_photos, bytes: limits.quota_bytes, beside: 0 }
    }
}

/// Refuses what there is no room for: before its bytes are kept, and looked at again when the row is written.
pub fn has_room<A>(on: &mut Owned<'_, Photos, A>, bytes: i64, room: Room) -> Result<(), Halt<Problem>> {
    let (person, db) = on.parts();
    let kept = photo_books::table.find(person.id).select((photo_books::photos, photo_books::bytes));
    let there: Option<(i64, i64)> = on_backend!(db, |c| kept.get_result(c).optional())?;
    let (photos, total) = there.unwrap_or_default();
    room.holds(photos.saturating_add(1), total.saturating_add(bytes))
}

/// Adds a photo, whose bytes and those of its renditions are in place, unless there is no room for it.
pub fn insert(
    on: &mut Owned<'_, Photos, Write>,
    id: Uid,
    (name, description): (&str, &str),
    incoming: &Incoming,
    renditions: &[Made],
    room: Room,
) -> Result<Row, Halt<Problem>> {
    book(on, 1, incoming.whole.size, room)?;
    let (number, now) = (on.change(), on.now());
    let (taken, taken_offset) = taken::columns(incoming.facts.taken);
    let (name, description) = (name.to_owned(), description.to_owned());
    let said = Said { name, description, is_favorite: 0, taken, taken_offset };
    let (person, db) = on.parts();
    let keys = (photos::person.eq(person.id), photos::id.eq(id), photos::changed.eq(number));
    let times = (photos::created_at.eq(now), photos::modified_at.eq(now));
    let texts = Texts::of(&said.name);
    let kept = Kept::of(incoming);
    let new = diesel::insert_into(photos::table).values((keys, times, values(&said, &texts), &kept));
    let row: Row = on_backend!(db, |c| new.returning(COLUMNS).get_result(c))?;
    for made in renditions {
        renditions::add(on, id, made)?;
    }
    changed(on, id, None, HERE)?;
    Ok(row)
}

/// Changes what is said of the photo, if `conditions` allow. What it says already makes no new version.
pub fn change(
    on: &mut Owned<'_, Photos, Write>,
    id: Uid,
    change: &Change,
    conditions: &Conditions,
) -> Result<Row, Halt<Problem>> {
    let old = allowed(on, id, conditions)?;
    let said = change.on(&old).map_err(Halt::Refused)?;
    let Row { is_favorite, taken, taken_offset, .. } = old;
    let before =
        Said { name: old.name.clone(), description: old.description.clone(), is_favorite, taken, taken_offset };
    if said == before {
        on.showed();
        return Ok(old);
    }
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let times = (photos::changed.eq(number), photos::modified_at.eq(now));
    let texts = Texts::of(&said.name);
    let update = diesel::update(photos::table.find((person.id, id))).set((times, values(&said, &texts)));
    let row: Row = on_backend!(db, |c| update.returning(COLUMNS).get_result(c))?;
    changed(on, id, Some(old.changed), HERE)?;
    Ok(row)
}

/// Deletes the photo and takes it out of all albums, if `conditions` allow. Bytes that no row names any longer are swept.
pub fn delete(on: &mut Owned<'_, Photos, Write>, id: Uid, conditions: &Conditions) -> Result<(), Halt<Problem>> {
    let old = allowed(on, id, conditions)?;
    renditions::forget(on, id)?;
    let (person, db) = on.parts();
    on_backend!(db, |c| diesel::delete(photos::table.find((person.id, id))).execute(c))?;
    albums::forget(on, id)?;
    changed(on, id, Some(old.changed), DELETED)?;
    book(on, -1, old.size.saturating_neg(), Room { photos: u64::MAX, bytes: u64::MAX, beside: 0 })
}

fn allowed(on: &mut Owned<'_, Photos, Write>, id: Uid, conditions: &Conditions) -> Result<Row, Halt<Problem>> {
    let old = find(on, id)?;
    if conditions.allow(Some(old.changed)) {
        return Ok(old);
    }
    let message = "The photo was changed since. Get it again, then change it.";
    Err(Halt::Refused(Problem::new(Code::PreconditionFailed, message)))
}

/// What follows from a name.
struct Texts {
    name_key: String,
    name_sort: String,
}

impl Texts {
    fn of(name: &str) -> Self {
        Self { name_key: fold(name), name_sort: bare(name).chars().take(SORTED).collect() }
    }
}

/// The columns that a change may set.
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = photos, treat_none_as_null = true)]
struct Values<'v> {
    name: &'v str,
    name_key: &'v str,
    name_sort: &'v str,
    description: &'v str,
    is_favorite: i32,
    taken: i64,
    taken_offset: Option<i32>,
}

fn values<'v>(said: &'v Said, texts: &'v Texts) -> Values<'v> {
    Values {
        name: &said.name,
        name_key: &texts.name_key,
        name_sort: &texts.name_sort,
        description: &said.description,
        is_favorite: said.is_favorite,
        taken: said.taken,
        taken_offset: said.taken_offset,
    }
}

/// The columns that stay as they are made.
#[derive(Debug, Insertable)]
#[diesel(table_name = photos)]
struct Kept<'k> {
    sha256: Digest,
    size: i64,
    cut_sha256: Digest,
    cut_size: i64,
    recipe: &'k str,
    media_type: &'k str,
    width: i64,
    height: i64,
    facts: String,
    location: String,
    latitude: Option<i64>,
    longitude: Option<i64>,
    thumb_hash: &'k str,
    camera_make: String,
    camera_model: String,
}

impl<'k> Kept<'k> {
    fn of(incoming: &'k Incoming) -> Self {
        let mut facts = incoming.facts.clone();
        for text in [&mut facts.camera_make, &mut facts.camera_model] {
            // No database takes U+0000, and a list shows no text of any length.
            *text = text.take().map(|text| text.chars().filter(|c| !c.is_control()).take(CAMERA).collect());
        }
        let folded = |text: &Option<String>| fold(text.as_deref().unwrap_or_default());
        let location = facts.location.as_ref();
        Self {
            sha256: incoming.whole.sha256,
            size: incoming.whole.size,
            cut_sha256: incoming.cut.sha256,
            cut_size: incoming.cut.size,
            recipe: &incoming.recipe,
            media_type: facts.kind.media_type(),
            width: facts.width.into(),
            height: facts.height.into(),
            location: model::location(location),
            latitude: location.map(|Location { latitude, .. }| millionths(*latitude)),
            longitude: location.map(|Location { longitude, .. }| millionths(*longitude)),
            thumb_hash: &incoming.examined.thumb_hash,
            camera_make: folded(&facts.camera_make),
            camera_model: folded(&facts.camera_model),
            facts: model::facts(&facts),
        }
    }
}

/// Of degrees, of which there are no more than 360; what is no number is none of them.
#[expect(clippy::cast_possible_truncation, reason = "a float that is cast saturates, and these are small")]
fn millionths(degrees: f64) -> i64 {
    (degrees * 1_000_000.0).round() as i64
}

/// Notes the last change of a photo, in place of the one before.
fn changed(on: &mut Owned<'_, Photos, Write>, photo: Uid, before: Option<i64>, gone: i32) -> Result<(), StoreError> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    if let Some(before) = before {
        let old = diesel::delete(photo_changes::table.find((person.id, before, photo)));
        on_backend!(db, |c| old.execute(c))?;
    }
    let key = (photo_changes::person.eq(person.id), photo_changes::changed.eq(number));
    let what = (photo_changes::photo.eq(photo), photo_changes::gone.eq(gone), photo_changes::at.eq(now));
    on_backend!(db, |c| diesel::insert_into(photo_changes::table).values((key, what)).execute(c))?;
    Ok(())
}

/// Counts so many more or fewer; refuses more than there is room for.
fn book(on: &mut Owned<'_, Photos, Write>, by: i64, bytes: i64, room: Room) -> Result<(), Halt<Problem>> {
    let (person, db) = on.parts();
    let more = (photo_books::photos.eq(photo_books::photos + by), photo_books::bytes.eq(photo_books::bytes + bytes));
    let update = diesel::update(photo_books::table.find(person.id)).set(more);
    let update = update.returning((photo_books::photos, photo_books::bytes));
    let there: Option<(i64, i64)> = on_backend!(db, |c| update.get_result(c).optional())?;
    let (photos, total) = if let Some(there) = there {
        there
    } else {
        let first = (photo_books::person.eq(person.id), photo_books::photos.eq(by), photo_books::bytes.eq(bytes));
        on_backend!(db, |c| diesel::insert_into(photo_books::table).values(first).execute(c))?;
        (by, bytes)
    };
    room.holds(photos, total)
}
