//! One turn of an import: what is there is looked up, what is the same is left, the rest is written in one transaction.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::parse::Read;
use super::{Importer, Right};
use crate::access::{Create, Grant, Write};
use crate::problem::Problem;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::{Card, Form};
use crate::resources::contacts::photo::queries::{Fate, forget, settle};
use crate::resources::contacts::queries::{self, Made, Stored};
use crate::resources::import::item::{Item, Outcome};
use crate::resources::import::turn;
use crate::store::columns::Uid;
use crate::store::{Changes, Halt, Owned, Store, StoreError};

const IS_THERE: &str = "A contact with this UID is there already, and the access token may only add.";
const TWICE: &str = "An earlier card of this import has the same UID, and the access token may only add.";

/// One contact to be written.
#[derive(Debug, Clone)]
struct Plan {
    id: Uid,
    made: Made,
    // What it takes the place of; none: it is new.
    old: Option<Stored>,
    // Whether the uploaded photo goes with that.
    loses_photo: bool,
}

/// What came of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Created,
    Updated,
    Unchanged,
    Taken,
    NoRoom,
}

/// Writes what `read` holds and tells what came of each.
pub(super) async fn take(importer: &Importer, read: Vec<Read>) -> Result<Vec<Item>, Problem> {
    let mut chosen = HashMap::new();
    for (at, one) in read.iter().enumerate() {
        let Ok(made) = &one.made else { continue };
        match &importer.right {
            // The first of a UID is added, and those after it find it there; or the last is what it is to be.
            Right::Add(_) => _ = chosen.entry(made.uid().to_owned()).or_insert(at),
            Right::Update(_) => _ = chosen.insert(made.uid().to_owned(), at),
        }
    }
    // In the file's order: so are they listed, and so does the room run out.
    let chosen: BTreeSet<usize> = chosen.into_values().collect();
    let one = |at: &usize| read.get(*at).and_then(|one| Some((one.made.clone().ok()?, one.form)));
    let made: Vec<(Made, Form)> = chosen.iter().filter_map(one).collect();
    let done = match &importer.right {
        Right::Add(grant) => added(importer, grant, made.into_iter().map(|(made, _)| made).collect()).await?,
        Right::Update(grant) => updated(importer, grant, made).await?,
    };
    Ok(told(read, &done, importer))
}

type Results = turn::Results<(Uid, Done)>;

async fn added(importer: &Importer, grant: &Grant<Contacts, Create>, made: Vec<Made>) -> Result<Results, Problem> {
    if made.is_empty() {
        return Ok(Results::new());
    }
    let plans = made
        .into_iter()
        .map(|made| Plan { id: importer.store.new_id(), made, old: None, loses_photo: false })
        .collect();
    let (plans, folder, quota) = (Arc::<Vec<Plan>>::new(plans), importer.folder, importer.quota);
    let write = move |on: &mut Owned<'_, Contacts, Create>| create(on, plans.iter(), folder, quota);
    importer.store.write(grant, write).await.map_err(Problem::from)
}

async fn updated(
    importer: &Importer,
    grant: &Grant<Contacts, Write>,
    made: Vec<(Made, Form)>,
) -> Result<Results, Problem> {
    if made.is_empty() {
        return Ok(Results::new());
    }
    let (store, folder, quota, made) = (&importer.store, importer.folder, importer.quota, Arc::new(made));
    let plan = async || planned(store, grant, made.clone()).await;
    turn::written((store, grant), plan, move |on, plans| change(on, plans, folder, quota)).await
}

/// What is the same already, and what there is to do.
async fn planned(
    store: &Store,
    grant: &Grant<Contacts, Write>,
    made: Arc<Vec<(Made, Form)>>,
) -> Result<(Results, Vec<Plan>), Problem> {
    // Compared where it is read: reading the other form of a card is no work for the thread that serves.
    let here = made.clone();
    let look = move |on: &mut Owned<'_, Contacts, Write>| -> Result<_, StoreError> {
        let uids: Vec<String> = here.iter().map(|(made, _)| made.uid().to_owned()).collect();
        let given: HashMap<&str, &(Made, Form)> = here.iter().map(|one| (one.0.uid(), one)).collect();
        let mut seen = HashMap::new();
        queries::by_uid(on, &uids, |portion| {
            for (uid, old) in portion {
                if let Some((made, form)) = given.get(uid.as_str()) {
                    seen.insert(uid, beside(old, made, *form));
                }
            }
        })?;
        Ok(here.iter().map(|(made, _)| seen.remove(made.uid())).collect::<Vec<_>>())
    };
    let (mut results, mut plans) = (Results::new(), Vec::new());
    for ((made, _), old) in made.iter().zip(store.read(grant, look).await?) {
        match old {
            Some(Beside::Same(id)) => _ = results.insert(made.uid().to_owned(), (id, Done::Unchanged)),
            Some(Beside::Another(plan)) => plans.push(*plan),
            None => plans.push(Plan { id: store.new_id(), made: made.clone(), old: None, loses_photo: false }),
        }
    }
    Ok((results, plans))
}

/// What a card is beside the contact that is there.
enum Beside {
    /// It says the same.
    Same(Uid),
    /// It is to take its place.
    Another(Box<Plan>),
}

fn beside(old: Stored, made: &Made, form: Form) -> Beside {
    if old.card == made.record() {
        return Beside::Same(old.row.id);
    }
    let (mut made, mut loses_photo) = (made.clone(), false);
    if let (Ok(mut was), Ok(mut is)) = (Card::stored(&old.card), Card::stored(made.record())) {
        let fate = settle(&old, &mut is);
        if fate == Fate::Same {
            was.set_photo(None);
        }
        if fate != Fate::Replaced && says_the_same(&was, &is, form) {
            return Beside::Same(old.row.id);
        }
        // Without the picture that is kept already. What was made of the whole card can be made of the rest.
        made = Made::of(&is).unwrap_or(made);
        loses_photo = fate == Fate::Replaced;
    }
    // What is to be written in its place has to know more: here, not in the writer's turn, and without what it was made of.
    Beside::Another(Box::new(Plan { id: old.row.id, made, old: Some(old.knowing().without_texts()), loses_photo }))
}

/// Whether a card is the one that is there, gone out in the form in which it came, which may say less.
fn says_the_same(was: &Card, is: &Card, form: Form) -> bool {
    let back = || Card::from_jscontact(was.to_jscontact()?.as_bytes()).map(|card| card.record());
    match form {
        Form::VCard(version) => was.write(version) == is.write(version),
        Form::JsContact => back().is_ok_and(|back| unordered(&back) == unordered(&is.record())),
    }
}

/// The lines of a record, for JSON's members have no order: parameters and lines sorted.
fn unordered(record: &str) -> Vec<(Vec<String>, String)> {
    let record = record.replace("\r\n ", "");
    let line = |line: &str| {
        let (head, value) = line.split_once(':').unwrap_or((line, ""));
        let mut head: Vec<String> = head.split(';').map(str::to_owned).collect();
        head.sort_unstable();
        (head, value.to_owned())
    };
    let mut lines: Vec<_> = record.lines().map(line).collect();
    lines.sort_unstable();
    lines
}

fn change(
    on: &mut Owned<'_, Contacts, Write>,
    plans: &[Plan],
    folder: Option<Uid>,
    quota: u64,
) -> Result<Results, Halt<Problem>> {
    let mut results = create(on, plans.iter().filter(|plan| plan.old.is_none()), folder, quota)?;
    if results.values().any(|(_, done)| *done == Done::Taken) {
        return Err(StoreError::Conflict.into());
    }
    for plan in plans {
        let Some(old) = &plan.old else { continue };
        if queries::replace(on, old, old.row.folder, &plan.made)?.is_none() {
            return Err(StoreError::Conflict.into());
        }
        if plan.loses_photo {
            // Its blob is the sweep's: no row names it any longer.
            forget(on, plan.id, &plan.made)?;
        }
        on.gave(1);
        results.insert(plan.made.uid().to_owned(), (plan.id, Done::Updated));
    }
    Ok(results)
}

/// Adds those that are not there, as long as there is room.
fn create<'p, A: Changes>(
    on: &mut Owned<'_, Contacts, A>,
    plans: impl Iterator<Item = &'p Plan> + Clone,
    folder: Option<Uid>,
    quota: u64,
) -> Result<Results, Halt<Problem>> {
    let folder = folder.unwrap_or(queries::default_folder(on));
    queries::folder_is_there(on, folder)?;
    let uids: Vec<String> = plans.clone().map(|plan| plan.made.uid().to_owned()).collect();
    let taken: HashSet<String> = queries::taken(on, &uids)?;
    let mut room = queries::room(on, quota)?;
    on.gave(0);
    let (mut results, mut created) = (Results::new(), 0_i64);
    for plan in plans {
        let done = match (taken.contains(plan.made.uid()), room.checked_sub(1)) {
            (true, _) => Done::Taken,
            (false, None) => Done::NoRoom,
            (false, Some(left)) => {
                queries::add(on, plan.id, folder, &plan.made)?;
                on.gave(1);
                (room, created) = (left, created.saturating_add(1));
                Done::Created
            }
        };
        results.insert(plan.made.uid().to_owned(), (plan.id, done));
    }
    // At once: PostgreSQL keeps every version of a row until it is vacuumed.
    if created > 0 {
        queries::book(on, created, quota)?;
    }
    Ok(results)
}

/// The lines of the report. Of several cards with one UID only one was written; where those may be updated, each is told as if
/// it had been, one after the other.
fn told(read: Vec<Read>, results: &Results, importer: &Importer) -> Vec<Item> {
    let adds_only = matches!(importer.right, Right::Add(_));
    let mut seen = HashSet::new();
    let mut verdict = |made: Result<Made, String>| {
        let made = made?;
        let first = seen.insert(made.uid().to_owned());
        match results.get(made.uid()) {
            Some((id, Done::Created)) if first => Ok((*id, Outcome::Created)),
            Some((_, Done::Created)) if adds_only => Err(TWICE.to_owned()),
            Some((id, Done::Created | Done::Updated)) => Ok((*id, Outcome::Updated)),
            Some((id, Done::Unchanged)) => Ok((*id, Outcome::Unchanged)),
            Some((_, Done::NoRoom)) => Err(format!("There is no room for more than {} contacts.", importer.quota)),
            Some((_, Done::Taken)) | None => Err(IS_THERE.to_owned()),
        }
    };
    let line = |one: Read| {
        let Read { index, line, uid, made, .. } = one;
        match verdict(made) {
            Ok((id, result)) => Item { index, line, uid, id: Some(id), result, reason: None, warning: None },
            Err(reason) => {
                Item { index, line, uid, id: None, result: Outcome::Rejected, reason: Some(reason), warning: None }
            }
        }
    };
    read.into_iter().map(line).collect()
}
