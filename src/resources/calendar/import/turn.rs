//! One turn of an import: what is there is looked up, what is the same is left, the rest is written in one transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Importer;
use super::gather::Set;
use crate::access::{Grant, Write};
use crate::problem::Problem;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::queries::{self, Made, Stored};
use crate::resources::calendar::record::{Record, timeless};
use crate::resources::import::item::{Item, Outcome};
use crate::resources::import::turn;
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store, StoreError};

/// As many VEVENTs an event may have.
const EVENTS: usize = 10_000;

/// How a set takes the place of the event that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It waits if that has exceptions that the file may still bring.
    More,
    /// It is all that the file has of it.
    Whole,
    /// It is put beside what the file does not have.
    Merge,
}

/// A set that can be written.
#[derive(Debug, Clone)]
struct Ready {
    set: Set,
    record: Record,
    made: Made,
    warning: Option<String>,
}

/// What there is to do for it.
#[derive(Debug, Clone)]
enum Plan {
    Create(Uid, Made),
    Replace(Stored, Made),
}

impl Plan {
    fn made(&self) -> &Made {
        match self {
            Self::Create(_, made) | Self::Replace(_, made) => made,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Done {
    /// The outcome, the event, and the calendar in which it is.
    Is(Outcome, Uid, Uid),
    Refused(String),
    Waits,
}

type Results = turn::Results<Done>;

/// Writes the sets; gives those that are to wait, and tells what came of the others.
pub(super) async fn take(importer: &Importer, sets: Vec<Set>, mode: Mode) -> Result<(Vec<Set>, Vec<Item>), Problem> {
    let ready = tokio::task::spawn_blocking(move || sets.into_iter().map(ready).collect::<Vec<_>>()).await;
    let (mut all, mut items) = (Vec::new(), Vec::new());
    for one in ready.map_err(|fault| Problem::internal(fault.to_string()))? {
        match one {
            Ok(ready) => all.push(ready),
            Err(item) => items.push(*item),
        }
    }
    let all = Arc::new(all);
    let mut results = written(importer, all.clone(), mode).await?;
    let mut waiting = Vec::new();
    for ready in all.iter() {
        let (set, warning) = (&ready.set, &ready.warning);
        match results.remove(ready.made.uid()) {
            Some(Done::Waits) => waiting.push(set.clone()),
            Some(Done::Is(result, id, lies)) => {
                let (uid, mut warning) = (Some(set.uid.clone()), warning.clone());
                if importer.calendar.is_some_and(|meant| meant != lies) {
                    let stays = format!("It stays in the calendar {lies}, where its UID is already.");
                    warning = Some(warning.map_or(stays.clone(), |warning| format!("{warning} {stays}")));
                }
                items.push(Item { index: set.index, line: set.line, uid, id: Some(id), result, reason: None, warning });
            }
            Some(Done::Refused(reason)) => items.push(rejected(set, reason)),
            None => return Err(Problem::internal("an event of an import was lost")),
        }
    }
    items.sort_by_key(|item| item.index);
    Ok((waiting, items))
}

fn rejected(set: &Set, reason: String) -> Item {
    let uid = Some(set.uid.clone());
    let (index, line, reason) = (set.index, set.line, Some(reason));
    Item { index, line, uid, id: None, result: Outcome::Rejected, reason, warning: None }
}

fn ready(set: Set) -> Result<Ready, Box<Item>> {
    if set.events.len() > EVENTS {
        return Err(Box::new(rejected(&set, format!("The event has more than {EVENTS} exceptions."))));
    }
    // As the file has them: of two that are about the same the later is meant.
    let mut events: Vec<_> = set.events.values().cloned().collect();
    events.sort_by_key(|(line, _)| *line);
    let record = match Record::gathered(set.zones.clone(), events.into_iter().map(|(_, event)| event).collect()) {
        Ok(record) => record,
        Err(fault) => return Err(Box::new(rejected(&set, located(&set).unwrap_or(fault.reason)))),
    };
    let lost = set.events.len().saturating_sub(record.events().count());
    let warning = record.warning().or_else(|| twice(lost));
    match Made::of(&record) {
        Ok(made) => Ok(Ready { set, record, made, warning }),
        Err(problem) => Err(Box::new(rejected(&set, problem.to_string()))),
    }
}

/// Some exceptions have other names than others and are of the same occurrence, by a zone that the file explains.
fn twice(lost: usize) -> Option<String> {
    let message = "Some of its exceptions are of one occurrence, which a RECURRENCE-ID in UTC names and one in a zone of the file: \
                   the last of them is taken.";
    (lost > 0).then(|| message.to_owned())
}

/// What is wrong with one of the VEVENTs, and its line, if that is not where the set's first begins.
fn located(set: &Set) -> Option<String> {
    let (line, fault) = set.events.values().find_map(|(line, event)| Some((*line, timeless(event)?)))?;
    Some(if line == set.line { fault.reason } else { format!("Line {line}: {}", fault.reason) })
}

async fn written(importer: &Importer, all: Arc<Vec<Ready>>, mode: Mode) -> Result<Results, Problem> {
    if all.is_empty() {
        return Ok(Results::new());
    }
    let (store, grant, calendar, quota) = (&importer.store, &importer.grant, importer.calendar, importer.quota);
    let plan = async || planned(store, grant, all.clone(), mode).await;
    turn::written((store, grant), plan, move |on, plans| change(on, plans, calendar, quota)).await
}

/// What is the same already, what waits, and what there is to do.
async fn planned(
    store: &Store,
    grant: &Grant<Calendar, Write>,
    all: Arc<Vec<Ready>>,
    mode: Mode,
) -> Result<(Results, Vec<Plan>), Problem> {
    // Compared where it is read: that is no work for the thread that serves.
    let here = all.clone();
    let look = move |on: &mut Owned<'_, Calendar, Write>| -> Result<_, StoreError> {
        let uids: Vec<String> = here.iter().map(|ready| ready.made.uid().to_owned()).collect();
        let given: HashMap<&str, &Ready> = here.iter().map(|ready| (ready.made.uid(), ready)).collect();
        let mut seen = HashMap::new();
        queries::by_uid(on, &uids, |portion| {
            for (uid, old) in portion {
                if let Some(ready) = given.get(uid.as_str()) {
                    seen.insert(uid, beside(old, ready, mode));
                }
            }
        })?;
        Ok(seen)
    };
    let mut seen = store.read(grant, look).await?;
    let (mut results, mut plans) = (Results::new(), Vec::new());
    for ready in all.iter() {
        match seen.remove(ready.made.uid()) {
            Some(Ok(plan)) => plans.push(plan),
            Some(Err(done)) => _ = results.insert(ready.made.uid().to_owned(), done),
            None => plans.push(Plan::Create(store.new_id(), ready.made.clone())),
        }
    }
    Ok((results, plans))
}

/// What a set means for the event that is there.
fn beside(old: Stored, ready: &Ready, mode: Mode) -> Result<Plan, Done> {
    let same = Done::Is(Outcome::Unchanged, old.row.id, old.row.calendar);
    if old.record == ready.made.record() {
        return Err(same);
    }
    // One that cannot be read any more is replaced by what can.
    let Ok(was) = Record::stored(&old.record) else { return Ok(Plan::Replace(old.lean(), ready.made.clone())) };
    let mut new = ready.made.clone();
    if mode == Mode::Merge || !ready.record.has_master() {
        let record = merged(was.clone(), ready.record.clone()).map_err(Done::Refused)?;
        if record.says_the_same(&was) {
            return Err(same);
        }
        new = Made::of(&record).map_err(|problem| Done::Refused(problem.to_string()))?;
    } else if mode == Mode::More && !ready.record.has_overrides_of(&was) {
        return Err(Done::Waits);
    } else if ready.record.says_the_same(&was) {
        return Err(same);
    }
    // What is to be written in its place has to know more: here, not in the writer's turn, and without what it was made of.
    Ok(Plan::Replace(old.knowing().lean(), new))
}

/// The event with what the file has of it in the place of what it had.
fn merged(was: Record, is: Record) -> Result<Record, String> {
    let ((old_zones, mut events), (mut zones, new_events)) = (was.parts(), is.parts());
    zones.extend(old_zones);
    events.extend(new_events);
    Record::gathered(zones, events).map_err(|fault| fault.reason)
}

fn change(
    on: &mut Owned<'_, Calendar, Write>,
    plans: &[Plan],
    calendar: Option<Uid>,
    quota: u64,
) -> Result<Results, Halt<Problem>> {
    let calendar = calendar.unwrap_or(on.person().uid);
    queries::calendar_is_there(on, calendar)?;
    let new = plans.iter().filter(|plan| matches!(plan, Plan::Create(..))).map(|plan| plan.made().uid().to_owned());
    let taken: HashSet<String> = queries::taken(on, &new.collect::<Vec<_>>())?;
    let mut room = queries::room(on, quota)?;
    on.gave(0);
    let (mut results, mut created) = (Results::new(), 0_i64);
    for plan in plans {
        let done = match plan {
            Plan::Create(_, made) if taken.contains(made.uid()) => return Err(StoreError::Conflict.into()),
            Plan::Create(..) if room == 0 => Done::Refused(format!("There is no room for more than {quota} events.")),
            Plan::Create(id, made) => {
                queries::add(on, *id, calendar, made)?;
                (room, created) = (room.saturating_sub(1), created.saturating_add(1));
                Done::Is(Outcome::Created, *id, calendar)
            }
            Plan::Replace(old, made) => {
                queries::replace(on, old, old.row.calendar, made)?.ok_or(StoreError::Conflict)?;
                Done::Is(Outcome::Updated, old.row.id, old.row.calendar)
            }
        };
        on.gave(usize::from(matches!(done, Done::Is(..))));
        results.insert(plan.made().uid().to_owned(), done);
    }
    // At once: PostgreSQL keeps every version of a row until it is vacuumed.
    if created > 0 {
        queries::book(on, created, quota)?;
    }
    Ok(results)
}
