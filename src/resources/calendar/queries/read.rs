//! Finding and listing events. What is filtered, searched or ordered is in `chosen`; the plain list is here, since most lists
//! are plain and its statements stay prepared.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::page::{self, Lean, lean, size};
use super::terms::{self, Terms};
use super::{COLUMNS, Columns, Row, mine};
use crate::access::Access;
use crate::query::filter::Expr;
use crate::query::order::Order;
use crate::query::search::Search;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::model::Level;
use crate::resources::calendar::record::{self, Record};
use crate::store::columns::Uid;
use crate::store::tables::{calendars, event_books, event_records, events};
use crate::store::{Owned, StoreError, on_backend};

/// Which events, in which order.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Those of one calendar.
    pub calendar: Option<Uid>,
    /// What the grant sees: filters and orders see no more.
    pub level: Level,
    /// `$filter`
    pub filter: Option<Expr>,
    /// `$search`
    pub search: Option<Search>,
    /// `$orderby`; the id comes last always.
    pub order: Vec<Order>,
}

impl Selection {
    /// Whether it is all of a calendar or of everything, by id.
    fn is_plain(&self) -> bool {
        self.filter.is_none() && self.search.is_none() && self.order.is_empty()
    }
}

/// Where a page ended: its last row's keys in the order asked for, then its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// One for each of `$orderby`.
    pub keys: Vec<String>,
    /// The row's id.
    pub id: String,
}

/// One page: at most `size` rows after `after`, and no more than some MiB of them, the first `skip` stepped over; and the place of
/// the last if there are more.
pub fn list<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    selection: &Selection,
    after: Option<&Place>,
    skip: usize,
    size: usize,
) -> Result<(Vec<Row>, Option<Place>), StoreError> {
    let one_more = size.saturating_add(1);
    if !selection.is_plain() || skip > 0 {
        return super::chosen::list(on, selection, after, skip, size);
    }
    let mut rows = plain(on, selection.calendar, after, one_more)?;
    let fitting = page::fitting(rows.iter().map(|(_, bytes)| *bytes), size, page::PAGE);
    let more = rows.len() > fitting;
    rows.truncate(fitting);
    let place = rows.last().filter(|_| more).map(|((id, ..), _)| Place { keys: Vec::new(), id: id.to_string() });
    Ok((page::whole(on, rows)?, place))
}

fn plain<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Lean>, StoreError> {
    let after = after.and_then(|place| Uid::parse(&place.id)).unwrap_or(Uid::FIRST);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (person, db) = on.parts();
    let all = events::table.filter(mine(person)).filter(events::id.gt(after)).order(events::id).limit(limit);
    let found = match calendar {
        None => on_backend!(db, |c| all.select((lean(), size())).load(c))?,
        Some(calendar) => {
            let of_calendar = all.filter(events::calendar.eq(calendar)).select((lean(), size()));
            on_backend!(db, |c| of_calendar.load(c))?
        }
    };
    Ok(found)
}

/// How many events `selection` has; all of a person's are counted as they come and go.
pub fn count<A: Access>(on: &mut Owned<'_, Calendar, A>, selection: &Selection) -> Result<i64, StoreError> {
    if !selection.is_plain() || selection.calendar.is_some() {
        return super::chosen::count(on, selection);
    }
    let (person, db) = on.parts();
    let kept = event_books::table.find(person.id).select(event_books::events);
    Ok(on_backend!(db, |c| kept.get_result(c).optional())?.unwrap_or(0))
}

/// One event by its key.
pub fn find<A: Access>(on: &mut Owned<'_, Calendar, A>, id: Uid) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    let found: Columns = on_backend!(db, |c| events::table.find((person.id, id)).select(COLUMNS).get_result(c))?;
    Ok(found.into())
}

/// One event with all that a change of it has to know.
#[derive(Debug, Clone)]
pub struct Stored {
    /// As lists show it.
    pub row: Row,
    /// By which version of the program its projection and terms were made.
    pub projection_version: i32,
    /// The whole record.
    pub record: String,
    /// When it happens, if it is a series or long; else ''.
    pub(super) schedule: String,
    /// The terms that are there, once [`Stored::knowing`] has found them out.
    pub(super) terms: Option<Terms>,
}

/// What [`Stored`] is read from.
pub(super) type StoredColumns = (Columns, i32, String, String);

type AllStored = (super::AllColumns, events::projection_version, events::schedule, event_records::record);

pub(super) const STORED: AllStored = (COLUMNS, events::projection_version, events::schedule, event_records::record);

impl From<StoredColumns> for Stored {
    fn from((row, projection_version, schedule, record): StoredColumns) -> Self {
        Self { row: row.into(), projection_version, record, schedule, terms: None }
    }
}

/// A person's events, each with its record. One statement: of two, the second might see a later state.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn with_records() -> _ {
    events::table.inner_join(
        event_records::table.on(event_records::person.eq(events::person).and(event_records::id.eq(events::id))),
    )
}

impl Stored {
    /// With the terms that are there, if this version of the program made them. They follow from the record; reading it belongs
    /// before the writer's turn (design.md 3a), where others wait. A write without them reads through all of the person's.
    #[must_use]
    pub fn knowing(mut self) -> Self {
        let record = Record::stored(&self.record).ok().filter(|_| self.projection_version == record::VERSION);
        self.terms = record.and_then(|record| record.project()).map(|projection| terms::of(&projection));
        self
    }
}

/// One event and its record, to be changed.
pub fn load<A: Access>(on: &mut Owned<'_, Calendar, A>, id: Uid) -> Result<Stored, StoreError> {
    recorded(on, id).map(Stored::knowing)
}

/// One event and its record, to be read.
pub fn recorded<A: Access>(on: &mut Owned<'_, Calendar, A>, id: Uid) -> Result<Stored, StoreError> {
    let (person, db) = on.parts();
    let one = with_records().filter(mine(person)).filter(events::id.eq(id)).select(STORED);
    let found: StoredColumns = on_backend!(db, |c| one.get_result(c))?;
    Ok(found.into())
}

/// Refuses a calendar that is not the person's.
pub fn calendar_is_there<A>(on: &mut Owned<'_, Calendar, A>, calendar: Uid) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    if calendar == person.uid {
        return Ok(());
    }
    let found = calendars::table.find((person.id, calendar)).select(calendars::changed);
    let _: i64 = on_backend!(db, |c| found.get_result(c))?;
    Ok(())
}

/// The same of a calendar that may be none in particular.
pub fn are_there<A>(on: &mut Owned<'_, Calendar, A>, calendar: Option<Uid>) -> Result<(), StoreError> {
    calendar.map_or(Ok(()), |calendar| calendar_is_there(on, calendar))
}
