//! A page of a round: what a kind lists of its changes, each item once, as it became. May import `store`'s columns, `room`.

use std::collections::HashMap;

use super::room::{self, fitting, is_large};
use crate::store::StoreError;
use crate::store::columns::Uid;

/// It is there.
pub const HERE: i32 = 0;
/// It was deleted.
pub const DELETED: i32 = 1;
/// It left this place (a folder, a calendar) for another.
pub const LEFT: i32 = 2;

/// What became of an item, whose row is of `R`.
#[derive(Debug, Clone)]
pub enum Change<R> {
    /// It was made or changed.
    Here(Box<R>),
    /// It was deleted.
    Deleted,
    /// It left the place.
    Left,
}

/// An item's last change.
#[derive(Debug, Clone)]
pub struct Changed<R> {
    /// Its number.
    pub number: i64,
    /// The item.
    pub item: Uid,
    /// What became of it.
    pub change: Change<R>,
}

/// Changes, and the place of the last, its number and its item, if there are more.
pub type Page<R> = (Vec<Changed<R>>, Option<(i64, Uid)>);

/// What a change is read from: its number, its item, what became of it; the columns of the item without its projection if that is
/// large, and how many bytes it has.
pub type Found<C> = (i64, Uid, i32, Option<C>, Option<i32>);

/// The page of what was found: at most `most`, and no more than a page has room for. `these` fetches large rows, `changed` says
/// which change made a row.
pub fn page<C: Into<R>, R>(
    mut found: Vec<Found<C>>,
    most: usize,
    these: impl FnOnce(Vec<Uid>) -> Result<HashMap<Uid, R>, StoreError>,
    changed: impl Fn(&R) -> i64,
) -> Result<Page<R>, StoreError> {
    let fitting = fitting(found.iter().map(|(.., bytes)| bytes.unwrap_or(0)), most, room::PAGE);
    let more = found.len() > fitting;
    found.truncate(fitting);
    let place = found.last().filter(|_| more).map(|(number, item, ..)| (*number, *item));
    let is_apart = |(_, _, gone, _, bytes): &Found<C>| *gone == HERE && bytes.is_some_and(is_large);
    let mut large = these(found.iter().filter(|found| is_apart(found)).map(|(_, item, ..)| *item).collect())?;
    let mut all = Vec::with_capacity(found.len());
    for found in found {
        let is_apart = is_apart(&found);
        let (number, item, gone, columns, _) = found;
        let change = match (gone, columns) {
            (HERE, Some(_)) if is_apart => match large.remove(&item).filter(|row| changed(row) == number) {
                Some(row) => Change::Here(Box::new(row)),
                // What was changed or deleted since it was listed is for the next round.
                None => continue,
            },
            (HERE, Some(columns)) => Change::Here(Box::new(columns.into())),
            (HERE, None) => return Err(StoreError::Broken(format!("item {item} is among the changes alone"))),
            (LEFT, _) => Change::Left,
            _ => Change::Deleted,
        };
        all.push(Changed { number, item, change });
    }
    Ok((all, place))
}
