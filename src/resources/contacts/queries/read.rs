//! Finding and listing contacts. What is filtered, searched or ordered is in `chosen`; the plain list is here, since most lists
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
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::{self, Card};
use crate::resources::contacts::model::Level;
use crate::store::columns::Uid;
use crate::store::tables::{contact_books, contact_cards, contact_folders, contacts};
use crate::store::{Owned, StoreError, on_backend};

/// Which contacts, in which order.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Those of one folder.
    pub folder: Option<Uid>,
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
    /// Whether it is all of a folder or of everything, by id.
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
    on: &mut Owned<'_, Contacts, A>,
    selection: &Selection,
    after: Option<&Place>,
    skip: usize,
    size: usize,
) -> Result<(Vec<Row>, Option<Place>), StoreError> {
    let one_more = size.saturating_add(1);
    if !selection.is_plain() || skip > 0 {
        return super::chosen::list(on, selection, after, skip, size);
    }
    let mut rows = plain(on, selection.folder, after, one_more)?;
    let fitting = page::fitting(rows.iter().map(|(_, bytes)| *bytes), size, page::PAGE);
    let more = rows.len() > fitting;
    rows.truncate(fitting);
    let place = rows.last().filter(|_| more).map(|((id, ..), _)| Place { keys: Vec::new(), id: id.to_string() });
    Ok((page::whole(on, rows)?, place))
}

fn plain<A: Access>(
    on: &mut Owned<'_, Contacts, A>,
    folder: Option<Uid>,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Lean>, StoreError> {
    let after = after.and_then(|place| Uid::parse(&place.id)).unwrap_or(Uid::FIRST);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (person, db) = on.parts();
    let all = contacts::table.filter(mine(person)).filter(contacts::id.gt(after)).order(contacts::id).limit(limit);
    let found = match folder {
        None => on_backend!(db, |c| all.select((lean(), size())).load(c))?,
        Some(folder) => {
            let of_folder = all.filter(contacts::folder.eq(folder)).select((lean(), size()));
            on_backend!(db, |c| of_folder.load(c))?
        }
    };
    Ok(found)
}

/// How many contacts `selection` has; all of a person's are counted as they come and go.
pub fn count<A: Access>(on: &mut Owned<'_, Contacts, A>, selection: &Selection) -> Result<i64, StoreError> {
    if !selection.is_plain() || selection.folder.is_some() {
        return super::chosen::count(on, selection);
    }
    let (person, db) = on.parts();
    let kept = contact_books::table.find(person.id).select(contact_books::contacts);
    Ok(on_backend!(db, |c| kept.get_result(c).optional())?.unwrap_or(0))
}

/// One contact by its key.
pub fn find<A: Access>(on: &mut Owned<'_, Contacts, A>, id: Uid) -> Result<Row, StoreError> {
    let (person, db) = on.parts();
    let found: Columns = on_backend!(db, |c| contacts::table.find((person.id, id)).select(COLUMNS).get_result(c))?;
    Ok(found.into())
}

/// One contact with all that a change of it has to know.
#[derive(Debug, Clone)]
pub struct Stored {
    /// As lists show it.
    pub row: Row,
    /// The blob of its photo.
    pub blob: Option<String>,
    /// By which version of the program its projection and terms were made.
    pub projection_version: i32,
    /// The whole record.
    pub card: String,
    /// The terms that are there, once [`Stored::knowing`] has found them out.
    pub(super) terms: Option<Terms>,
}

/// What [`Stored`] is read from.
pub(super) type StoredColumns = (Columns, Option<String>, i32, String);

pub(super) const STORED: (super::AllColumns, contacts::photo_blob, contacts::projection_version, contact_cards::card) =
    (COLUMNS, contacts::photo_blob, contacts::projection_version, contact_cards::card);

impl From<StoredColumns> for Stored {
    fn from((row, blob, projection_version, card): StoredColumns) -> Self {
        Self { row: row.into(), blob, projection_version, card, terms: None }
    }
}

/// A person's contacts, each with its record. One statement: of two, the second might see a later state.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn with_cards() -> _ {
    contacts::table.inner_join(
        contact_cards::table.on(contact_cards::person.eq(contacts::person).and(contact_cards::id.eq(contacts::id))),
    )
}

impl Stored {
    /// With the terms that are there, if this version of the program made them. They follow from the card; reading it belongs
    /// before the writer's turn (design.md 3a), where others wait. A write without them reads through all of the person's.
    #[must_use]
    pub fn knowing(mut self) -> Self {
        let card = Card::stored(&self.card).ok().filter(|_| self.projection_version == card::VERSION);
        self.terms = card.map(|card| terms::of(&card.project()));
        self
    }

    /// Without the texts, which a write in its place needs no longer.
    #[must_use]
    pub fn without_texts(mut self) -> Self {
        (self.card, self.row.projection) = (String::new(), String::new());
        self
    }
}

/// One contact and its record, to be changed.
pub fn load<A: Access>(on: &mut Owned<'_, Contacts, A>, id: Uid) -> Result<Stored, StoreError> {
    Ok(record(on, id)?.knowing())
}

/// One contact and its record, to be shown.
pub fn record<A: Access>(on: &mut Owned<'_, Contacts, A>, id: Uid) -> Result<Stored, StoreError> {
    let (person, db) = on.parts();
    let one = with_cards().filter(mine(person)).filter(contacts::id.eq(id)).select(STORED);
    let found: StoredColumns = on_backend!(db, |c| one.get_result(c))?;
    Ok(found.into())
}

/// Refuses a folder that is not the person's.
pub fn folder_is_there<A>(on: &mut Owned<'_, Contacts, A>, folder: Uid) -> Result<(), StoreError> {
    let (person, db) = on.parts();
    if folder == person.uid {
        return Ok(());
    }
    let found = contact_folders::table.find((person.id, folder)).select(contact_folders::changed);
    let _: i64 = on_backend!(db, |c| found.get_result(c))?;
    Ok(())
}
