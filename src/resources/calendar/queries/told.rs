//! What changed of a window of time since a round: of each event that was changed, the instances that are in the window now, and the
//! ids of those that were in it and are not.

use std::time::Instant as Clock;

use diesel::prelude::*;

use super::delta::{DELETED, HERE, LEFT};
use super::seen::{self, Listed, Seen, State};
use super::window::{Asked, course};
use super::{mine, pasts};
use crate::access::Access;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::instances::{Course, EventId, Key, Mark, Page};
use crate::resources::calendar::record::Record;
use crate::resources::calendar::span::{FLOATING, SERIES};
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{event_changes, events};
use crate::store::{Owned, StoreError, on_backend};

/// How many changes are looked at for one page.
const CHANGES: usize = 256;

/// What a round tells of an instance.
#[derive(Debug, Clone)]
pub enum Told {
    /// It is there, or was changed.
    Here(Seen),
    /// It is there no longer; true: because it was deleted, by itself or with its event.
    Gone(EventId, bool),
}

/// How far a round has come.
#[derive(Debug, Clone, Copy)]
pub struct Walked {
    /// The change and its event that the next page begins with, or after, ...
    pub change: (i64, Uid),
    /// ... within its instances after this one.
    pub inside: Option<Key>,
}

impl Walked {
    /// All up to that change was told.
    pub fn after(change: i64) -> Self {
        Self { change: (change.saturating_add(1), Uid::FIRST), inside: None }
    }
}

/// What is on a page: a line, and how far the round has come with it.
type Line = (Walked, Result<Listed, (EventId, bool)>);
/// Number, event, what became of it.
type Change = (i64, Uid, i32);
type Now = (i64, i32, Instant, Option<Instant>, String);

/// A page of what changed after `since` and up to `until`; and how far it came, if there may be more.
pub fn told<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    asked: &Asked,
    (since, until): (i64, i64),
    walked: Option<Walked>,
) -> Result<(Vec<Told>, Option<Walked>), StoreError> {
    let begun = Clock::now();
    let from = walked.unwrap_or(Walked::after(since)).change;
    let inside = walked.and_then(|walked| walked.inside);
    let changes = changes(on, asked.calendar, from, until, inside.is_some())?;
    let is_all = changes.len() < CHANGES;
    let (mut lines, mut place) = (Vec::new(), None);
    let last = changes.last().map(|(number, event, _)| Walked { change: (*number, *event), inside: None });
    for change in changes {
        let here = (change.0, change.1);
        let inside = inside.filter(|_| here == from);
        let left = asked.size.saturating_sub(lines.len());
        let more =
            one(on, &Asked { after: inside.map(Mark::from), size: left, ..asked.clone() }, since, change, &mut lines)?;
        let is_full = lines.len() >= asked.size || begun.elapsed() > asked.cost.time;
        if more.is_some() || is_full {
            place = Some(Walked { change: here, inside: more });
            break;
        }
    }
    let place = place.or(last.filter(|_| !is_all));
    finished(on, lines, place)
}

/// The lines with what the instances are like, as many as fit.
fn finished<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    mut lines: Vec<Line>,
    mut place: Option<Walked>,
) -> Result<(Vec<Told>, Option<Walked>), StoreError> {
    let mut listed: Vec<Listed> = lines.iter().filter_map(|(_, line)| line.as_ref().ok().copied()).collect();
    let (lean, is_cut) = seen::fit(on, &mut listed)?;
    if is_cut {
        let mut here = 0;
        let kept = lines.iter().take_while(|(_, line)| {
            here += usize::from(line.is_ok());
            here <= listed.len()
        });
        let kept = kept.count();
        lines.truncate(kept);
        place = lines.last().map(|(walked, _)| *walked);
    }
    let mut rows = seen::rows(on, listed, lean)?.into_iter();
    let told = lines.into_iter().filter_map(|(_, line)| match line {
        // What was changed since it was listed has its turn later.
        Ok(_) => rows.next().flatten().map(Told::Here),
        Err((id, deleted)) => Some(Told::Gone(id, deleted)),
    });
    Ok((told.collect(), place))
}

/// The next changes: those of `from` too, if a page ended within it.
fn changes<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    calendar: Option<Uid>,
    (number, event): (i64, Uid),
    until: i64,
    inclusive: bool,
) -> Result<Vec<Change>, StoreError> {
    // Where an event is does not matter to a view of all calendars.
    let worst = if calendar.is_some() { LEFT } else { DELETED };
    let (person, db) = on.parts();
    let is_it = event_changes::event.eq(event).and(inclusive.into_sql::<diesel::sql_types::Bool>());
    let all = event_changes::table
        .filter(event_changes::person.eq(person.id))
        .filter(event_changes::changed.ge(number))
        .filter(event_changes::changed.le(until))
        .filter(event_changes::changed.gt(number).or(event_changes::event.gt(event)).or(is_it))
        .filter(event_changes::gone.le(worst))
        .order((event_changes::changed, event_changes::event, event_changes::calendar))
        .limit(i64::try_from(CHANGES).unwrap_or(i64::MAX))
        .select((event_changes::changed, event_changes::event, event_changes::gone));
    Ok(match calendar {
        None => on_backend!(db, |c| all.load(c))?,
        Some(calendar) => on_backend!(db, |c| all.filter(event_changes::calendar.eq(calendar)).load(c))?,
    })
}

/// Adds the lines of one event; and where within it they end, if there may be more of them.
fn one<A: Access>(
    on: &mut Owned<'_, Calendar, A>,
    asked: &Asked,
    since: i64,
    (number, event, gone): Change,
    lines: &mut Vec<Line>,
) -> Result<Option<Key>, StoreError> {
    let mut past = pasts::since(on, event, since)?;
    let (person, db) = on.parts();
    let row = events::table.filter(mine(person)).filter(events::id.eq(event));
    let row = row.select((events::changed, events::reach, events::starts, events::ends, events::schedule));
    let now: Option<Now> = on_backend!(db, |c| row.first(c).optional())?;
    let now = match now {
        Some((.., schedule)) if gone == LEFT => {
            past.push(schedule);
            None
        }
        now => now.filter(|_| gone == HERE),
    };
    let mut page = Page::new(asked.window.clone(), asked.after.as_ref(), asked.size, asked.cost);
    let of = |schedule: &String, page: &Page<Option<i64>>| course(schedule, page, Record::clone);
    for course in past.iter().filter_map(|past| of(past, &page)).collect::<Vec<_>>() {
        page.expand(event, &course, None);
    }
    let present = now.as_ref().and_then(|(_, reach, .., schedule)| of(schedule, &page).filter(|_| *reach == SERIES));
    if let Some((changed, reach, starts, ends, _)) = &now {
        let (starts, ends) = (*starts, ends.unwrap_or(*starts));
        let zone = &asked.window.zone;
        let at = |at: Instant| if *reach == FLOATING { zone.instant(at.datetime().naive_utc()) } else { at.datetime() };
        match &present {
            Some(course) => page.expand(event, course, Some(*changed)),
            None => page.offer(event, at(starts), at(ends).max(at(starts)), None, Some(*changed)),
        }
    }
    let (found, more) = page.end();
    let walked = |inside| Walked { change: (number, event), inside };
    let is_plain = |key: &Key| key.id.original.is_none();
    let has_plain = found.iter().any(|(key, _, with)| is_plain(key) && with.is_some());
    let was_single = present.as_ref().is_none_or(|course| !course.recurs()) || past.iter().any(String::is_empty);
    if asked.after.is_none() && was_single && !has_plain {
        // Whoever goes on after this line has all of the others before him.
        lines.push((walked(Some(Key::FIRST)), Err((EventId { event, original: None }, gone == DELETED))));
    }
    for (key, item, with) in found {
        let line = match with {
            Some(changed) => Ok((key, item, State::Version(changed))),
            None if is_plain(&key) => continue,
            None => match is_there(present.as_ref(), &key, asked) {
                Some(true) => continue,
                // Of a series that is here it was cancelled, or the rule gives it no longer, unless it has moved.
                there => Err((key.id, gone == DELETED || gone == HERE && there.is_none())),
            },
        };
        lines.push((walked(Some(key)), line));
    }
    Ok(more)
}

/// Whether the instance is in the window, at whatever time; none: the series has no such instance.
fn is_there(course: Option<&Course>, key: &Key, asked: &Asked) -> Option<bool> {
    let (_, instance) = course?.one(key.id.original?)?;
    Some(asked.window.holds(instance.start.at, instance.end.at))
}
