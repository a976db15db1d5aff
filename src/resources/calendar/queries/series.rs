//! The series of a window, and events that are longer than single ones are. Each has to be looked at before it is known whether something
//! of it comes next: a page looks at as many as there is time for, and the next one goes on behind them (security.md row 31).

use std::collections::{HashMap, HashSet};

use diesel::dsl::case_when;
use diesel::prelude::*;

use super::mine;
use super::seen::State;
use super::window::{Asked, NEAR, course, later};
use crate::access::Access;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Looked, Page};
use crate::resources::calendar::record::Record;
use crate::resources::calendar::span::SERIES;
use crate::resources::collection::room::octet_length;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::events;
use crate::store::{Owned, StoreError, on_backend};

/// How many are read at once, ...
const ROWS: usize = 128;
/// ... but for schedules that are larger, which may be a MiB each.
const SMALL: i32 = 8 * 1024;
/// So many each page looks at, or at so many bytes of schedules, however long that takes: who is answered by a machine that has much to
/// do comes to the end too.
const LEAST: usize = 200;
const LEAST_BYTES: usize = 1024 * 1024;
/// So many at most are looked at again by the page that goes on, if their schedules have no more bytes together.
const HELD: usize = 64;
const HELD_BYTES: usize = 1024 * 1024;

/// Puts the series on the page. Some: the time was over before all of them were looked at, and nothing of the page can be said yet.
pub(super) fn series<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    asked: &Asked,
    page: &mut Page<State>,
) -> Result<Option<Looked>, StoreError> {
    let looked = asked.after.as_ref().and_then(|mark| mark.looked.as_ref());
    let mut place = looked.map_or((Instant::from_micros(i64::MIN), Uid::FIRST), |looked| looked.place);
    let mut sizes = HashMap::new();
    let held = held(on, asked.calendar, looked.map(|looked| looked.held.as_slice()).unwrap_or_default())?;
    page.share_among(held.len());
    for row in held {
        sizes.insert(row.id, look(on, row, page)?);
    }
    let (mut number, mut bytes) = (0, 0);
    loop {
        let rows = next(on, asked.calendar, place, page)?;
        let is_last = rows.len() < ROWS;
        page.share_among(rows.len());
        for row in rows {
            if (number >= LEAST || bytes >= LEAST_BYTES) && page.is_late() {
                return Ok(Some(hold(page, place, &sizes)));
            }
            place = (row.starts, row.id);
            let (id, size) = (row.id, look(on, row, page)?);
            sizes.insert(id, size);
            (number, bytes) = (number + 1, bytes + size);
        }
        if is_last {
            return Ok(None);
        }
    }
}

/// One of them; its schedule, unless that is large.
#[derive(Queryable)]
struct Row {
    id: Uid,
    changed: i64,
    starts: Instant,
    schedule: Option<String>,
}

/// Those that come next.
fn next<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    place: (Instant, Uid),
    page: &Page<State>,
) -> Result<Vec<Row>, StoreError> {
    let from = page.after().map_or(page.window().from, |after| after.at.max(page.window().from));
    let (ends, before): (Instant, Instant) = (later(from, -NEAR).into(), later(page.before(), NEAR).into());
    let (person, db) = on.parts();
    let all = events::table
        .filter(mine(person))
        .filter(events::reach.eq(SERIES))
        .filter(events::starts.ge(place.0))
        .filter(events::starts.le(before))
        .filter(events::starts.gt(place.0).or(events::id.gt(place.1)))
        .filter(events::ends.is_null().or(events::ends.ge(ends)))
        .order((events::starts, events::id))
        .limit(i64::try_from(ROWS).unwrap_or(i64::MAX))
        .select((events::id, events::changed, events::starts, small()));
    Ok(match calendar {
        None => on_backend!(db, |c| all.load(c))?,
        Some(calendar) => on_backend!(db, |c| all.filter(events::calendar.eq(calendar)).load(c))?,
    })
}

/// Those of which the page before had something.
fn held<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    ids: &[Uid],
) -> Result<Vec<Row>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (person, db) = on.parts();
    let all = events::table
        .filter(mine(person))
        .filter(events::reach.eq(SERIES))
        .filter(events::id.eq_any(ids))
        .select((events::id, events::changed, events::starts, small()));
    Ok(match calendar {
        None => on_backend!(db, |c| all.load(c))?,
        Some(calendar) => on_backend!(db, |c| all.filter(events::calendar.eq(calendar)).load(c))?,
    })
}

#[diesel::dsl::auto_type(no_type_alias)]
fn small() -> _ {
    let most: i32 = SMALL;
    case_when(octet_length(events::schedule).le(most), events::schedule)
}

/// Expands one as far as the page has room for it; and how large its schedule is.
fn look<A: Access>(on: &mut Owned<'_, Calendar, A>, row: Row, page: &mut Page<State>) -> Result<usize, StoreError> {
    let found = match row.schedule {
        Some(schedule) => Some((row.changed, schedule)),
        None => large(on, row.id)?,
    };
    let Some((changed, schedule)) = found else { return Ok(0) };
    if let Some(course) = course(&schedule, page, Record::clone) {
        page.expand(row.id, &course, State::Version(changed));
    }
    Ok(schedule.len())
}

/// A large schedule, as it is now; none: its event has gone.
fn large<A: Access>(on: &mut Owned<'_, Calendar, A>, id: Uid) -> Result<Option<(i64, String)>, StoreError> {
    let (person, db) = on.parts();
    let one = events::table.find((person.id, id)).select((events::changed, events::schedule));
    Ok(on_backend!(db, |c| one.first(c).optional())?)
}

/// How far the page came.
fn hold(page: &mut Page<State>, place: (Instant, Uid), sizes: &HashMap<Uid, usize>) -> Looked {
    let (mut held, mut bytes) = (Vec::new(), 0);
    let mut known = HashSet::new();
    let until = page.hold(|id| {
        if known.contains(&id) {
            return true;
        }
        bytes += sizes.get(&id).copied().unwrap_or_default();
        let is_held = held.is_empty() || (held.len() < HELD && bytes <= HELD_BYTES);
        if is_held {
            known.insert(id);
            held.push(id);
        }
        is_held
    });
    Looked { place, held, until }
}
