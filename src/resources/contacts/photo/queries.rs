//! The photo's queries: two columns of the contact, whose change it is; and the PHOTO within its record, which goes when another
//! is set, and of which the columns say only that it is there.

use diesel::prelude::*;

use crate::access::{Access, Write};
use crate::blobs::Key;
use crate::problem::{Code, Problem};
use crate::resources::conditions::Conditions;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::Card;
use crate::resources::contacts::queries::{self, Made};
use crate::resources::photo::{Photo, Piece};
use crate::store::columns::Uid;
use crate::store::tables::contacts;
use crate::store::{Busy, Halt, Owned, StoreError, on_backend};

/// Where a contact's photo is.
#[derive(Debug, Clone)]
pub enum Found {
    /// In a blob.
    Kept(Photo, Key),
    /// In the record, as it came with it; of this version of the contact.
    Inline(Vec<u8>, i64),
}

/// The contact's photo.
pub fn find<A: Access>(on: &mut Owned<'_, Contacts, A>, id: Uid) -> Result<Found, Halt<Problem>> {
    let (person, db) = on.parts();
    let columns = (contacts::photo, contacts::photo_blob);
    let key = contacts::table.find((person.id, id)).select(columns);
    let found: (Option<String>, Option<String>) = on_backend!(db, |c| key.get_result(c))?;
    if let (Some(photo), Some(blob)) = found {
        let (photo, blob) = kept(id, &photo, &blob)?;
        return Ok(Found::Kept(photo, blob));
    }
    let old = queries::record(on, id)?;
    let bytes = card(&old)?.photo().ok_or_else(|| Halt::Refused(absent()))?;
    Ok(Found::Inline(bytes, old.row.changed))
}

fn kept(id: Uid, photo: &str, blob: &str) -> Result<(Photo, Key), StoreError> {
    let broken = |what: String| StoreError::Broken(format!("contacts.photo of {id}: {what}"));
    let photo = serde_json::from_str(photo).map_err(|fault| broken(fault.to_string()))?;
    Ok((photo, Key::parse(blob).ok_or_else(|| broken("no key of a blob".into()))?))
}

fn card(old: &queries::Stored) -> Result<Card, StoreError> {
    Card::stored(&old.card).map_err(|fault| StoreError::Broken(format!("contact {}: {fault}", old.row.id)))
}

/// A contact as it is to be once the PHOTO within its record is gone: made before the writer's turn.
#[derive(Debug, Clone)]
pub struct Ready {
    old: queries::Stored,
    made: Made,
    has_inline: bool,
}

/// Reads the contact for a change of its photo.
pub fn ready(on: &mut Owned<'_, Contacts, Write>, id: Uid) -> Result<Ready, StoreError> {
    let old = queries::load(on, id)?;
    let mut card = card(&old)?;
    let has_inline = card.photo().is_some();
    card.set_photo(None);
    let made = Made::of(&card).map_err(|problem| StoreError::Broken(problem.to_string()))?;
    Ok(Ready { old, made, has_inline })
}

/// Sets the photo if `conditions` allow. Gives what there is now, and the blob that no row names any longer.
pub fn set(
    on: &mut Owned<'_, Contacts, Write>,
    ready: &Ready,
    conditions: &Conditions,
    blob: Key,
    squares: &[Piece],
) -> Result<(Photo, Option<Key>), Halt<Problem>> {
    let photo = Photo { version: on.change(), squares: squares.to_vec() };
    let json = serde_json::to_string(&photo).map_err(|fault| StoreError::Broken(fault.to_string()))?;
    let former = write(on, ready, conditions, Some((json, blob)))?;
    Ok((photo, former))
}

/// Removes the photo if `conditions` allow. Gives the blob that no row names any longer.
pub fn remove(
    on: &mut Owned<'_, Contacts, Write>,
    ready: &Ready,
    conditions: &Conditions,
) -> Result<Option<Key>, Halt<Problem>> {
    write(on, ready, conditions, None)
}

/// What becomes of the uploaded photo of `old` when `card` takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// There is none, or the card has no picture that could take its place.
    Untouched,
    /// The card's picture is that photo, as it was served: it goes out of the card, or it would be kept twice.
    Same,
    /// The card has another picture, which is the photo now.
    Replaced,
}

/// See [`Fate`]; the picture that is the photo already is taken out of `card`.
pub fn settle(old: &queries::Stored, card: &mut Card) -> Fate {
    let uploaded = old.row.photo.as_deref().and_then(|photo| serde_json::from_str::<Photo>(photo).ok());
    let (Some(uploaded), Some(picture)) = (uploaded, card.photo()) else { return Fate::Untouched };
    if !uploaded.squares.iter().any(|piece| piece.is(&picture)) {
        return Fate::Replaced;
    }
    card.set_photo(None);
    Fate::Same
}

/// What is told where there is no photo.
pub fn absent() -> Problem {
    Problem::new(Code::ImageNotFound, "This contact has no photo.")
}

/// Takes the uploaded photo of a contact away that was changed to `made` in this transaction: what is in its card is the photo.
pub fn forget(on: &mut Owned<'_, Contacts, Write>, id: Uid, made: &Made) -> Result<(), StoreError> {
    columns(on, id, made.photo(), None)
}

fn columns(
    on: &mut Owned<'_, Contacts, Write>,
    id: Uid,
    photo: Option<&str>,
    blob: Option<Key>,
) -> Result<(), StoreError> {
    let blob = blob.map(|blob| blob.to_string());
    let (person, db) = on.parts();
    let columns = (contacts::photo.eq(photo), contacts::photo_blob.eq(blob));
    let update = diesel::update(contacts::table.find((person.id, id))).set(columns);
    on_backend!(db, |c| update.execute(c))?;
    Ok(())
}

fn write(
    on: &mut Owned<'_, Contacts, Write>,
    ready: &Ready,
    conditions: &Conditions,
    new: Option<(String, Key)>,
) -> Result<Option<Key>, Halt<Problem>> {
    let id = ready.old.row.id;
    // Changed meanwhile, which is rare: read again here.
    let again = if queries::find(on, id)?.changed == ready.old.row.changed { None } else { Some(self::ready(on, id)?) };
    let Ready { old, made, has_inline } = again.as_ref().unwrap_or(ready);
    let former = match (&old.row.photo, &old.blob) {
        (Some(photo), Some(blob)) => Some(kept(id, photo, blob)?),
        _ => None,
    };
    let inline = has_inline.then_some(old.row.changed);
    let version = former.as_ref().map(|(photo, _)| photo.version).or(inline);
    if new.is_none() && version.is_none() {
        return Err(Halt::Refused(absent()));
    }
    if !conditions.allow(version) {
        let message = "The photo is not the one that the conditions name. Get its tag again, then change it.";
        return Err(Halt::Refused(Problem::new(Code::PreconditionFailed, message)));
    }
    queries::replace(on, old, old.row.folder, made)?.ok_or(StoreError::Busy(Busy::Raced))?;
    let (photo, blob) = new.unzip();
    columns(on, id, photo.as_deref(), blob)?;
    Ok(former.map(|(_, blob)| blob))
}
