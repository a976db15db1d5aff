//! The folders' queries. A folder of contacts is deleted by turns: see `contacts::queries::clear`.

use diesel::prelude::*;

use super::model::DEFAULT_NAME;
use crate::access::Write;
use crate::problem::{Code, Problem};
use crate::query::text::fold;
use crate::resources::collection::Stretch;
use crate::resources::conditions::Conditions;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::queries::{DELETED, HERE};
use crate::store::columns::{Instant, Uid};
use crate::store::tables::{contact_folder_changes, contact_folders, people};
use crate::store::{Halt, Owned, StoreError, on_backend};

/// How many folders a person may have.
const QUOTA: i64 = 1000;

/// A folder.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id; the person's uid: the default folder.
    pub id: Uid,
    /// What the person calls it.
    pub name: String,
    /// The number of its last change: its version.
    pub changed: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

type Columns = (Uid, String, i64, Instant, Instant);

const COLUMNS: (
    contact_folders::id,
    contact_folders::name,
    contact_folders::changed,
    contact_folders::created_at,
    contact_folders::modified_at,
) = (
    contact_folders::id,
    contact_folders::name,
    contact_folders::changed,
    contact_folders::created_at,
    contact_folders::modified_at,
);

impl From<Columns> for Row {
    fn from((id, name, changed, created_at, modified_at): Columns) -> Self {
        Self { id, name, changed, created_at, modified_at }
    }
}

/// At most `limit` of the folders after `after`, by id, the first `skip` stepped over.
pub fn list<K, A>(on: &mut Owned<'_, K, A>, after: Uid, skip: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
    let (person, db) = on.parts();
    let all =
        contact_folders::table.filter(contact_folders::person.eq(person.id)).filter(contact_folders::id.gt(after));
    let page = all.order(contact_folders::id).limit(limit).offset(skip).select(COLUMNS);
    let found: Vec<Columns> = on_backend!(db, |c| page.load(c))?;
    Ok(found.into_iter().map(Row::from).collect())
}

/// How many there are.
pub fn count<K, A>(on: &mut Owned<'_, K, A>) -> Result<i64, StoreError> {
    let (person, db) = on.parts();
    let all = contact_folders::table.filter(contact_folders::person.eq(person.id));
    Ok(on_backend!(db, |c| all.count().get_result(c))?)
}

/// One folder by its key.
pub fn find<K, A>(on: &mut Owned<'_, K, A>, id: Uid) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    if id == person.uid {
        let made = people::table.find(person.id).select(people::created_at);
        let created_at: Instant = on_backend!(db, |c| made.get_result(c))?;
        return Ok(Row { id, name: DEFAULT_NAME.into(), changed: 0, created_at, modified_at: created_at });
    }
    let key = contact_folders::table.find((person.id, id)).select(COLUMNS);
    let found: Columns = on_backend!(db, |c| key.get_result(c))?;
    Ok(found.into())
}

/// Adds a folder.
pub fn insert(on: &mut Owned<'_, Contacts, Write>, id: Uid, name: &str) -> Result<Row, Halt<Problem>> {
    if count(on)? >= QUOTA {
        let message = format!("There is no room for more than {QUOTA} folders; nothing was added.");
        return Err(Halt::Refused(Problem::new(Code::InsufficientStorage, message)));
    }
    let name_key = free(on, id, name)?;
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let keys = (contact_folders::person.eq(person.id), contact_folders::id.eq(id), contact_folders::changed.eq(number));
    let names = (contact_folders::name.eq(name), contact_folders::name_key.eq(&name_key));
    let times = (contact_folders::created_at.eq(now), contact_folders::modified_at.eq(now));
    let new = diesel::insert_into(contact_folders::table).values((keys, names, times)).returning(COLUMNS);
    let row: Columns = on_backend!(db, |c| new.get_result(c))?;
    changed(on, id, None, HERE)?;
    Ok(row.into())
}

/// Gives the folder another name, if `conditions` allow. One that it has already makes no new version.
pub fn rename(
    on: &mut Owned<'_, Contacts, Write>,
    id: Uid,
    name: Option<&str>,
    conditions: &Conditions,
) -> Result<Row, Halt<Problem>> {
    let old = allowed(on, id, conditions)?;
    let Some(name) = name.filter(|name| *name != old.name) else { return Ok(old) };
    let name_key = free(on, id, name)?;
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let names = (contact_folders::name.eq(name), contact_folders::name_key.eq(&name_key));
    let times = (contact_folders::changed.eq(number), contact_folders::modified_at.eq(now));
    let update = diesel::update(contact_folders::table.find((person.id, id))).set((names, times)).returning(COLUMNS);
    let row: Columns = on_backend!(db, |c| update.get_result(c))?;
    changed(on, id, Some(old.changed), HERE)?;
    Ok(row.into())
}

/// Deletes the folder, whose contacts are gone already.
pub fn delete(on: &mut Owned<'_, Contacts, Write>, old: &Row) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let gone = diesel::delete(contact_folders::table.find((person.id, old.id)));
    on_backend!(db, |c| gone.execute(c))?;
    changed(on, old.id, Some(old.changed), DELETED)
}

/// The folder, if it may be changed.
pub fn allowed(on: &mut Owned<'_, Contacts, Write>, id: Uid, conditions: &Conditions) -> Result<Row, Halt<Problem>> {
    let old = find(on, id)?;
    if id == on.person().uid {
        let message = "This is the default folder: it can be neither renamed nor deleted.";
        return Err(Halt::Refused(Problem::new(Code::InvalidRequest, message)));
    }
    if conditions.allow(Some(old.changed)) {
        return Ok(old);
    }
    let message = "The folder was changed since. Get it again, then change it.";
    Err(Halt::Refused(Problem::new(Code::PreconditionFailed, message)))
}

/// The key of a name that no other folder has. Writes of one person's come one after the other: nobody takes it meanwhile.
fn free(on: &mut Owned<'_, Contacts, Write>, id: Uid, name: &str) -> Result<String, Halt<Problem>> {
    let key = fold(name);
    let (person, db) = on.parts();
    let same = contact_folders::table
        .filter(contact_folders::person.eq(person.id))
        .filter(contact_folders::name_key.eq(&key))
        .filter(contact_folders::id.ne(id))
        .select(contact_folders::id);
    let taken: Option<Uid> = on_backend!(db, |c| same.first(c).optional())?;
    if taken.is_none() && key != fold(DEFAULT_NAME) {
        return Ok(key);
    }
    let message = "There is a folder of that name already; case makes no difference.";
    Err(Halt::Refused(Problem::new(Code::NameAlreadyExists, message).target("displayName")))
}

/// Notes the last change of a folder, in place of the one before.
fn changed(on: &mut Owned<'_, Contacts, Write>, folder: Uid, before: Option<i64>, gone: i32) -> Result<(), StoreError> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    if let Some(before) = before {
        let old = diesel::delete(contact_folder_changes::table.find((person.id, before, folder)));
        on_backend!(db, |c| old.execute(c))?;
    }
    let key = (contact_folder_changes::person.eq(person.id), contact_folder_changes::changed.eq(number));
    let what = (contact_folder_changes::folder.eq(folder), contact_folder_changes::gone.eq(gone));
    let row = (key, what, contact_folder_changes::at.eq(now));
    on_backend!(db, |c| diesel::insert_into(contact_folder_changes::table).values(row).execute(c))?;
    Ok(())
}

/// A change: its number, the folder, and what it is now; none: it was deleted.
pub type Changed = (i64, Uid, Option<Row>);

/// At most `limit` of the changes of `stretch`, by one statement.
pub fn changes<K, A>(on: &mut Owned<'_, K, A>, stretch: Stretch, limit: i64) -> Result<Vec<Changed>, StoreError> {
    let Stretch { full, change, after, until } = stretch;
    let (person, db) = on.parts();
    let same = contact_folders::person
        .eq(contact_folder_changes::person)
        .and(contact_folders::id.eq(contact_folder_changes::folder));
    let asked = contact_folder_changes::table
        .left_join(contact_folders::table.on(same))
        .filter(contact_folder_changes::person.eq(person.id))
        .filter(contact_folder_changes::changed.ge(change))
        .filter(contact_folder_changes::changed.le(until))
        .filter(contact_folder_changes::changed.gt(change).or(contact_folder_changes::folder.gt(after)))
        .filter(contact_folder_changes::gone.le(if full { HERE } else { DELETED }))
        .order((contact_folder_changes::changed, contact_folder_changes::folder))
        .limit(limit)
        .select((contact_folder_changes::changed, contact_folder_changes::folder, COLUMNS.nullable()));
    let found: Vec<(i64, Uid, Option<Columns>)> = on_backend!(db, |c| asked.load(c))?;
    Ok(found.into_iter().map(|(number, folder, columns)| (number, folder, columns.map(Row::from))).collect())
}
