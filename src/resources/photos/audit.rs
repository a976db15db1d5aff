//! Whether every photo can be read, which blobs the originals are in, and whether what is counted is there.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::blobs::Key;
use crate::digest::Digest;
use crate::picture::Piece;
use crate::resources::audit::{Audit, Named, Seen};
use crate::resources::photos::queries::{COLUMNS, Row};
use crate::resources::photos::{model, uploads};
use crate::store::columns::Uid;
use crate::store::tables::{contents, people, photo_renditions, photos};
use crate::store::{Inspection, StoreError, on_backend};

/// This kind's.
pub const AUDIT: Audit = Audit { kind: "photos", run };

/// How many photos are read at once.
const PAGE: i64 = 500;

/// Where a photo is: whose, and its id.
type Place = (i64, Uid);
/// Whose, the last change of that person, the photo, and its recipe.
type Found = (i64, i64, Row, String);

fn run(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let (mut after, mut limit) = ((i64::MIN, Uid::FIRST), PAGE);
    loop {
        match page(on, after, limit) {
            Ok(page) => {
                let Some((person, _, row, ..)) = page.last() else { break };
                after = (*person, row.id);
                limit = (limit * 2).min(PAGE);
                for found in page {
                    look(found, tell);
                }
            }
            Err(StoreError::Broken(_)) if limit > 1 => limit /= 2,
            Err(StoreError::Broken(why)) => {
                let why = why.trim().replace('\n', "; ");
                let next = next(on, after);
                let which = match &next {
                    Ok(Some((person, id))) => format!("photo {id} of the person of number {person}"),
                    _ => format!("what follows photo {} of the person of number {}", after.1, after.0),
                };
                tell(Seen::Fault(format!("{which} cannot be read: {why}")));
                let Ok(Some(next)) = next else { return Ok(()) };
                after = next;
            }
            // The database is away, or has no time: that says nothing of the rows.
            Err(error) => return Err(error),
        }
    }
    renditions(on, tell)?;
    uploads::audit::run(on, tell)?;
    counts(on, tell)
}

/// The bytes of renditions. Of those that cannot be read the first is told: they can be made again.
fn renditions(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let mut after = (i64::MIN, Uid::FIRST, String::new());
    loop {
        let (person, photo, size) = &after;
        let next_size = photo_renditions::photo.eq(photo).and(photo_renditions::size.gt(size));
        let next = photo_renditions::photo.gt(photo).or(next_size);
        let asked = photo_renditions::table
            .inner_join(contents::table.on(contents::sha256.eq(photo_renditions::sha256)))
            .filter(photo_renditions::person.ge(person))
            .filter(photo_renditions::person.gt(person).or(next))
            .order((photo_renditions::person, photo_renditions::photo, photo_renditions::size))
            .limit(PAGE)
            .select((
                photo_renditions::person,
                photo_renditions::photo,
                photo_renditions::size,
                contents::sha256,
                contents::size,
            ));
        let page: Vec<(i64, Uid, String, Digest, i64)> = match on.read(|db| on_backend!(db, |c| asked.load(c))) {
            Ok(page) => page,
            Err(StoreError::Broken(why)) => {
                let why = why.trim().replace('\n', "; ");
                tell(Seen::Fault(format!("renditions after {size:?} of photo {photo} cannot be read: {why}")));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let Some((person, photo, size, ..)) = page.last() else { return Ok(()) };
        after = (*person, *photo, size.clone());
        for (_, photo, which, sha256, bytes) in page {
            tell(Seen::Blob(content(sha256, bytes, format!("{which} of photo {photo}"))));
        }
    }
}

/// By one statement, so that a change is among the person's.
fn page(on: &mut Inspection, (person, id): Place, limit: i64) -> Result<Vec<Found>, StoreError> {
    let asked = photos::table
        .inner_join(people::table.on(people::id.eq(photos::person)))
        .filter(photos::person.ge(person))
        .filter(photos::person.gt(person).or(photos::id.gt(id)))
        .order((photos::person, photos::id))
        .limit(limit)
        .select((photos::person, people::seq, COLUMNS, photos::recipe));
    on.read(|db| on_backend!(db, |c| asked.load(c)))
}

/// The place after that one, by the key alone.
fn next(on: &mut Inspection, (person, id): Place) -> Result<Option<Place>, StoreError> {
    let asked = photos::table
        .filter(photos::person.ge(person))
        .filter(photos::person.gt(person).or(photos::id.gt(id)))
        .order((photos::person, photos::id))
        .select((photos::person, photos::id));
    on.read(|db| on_backend!(db, |c| asked.first(c).optional()))
}

fn look((person, seq, row, recipe): Found, tell: &mut dyn FnMut(Seen)) {
    let id = row.id;
    let mut fault = |what: String| tell(Seen::Fault(format!("photo {id} of the person of number {person}: {what}")));
    if row.changed < 1 || row.changed > seq {
        fault(format!("its change {} is not among the person's, which are 1 to {seq}", row.changed));
    }
    if let Err(error) = model::readable(&row) {
        fault(format!("it cannot be shown: {error}"));
    }
    match serde_json::from_str::<Vec<Piece>>(&recipe).map(|pieces| length(&pieces, row.size)) {
        Ok(Some(length)) if length == row.cut_size => {}
        Ok(_) => fault("what is given of it without its location is not what was made of it".into()),
        Err(error) => fault(format!("its recipe cannot be read: {error}")),
    }
    tell(Seen::Blob(content(row.sha256, row.size, format!("photo {id}"))));
}

/// A content that a row names; it has the name of what it holds.
pub(super) fn content(sha256: Digest, size: i64, of: String) -> Named {
    Named { key: Key::Content(sha256), of, pieces: vec![(0..u64::try_from(size).unwrap_or(0), sha256.to_string())] }
}

/// How many bytes the pieces have; none: one is not of an original of that size.
fn length(pieces: &[Piece], size: i64) -> Option<i64> {
    let size = u64::try_from(size).ok()?;
    let of = |piece: &Piece| match piece {
        Piece::Kept(range) => (range.end <= size).then(|| range.end.checked_sub(range.start)).flatten(),
        Piece::Put(bytes) => u64::try_from(bytes.len()).ok(),
    };
    let length = pieces.iter().try_fold(0_u64, |sum, piece| sum.checked_add(of(piece)?))?;
    i64::try_from(length).ok()
}

/// What is counted and not there: each one statement, so that both are of one moment.
fn counts(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    const PHOTOS: &str = "SELECT person, CAST(sum(kept) AS BIGINT), CAST(sum(there) AS BIGINT) FROM \
        (SELECT person, photos AS kept, 0 AS there FROM photo_books \
         UNION ALL SELECT person, 0, count(*) FROM photos GROUP BY person) AS both_of \
        GROUP BY person HAVING sum(kept) <> sum(there)";
    const BYTES: &str = "SELECT person, CAST(sum(kept) AS BIGINT), CAST(sum(there) AS BIGINT) FROM \
        (SELECT person, bytes AS kept, 0 AS there FROM photo_books \
         UNION ALL SELECT person, 0, size FROM photos) AS both_of \
        GROUP BY person HAVING sum(kept) <> sum(there)";
    const WITHIN: &str = "SELECT person, CAST(sum(kept) AS BIGINT), CAST(sum(there) AS BIGINT) FROM \
        (SELECT person, id AS album, photos AS kept, 0 AS there FROM albums \
         UNION ALL SELECT person, album, 0, count(*) FROM album_photos GROUP BY person, album) AS both_of \
        GROUP BY person, album HAVING sum(kept) <> sum(there)";
    const STRAY: &str = "SELECT person, CAST(0 AS BIGINT), CAST(count(*) AS BIGINT) FROM album_photos AS within \
        WHERE NOT EXISTS (SELECT 1 FROM photos WHERE photos.person = within.person AND photos.id = within.photo) \
        GROUP BY person";
    const COVERS: &str = "SELECT person, CAST(1 AS BIGINT), CAST(0 AS BIGINT) FROM albums WHERE \
        CASE WHEN cover IS NULL THEN 0 ELSE 1 END <> CASE WHEN EXISTS (SELECT 1 FROM album_photos AS within \
        WHERE within.person = albums.person AND within.album = albums.id AND within.photo = COALESCE(cover, within.photo)) \
        THEN 1 ELSE 0 END";
    for (what, asked) in [
        ("photos", PHOTOS),
        ("bytes of photos", BYTES),
        ("photos in an album", WITHIN),
        ("photos in albums that are nowhere", STRAY),
        ("covers that are in their album", COVERS),
    ] {
        match on.read(|db| sql::<(BigInt, BigInt, BigInt)>(asked).load::<(i64, i64, i64)>(db)) {
            Ok(miscounted) => {
                for (person, kept, there) in miscounted {
                    let fault = format!("the person of number {person} has {there} {what}, and {kept} are counted");
                    tell(Seen::Fault(fault));
                }
            }
            Err(StoreError::Broken(why)) => {
                let why = why.trim().replace('\n', "; ");
                tell(Seen::Fault(format!("the {what} cannot be counted: {why}")));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
