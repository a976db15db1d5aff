//! The calendars' queries.

use diesel::prelude::*;

use super::model::{Change, DEFAULT_COLOR, DEFAULT_NAME};
use crate::access::Write;
use crate::problem::{Code, Problem};
use crate::query::text::fold;
use crate::resources::calendar::Calendar;
use crate::resources::conditions::Conditions;
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{calendars, people};
use crate::store::{Halt, Owned, StoreError, on_backend};

/// How many calendars a person may add.
const QUOTA: i64 = 1000;

/// A calendar.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id; the person's uid: the default calendar.
    pub id: Uid,
    /// What the person calls it.
    pub name: String,
    /// One of Graph's names of colours.
    pub color: String,
    /// `#rrggbb` or ''.
    pub hex_color: String,
    /// The number of its last change: its version; 0: the default calendar as it was at first.
    pub changed: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

type Columns = (Uid, String, String, String, i64, Instant, Instant);

const COLUMNS: (
    calendars::id,
    calendars::name,
    calendars::color,
    calendars::hex_color,
    calendars::changed,
    calendars::created_at,
    calendars::modified_at,
) = (
    calendars::id,
    calendars::name,
    calendars::color,
    calendars::hex_color,
    calendars::changed,
    calendars::created_at,
    calendars::modified_at,
);

impl From<Columns> for Row {
    fn from((id, name, color, hex_color, changed, created_at, modified_at): Columns) -> Self {
        Self { id, name, color, hex_color, changed, created_at, modified_at }
    }
}

/// At most `limit` of the calendars after `after`, the default one first and the others by id; the first `skip` stepped over.
pub fn list<A>(
    on: &mut Owned<'_, Calendar, A>,
    after: Option<Uid>,
    skip: i64,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    let of_person = on.person().uid;
    let mut others_skip = skip;
    if after.is_none() {
        match skip {
            0 => rows.push(find(on, of_person)?),
            _ => others_skip = skip.saturating_sub(1),
        }
    }
    let after = after.filter(|id| *id != of_person).unwrap_or(Uid::FIRST);
    let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(limit));
    let (person, db) = on.parts();
    let others = calendars::table.filter(calendars::person.eq(person.id)).filter(calendars::id.ne(of_person));
    let page = others.filter(calendars::id.gt(after)).order(calendars::id);
    let page = page.limit(left).offset(others_skip).select(COLUMNS);
    let found: Vec<Columns> = on_backend!(db, |c| page.load(c))?;
    rows.extend(found.into_iter().map(Row::from));
    Ok(rows)
}

/// How many there are beside the default one.
fn others<A>(on: &mut Owned<'_, Calendar, A>) -> Result<i64, StoreError> {
    let (person, db) = on.parts();
    let others = calendars::table.filter(calendars::person.eq(person.id)).filter(calendars::id.ne(person.uid));
    Ok(on_backend!(db, |c| others.count().get_result(c))?)
}

/// How many there are.
pub fn count<A>(on: &mut Owned<'_, Calendar, A>) -> Result<i64, StoreError> {
    Ok(others(on)?.saturating_add(1))
}

/// One calendar by its key.
pub fn find<A>(on: &mut Owned<'_, Calendar, A>, id: Uid) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    let key = calendars::table.find((person.id, id)).select(COLUMNS);
    let found: Option<Columns> = on_backend!(db, |c| key.get_result(c).optional())?;
    match found {
        Some(found) => Ok(found.into()),
        None if id == person.uid => {
            let made = people::table.find(person.id).select(people::created_at);
            let at: Instant = on_backend!(db, |c| made.get_result(c))?;
            let (name, color) = (DEFAULT_NAME.to_owned(), DEFAULT_COLOR.to_owned());
            Ok(Row { id, name, color, hex_color: String::new(), changed: 0, created_at: at, modified_at: at })
        }
        None => Err(StoreError::NotFound),
    }
}

/// Adds a calendar.
pub fn insert(on: &mut Owned<'_, Calendar, Write>, id: Uid, name: &str, given: &Change) -> Result<Row, Halt<Problem>> {
    if others(on)? >= QUOTA {
        let message = format!("There is no room for more than {QUOTA} calendars; nothing was added.");
        return Err(Halt::Refused(Problem::new(Code::InsufficientStorage, message)));
    }
    let (color, hex_color) = (given.color.as_deref().unwrap_or(DEFAULT_COLOR), given.hex_color.as_deref());
    let (changed, now) = (on.change(), on.now());
    let (name, color, hex_color) = (name.to_owned(), color.to_owned(), hex_color.unwrap_or_default().to_owned());
    add(on, &Row { id, name, color, hex_color, changed, created_at: now, modified_at: now })
}

fn add(on: &mut Owned<'_, Calendar, Write>, new: &Row) -> Result<Row, Halt<Problem>> {
    let name_key = free(on, new.id, &new.name)?;
    let (person, db) = on.parts();
    let keys = (calendars::person.eq(person.id), calendars::id.eq(new.id), calendars::changed.eq(new.changed));
    let names = (calendars::name.eq(&new.name), calendars::name_key.eq(&name_key));
    let colors = (calendars::color.eq(&new.color), calendars::hex_color.eq(&new.hex_color));
    let times = (calendars::created_at.eq(new.created_at), calendars::modified_at.eq(new.modified_at));
    let new = diesel::insert_into(calendars::table).values((keys, names, colors, times)).returning(COLUMNS);
    let row: Columns = on_backend!(db, |c| new.get_result(c))?;
    Ok(row.into())
}

/// Changes the calendar, if `conditions` allow. What it is already makes no new version; the default one gets its row.
pub fn update(
    on: &mut Owned<'_, Calendar, Write>,
    id: Uid,
    given: &Change,
    conditions: &Conditions,
) -> Result<Row, Halt<Problem>> {
    let old = allowed(on, id, conditions)?;
    let given = given.clone();
    let new = Row {
        name: given.name.unwrap_or_else(|| old.name.clone()),
        color: given.color.unwrap_or_else(|| old.color.clone()),
        hex_color: given.hex_color.unwrap_or_else(|| old.hex_color.clone()),
        changed: on.change(),
        modified_at: on.now(),
        ..old
    };
    if (&new.name, &new.color, &new.hex_color) == (&old.name, &old.color, &old.hex_color) {
        on.gave(0);
        return Ok(old);
    }
    if old.changed == 0 {
        return add(on, &new);
    }
    let name_key = free(on, id, &new.name)?;
    let (person, db) = on.parts();
    let names = (calendars::name.eq(&new.name), calendars::name_key.eq(&name_key));
    let colors = (calendars::color.eq(&new.color), calendars::hex_color.eq(&new.hex_color));
    let times = (calendars::changed.eq(new.changed), calendars::modified_at.eq(new.modified_at));
    let update = diesel::update(calendars::table.find((person.id, id))).set((names, colors, times)).returning(COLUMNS);
    let row: Columns = on_backend!(db, |c| update.get_result(c))?;
    Ok(row.into())
}

/// Deletes the calendar.
pub fn delete(on: &mut Owned<'_, Calendar, Write>, old: &Row) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let gone = diesel::delete(calendars::table.find((person.id, old.id)));
    on_backend!(db, |c| gone.execute(c))?;
    Ok(())
}

/// The calendar, if it may be deleted.
pub fn removable(on: &mut Owned<'_, Calendar, Write>, id: Uid, conditions: &Conditions) -> Result<Row, Halt<Problem>> {
    if id == on.person().uid {
        let message = "This is the default calendar: it cannot be deleted.";
        return Err(Halt::Refused(Problem::new(Code::InvalidRequest, message)));
    }
    allowed(on, id, conditions)
}

fn allowed(on: &mut Owned<'_, Calendar, Write>, id: Uid, conditions: &Conditions) -> Result<Row, Halt<Problem>> {
    let old = find(on, id)?;
    if conditions.allow(Some(old.changed)) {
        return Ok(old);
    }
    let message = "The calendar was changed since. Get it again, then change it.";
    Err(Halt::Refused(Problem::new(Code::PreconditionFailed, message)))
}

/// The key of a name that no other calendar has. Writes of one person's come one after the other: nobody takes it meanwhile.
fn free(on: &mut Owned<'_, Calendar, Write>, id: Uid, name: &str) -> Result<String, Halt<Problem>> {
    let key = fold(name);
    let default = find(on, on.person().uid)?;
    let (person, db) = on.parts();
    let same = calendars::table
        .filter(calendars::person.eq(person.id))
        .filter(calendars::name_key.eq(&key))
        .filter(calendars::id.ne(id))
        .select(calendars::id);
    let taken: Option<Uid> = on_backend!(db, |c| same.first(c).optional())?;
    // The default one may have no row that says what it is called.
    if taken.is_none() && (default.id == id || fold(&default.name) != key) {
        return Ok(key);
    }
    let message = "There is a calendar of that name already; case makes no difference.";
    Err(Halt::Refused(Problem::new(Code::NameAlreadyExists, message).target("name")))
}
