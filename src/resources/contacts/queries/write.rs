//! Making, changing and deleting contacts: the row, its card, its terms, its place among the changes and the count go together.

use diesel::prelude::*;

use super::delta::{DELETED, HERE, LEFT};
use super::terms::{self, Terms};
use super::{COLUMNS, Columns, Row, Stored};
use crate::access::Write;
use crate::problem::{Code, Problem};
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::{self, Card, Projection};
use crate::resources::photo::INLINE;
use crate::store::columns::Uid;
use crate::store::tables::{contact_books, contact_cards, contact_changes, contacts};
use crate::store::{Changes, Halt, Owned, StoreError, on_backend};

/// A UID as long as this is kept as it is.
const UID_BYTES: usize = 200;

/// The largest record that is kept: what a client may send, with room for escapes and folding.
const RECORD_BYTES: usize = 16 * 1024 * 1024;

/// A contact ready to be written: made before the writer's turn.
#[derive(Debug, Clone)]
pub struct Made {
    uid: String,
    record: String,
    projection: Projection,
    terms: Terms,
}

impl Made {
    /// From its card; refused, if it is too large or would not be read as what it is.
    pub fn of(card: &Card) -> Result<Self, Problem> {
        let record = card.record();
        if record.len() > RECORD_BYTES {
            return Err(Problem::new(Code::TooLarge, "The contact is larger than 16 MiB as it is kept."));
        }
        if Card::stored(&record).as_ref() != Ok(card) {
            return Err(Problem::new(Code::InvalidRequest, "The contact holds what no vCard can say."));
        }
        let projection = card.project();
        let uid = uid_key(card.uid().unwrap_or_default());
        Ok(Self { uid, record, terms: terms::of(&projection), projection })
    }

    /// What `contacts.uid` holds.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// What `contacts.photo` holds where there is no blob.
    pub fn photo(&self) -> Option<&'static str> {
        self.projection.has_photo.then_some(INLINE)
    }

    /// What `contact_cards.card` holds.
    pub fn record(&self) -> &str {
        &self.record
    }
}

/// What `contacts.uid` holds for a card's UID: an index takes no text of any length.
pub fn uid_key(uid: &str) -> String {
    use sha2::{Digest as _, Sha256};
    if uid.len() <= UID_BYTES { uid.to_owned() } else { format!("sha256:{:x}", Sha256::digest(uid.as_bytes())) }
}

/// Adds a contact, unless the person has `quota` of them already. A UID that is there already is a conflict.
pub fn insert<A: Changes>(
    on: &mut Owned<'_, Contacts, A>,
    id: Uid,
    folder: Uid,
    made: &Made,
    quota: u64,
) -> Result<Row, Halt<Problem>> {
    book(on, 1, quota)?;
    Ok(add(on, id, folder, made)?)
}

/// Adds a contact that is counted with others ([`book`]) in the same transaction.
pub fn add<A: Changes>(on: &mut Owned<'_, Contacts, A>, id: Uid, folder: Uid, made: &Made) -> Result<Row, StoreError> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let keys = (contacts::person.eq(person.id), contacts::id.eq(id), contacts::folder.eq(folder));
    let times = (contacts::changed.eq(number), contacts::created_at.eq(now), contacts::modified_at.eq(now));
    let new = (keys, times, contacts::photo.eq(made.photo()), values(made));
    let row: Columns =
        on_backend!(db, |c| diesel::insert_into(contacts::table).values(new).returning(COLUMNS).get_result(c))?;
    let card = (contact_cards::person.eq(person.id), contact_cards::id.eq(id), contact_cards::card.eq(&made.record));
    on_backend!(db, |c| diesel::insert_into(contact_cards::table).values(card).execute(c))?;
    terms::replace(on, id, Some(&Terms::new()), &made.terms)?;
    changed(on, id, folder, HERE)?;
    Ok(row.into())
}

/// Writes `made` in place of what `old` was, into `folder`. None: it was changed since, and nothing was done.
pub fn replace(
    on: &mut Owned<'_, Contacts, Write>,
    old: &Stored,
    folder: Uid,
    made: &Made,
) -> Result<Option<Row>, Halt<Problem>> {
    let id = old.row.id;
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    // An uploaded photo stays whatever the card has: who takes it away says so.
    let photo = if old.blob.is_some() { old.row.photo.as_deref() } else { made.photo() };
    let photo = contacts::photo.eq(photo);
    let times = (contacts::changed.eq(number), contacts::modified_at.eq(now), contacts::folder.eq(folder));
    let same = contacts::table
        .filter(contacts::person.eq(person.id))
        .filter(contacts::id.eq(id))
        .filter(contacts::changed.eq(old.row.changed));
    let update = diesel::update(same).set((times, photo, values(made))).returning(COLUMNS);
    let Some(row): Option<Columns> = on_backend!(db, |c| update.get_result(c).optional())? else {
        return Ok(None);
    };
    let card = diesel::update(contact_cards::table.find((person.id, id))).set(contact_cards::card.eq(&made.record));
    on_backend!(db, |c| card.execute(c))?;
    terms::replace(on, id, old.terms.as_ref(), &made.terms)?;
    moved(on, old, folder)?;
    Ok(Some(row.into()))
}

/// Deletes what `old` is. False: it was changed since, and nothing was done.
pub fn delete(on: &mut Owned<'_, Contacts, Write>, old: &Stored) -> Result<bool, Halt<Problem>> {
    let (id, folder) = (old.row.id, old.row.folder);
    let (person, db) = on.parts();
    let same = contacts::table
        .filter(contacts::person.eq(person.id))
        .filter(contacts::id.eq(id))
        .filter(contacts::changed.eq(old.row.changed));
    if on_backend!(db, |c| diesel::delete(same).execute(c))? == 0 {
        return Ok(false);
    }
    on_backend!(db, |c| diesel::delete(contact_cards::table.find((person.id, id))).execute(c))?;
    terms::replace(on, id, old.terms.as_ref(), &Terms::new())?;
    forget(on, old)?;
    changed(on, id, folder, DELETED)?;
    book(on, -1, u64::MAX)?;
    Ok(true)
}

/// The columns that follow from the card.
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = contacts)]
struct Values<'m> {
    uid: &'m str,
    display: &'m str,
    given: &'m str,
    surname: &'m str,
    middle: &'m str,
    nick: &'m str,
    file_as: &'m str,
    company: &'m str,
    department: &'m str,
    job_title: &'m str,
    display_sort: &'m str,
    given_sort: &'m str,
    surname_sort: &'m str,
    birthday: &'m str,
    concealed: &'m str,
    projection: &'m str,
    projection_version: i32,
}

fn values(made: &Made) -> Values<'_> {
    let of = &made.projection;
    Values {
        uid: &made.uid,
        display: &of.display,
        given: &of.given,
        surname: &of.surname,
        middle: &of.middle,
        nick: &of.nick,
        file_as: &of.file_as,
        company: &of.company,
        department: &of.department,
        job_title: &of.job_title,
        display_sort: &of.display_sort,
        given_sort: &of.given_sort,
        surname_sort: &of.surname_sort,
        birthday: &of.birthday,
        concealed: &of.concealed,
        projection: &of.json,
        projection_version: card::VERSION,
    }
}

/// Notes the last change of a contact in the folder.
fn changed<A: Changes>(
    on: &mut Owned<'_, Contacts, A>,
    contact: Uid,
    folder: Uid,
    gone: i32,
) -> Result<(), StoreError> {
    let (number, now) = (on.change(), on.now());
    let (person, db) = on.parts();
    let key = (contact_changes::person.eq(person.id), contact_changes::changed.eq(number));
    let what = (contact_changes::contact.eq(contact), contact_changes::folder.eq(folder));
    let row = (key, what, contact_changes::gone.eq(gone), contact_changes::at.eq(now));
    on_backend!(db, |c| diesel::insert_into(contact_changes::table).values(row).execute(c))?;
    Ok(())
}

/// Takes away the note of the change before this one.
fn forget<A: Changes>(on: &mut Owned<'_, Contacts, A>, old: &Stored) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    let key = (person.id, old.row.changed, old.row.id, old.row.folder);
    on_backend!(db, |c| diesel::delete(contact_changes::table.find(key)).execute(c))?;
    Ok(())
}

fn moved(on: &mut Owned<'_, Contacts, Write>, old: &Stored, folder: Uid) -> Result<(), StoreError> {
    forget(on, old)?;
    if old.row.folder != folder {
        changed(on, old.row.id, old.row.folder, LEFT)?;
    }
    changed(on, old.row.id, folder, HERE)
}

/// Counts so many more or fewer; refuses more than `quota`.
pub fn book<A: Changes>(on: &mut Owned<'_, Contacts, A>, by: i64, quota: u64) -> Result<(), Halt<Problem>> {
    let (person, db) = on.parts();
    let update = diesel::update(contact_books::table.find(person.id))
        .set(contact_books::contacts.eq(contact_books::contacts + by))
        .returning(contact_books::contacts);
    let there: Option<i64> = on_backend!(db, |c| update.get_result(c).optional())?;
    let there = if let Some(there) = there {
        there
    } else {
        let first = (contact_books::person.eq(person.id), contact_books::contacts.eq(by));
        on_backend!(db, |c| diesel::insert_into(contact_books::table).values(first).execute(c))?;
        by
    };
    if by > 0 && u64::try_from(there).unwrap_or(0) > quota {
        let message = format!("There is no room for more than {quota} contacts; nothing was added.");
        return Err(Halt::Refused(Problem::new(Code::InsufficientStorage, message)));
    }
    Ok(())
}
