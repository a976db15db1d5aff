//! The sessions' queries. That parts come in order is one condition of the update that takes one: of two that come at once one wins.

use diesel::prelude::*;

use super::model::Asked;
use super::range::Part;
use super::{AFTERLIFE_S, CHUNKS, LIFE_S, OPEN};
use crate::access::Write;
use crate::digest::Digest;
use crate::problem::{Code, Problem};
use crate::resources::contents;
use crate::resources::photos::Photos;
use crate::resources::photos::queries::{Room, has_room};
use crate::store::columns::{Instant, Uid};
use crate::store::contents::touch;
use crate::store::tables::{upload_chunks, upload_sessions};
use crate::store::{Halt, Owned, StoreError, on_backend};

/// A session.
#[derive(Debug, Clone, Queryable)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct Session {
    pub id: Uid,
    pub name: String,
    pub description: String,
    pub total: Option<i64>,
    pub received: i64,
    pub chunks: i64,
    pub photo: Option<Uid>,
    pub expires_at: Instant,
}

type Columns = (
    upload_sessions::id,
    upload_sessions::name,
    upload_sessions::description,
    upload_sessions::total,
    upload_sessions::received,
    upload_sessions::chunks,
    upload_sessions::photo,
    upload_sessions::expires_at,
);

const COLUMNS: Columns = (
    upload_sessions::id,
    upload_sessions::name,
    upload_sessions::description,
    upload_sessions::total,
    upload_sessions::received,
    upload_sessions::chunks,
    upload_sessions::photo,
    upload_sessions::expires_at,
);

impl Session {
    /// Refuses a part that is not the one that is awaited.
    pub fn awaits(&self, part: Part) -> Result<(), Problem> {
        if let Some(total) = self.total.filter(|total| *total != part.total) {
            let message = format!("This picture was said to have {total} bytes.");
            return Err(Problem::new(Code::InvalidRequest, message).target("Content-Range"));
        }
        if self.photo.is_some() || self.received != part.first {
            let message = format!(
                "Byte {} of the picture is awaited next: ask this address what is, and go on from there.",
                self.received
            );
            return Err(Problem::new(Code::RangeNotSatisfiable, message).target("Content-Range"));
        }
        if self.chunks >= CHUNKS && !part.is_last() {
            let message = format!("A picture comes in at most {CHUNKS} parts and a last one: send larger ones.");
            return Err(Problem::new(Code::TooLarge, message).target("Content-Range"));
        }
        Ok(())
    }
}

fn after(now: Instant, seconds: i64) -> Instant {
    Instant::from_micros(now.micros().saturating_add(seconds.saturating_mul(1_000_000)))
}

/// A session that is not over.
pub fn find<A>(on: &mut Owned<'_, Photos, A>, id: Uid, now: Instant) -> Result<Session, StoreError> {
    let (person, db) = on.parts();
    let found = upload_sessions::table.find((person.id, id)).filter(upload_sessions::expires_at.gt(now));
    Ok(on_backend!(db, |c| found.select(COLUMNS).get_result(c))?)
}

/// The parts that are here, in order: their contents, and how many bytes each has.
pub fn parts<A>(on: &mut Owned<'_, Photos, A>, id: Uid) -> Result<Vec<(Digest, i64)>, StoreError> {
    let (person, db) = on.parts();
    let found = upload_chunks::table
        .filter(upload_chunks::person.eq(person.id))
        .filter(upload_chunks::session.eq(id))
        .order(upload_chunks::first)
        .select((upload_chunks::sha256, upload_chunks::size));
    Ok(on_backend!(db, |c| found.load(c))?)
}

/// Makes a session, unless there are too many, or no room for its picture.
pub fn create(on: &mut Owned<'_, Photos, Write>, id: Uid, asked: &Asked, room: Room) -> Result<Session, Halt<Problem>> {
    on.gave(0);
    let now = on.now();
    let (open, held) = held(on, None, now)?;
    if open >= OPEN {
        let message = format!("There are {open} pictures that are not whole: finish some, or end their sessions.");
        return Err(Halt::Refused(Problem::new(Code::InsufficientStorage, message)));
    }
    has_room(on, asked.total.unwrap_or(0), room.beside(held))?;
    let (person, db) = on.parts();
    let key = (upload_sessions::person.eq(person.id), upload_sessions::id.eq(id));
    let said = (upload_sessions::name.eq(&asked.name), upload_sessions::description.eq(&asked.description));
    let state = (
        upload_sessions::total.eq(asked.total),
        upload_sessions::received.eq(0_i64),
        upload_sessions::chunks.eq(0_i64),
        upload_sessions::expires_at.eq(after(now, LIFE_S)),
    );
    let new = diesel::insert_into(upload_sessions::table).values((key, said, state)).returning(COLUMNS);
    Ok(on_backend!(db, |c| new.get_result(c))?)
}

/// How many of the person's pictures are not whole, and how many bytes of them are here, but for one that comes to its end.
pub fn held<A>(on: &mut Owned<'_, Photos, A>, but: Option<Uid>, now: Instant) -> Result<(i64, i64), StoreError> {
    let (person, db) = on.parts();
    let open = upload_sessions::table
        .filter(upload_sessions::person.eq(person.id))
        .filter(upload_sessions::photo.is_null())
        .filter(upload_sessions::expires_at.gt(now))
        .select((upload_sessions::id, upload_sessions::received));
    let mut here: Vec<(Uid, i64)> = on_backend!(db, |c| open.load(c))?;
    here.retain(|(id, _)| Some(*id) != but);
    let count = i64::try_from(here.len()).unwrap_or(i64::MAX);
    Ok((count, here.into_iter().map(|(_, bytes)| bytes).fold(0, i64::saturating_add)))
}

/// Takes a part, whose bytes are in place, if it is the one that is awaited.
pub fn advance(
    on: &mut Owned<'_, Photos, Write>,
    id: Uid,
    part: Part,
    digest: Digest,
    room: Room,
) -> Result<Session, Halt<Problem>> {
    on.gave(0);
    let now = on.now();
    let (_, held) = held(on, None, now)?;
    has_room(on, part.end.saturating_sub(part.first), room.beside(held))?;
    if !touch(on, digest)? {
        return Err(Halt::Refused(contents::going()));
    }
    let (person, db) = on.parts();
    let awaiting = upload_sessions::table
        .find((person.id, id))
        .filter(upload_sessions::expires_at.gt(now))
        .filter(upload_sessions::photo.is_null())
        .filter(upload_sessions::received.eq(part.first))
        .filter(upload_sessions::chunks.lt(CHUNKS))
        .filter(upload_sessions::total.is_null().or(upload_sessions::total.eq(part.total)));
    let state = (
        upload_sessions::total.eq(part.total),
        upload_sessions::received.eq(part.end),
        upload_sessions::chunks.eq(upload_sessions::chunks + 1),
    );
    let update = diesel::update(awaiting).set(state).returning(COLUMNS);
    let Some(session) = on_backend!(db, |c| update.get_result::<Session>(c).optional())? else {
        find(on, id, now)?.awaits(part).map_err(Halt::Refused)?;
        return Err(Halt::Refused(Problem::internal("a part is awaited, and is not taken")));
    };
    let key = (upload_chunks::person.eq(person.id), upload_chunks::session.eq(id), upload_chunks::first.eq(part.first));
    let size = part.end.saturating_sub(part.first);
    let row = (key, upload_chunks::size.eq(size), upload_chunks::sha256.eq(digest));
    on_backend!(db, |c| diesel::insert_into(upload_chunks::table).values(row).execute(c))?;
    Ok(session)
}

/// The picture is whole, and this photo: the parts are no longer needed. A session that is over by now stays so.
pub fn finish(on: &mut Owned<'_, Photos, Write>, id: Uid, photo: Uid, total: i64) -> Result<(), StoreError> {
    on.gave(0);
    let now = on.now();
    let (person, db) = on.parts();
    let state = (
        upload_sessions::photo.eq(Some(photo)),
        upload_sessions::total.eq(Some(total)),
        upload_sessions::received.eq(total),
        upload_sessions::expires_at.eq(after(now, AFTERLIFE_S)),
    );
    let update = diesel::update(upload_sessions::table.find((person.id, id))).set(state);
    on_backend!(db, |c| update.execute(c))?;
    let of_session =
        upload_chunks::table.filter(upload_chunks::person.eq(person.id)).filter(upload_chunks::session.eq(id));
    on_backend!(db, |c| diesel::delete(of_session).execute(c))?;
    Ok(())
}

/// Ends a session, with its parts.
pub fn cancel(on: &mut Owned<'_, Photos, Write>, id: Uid) -> Result<(), StoreError> {
    on.gave(0);
    let now = on.now();
    find(on, id, now)?;
    let (person, db) = on.parts();
    on_backend!(db, |c| diesel::delete(upload_sessions::table.find((person.id, id))).execute(c))?;
    Ok(())
}

/// The picture was refused: its session ends, unless another one made it whole meanwhile.
pub fn refuse(on: &mut Owned<'_, Photos, Write>, id: Uid) -> Result<(), StoreError> {
    on.gave(0);
    let (person, db) = on.parts();
    let open = upload_sessions::table.find((person.id, id)).filter(upload_sessions::photo.is_null());
    on_backend!(db, |c| diesel::delete(open).execute(c))?;
    Ok(())
}
