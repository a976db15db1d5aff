//! The photo's queries: two columns of the person's profile, which change together.

use diesel::prelude::*;

use crate::access::{Access, Write};
use crate::blobs::Key;
use crate::problem::{Code, Problem};
use crate::resources::conditions::Conditions;
use crate::resources::photo::{Photo, Piece};
use crate::resources::profile::Profile;
use crate::store::tables::profiles;
use crate::store::{Halt, Owned, StoreError, on_backend};

/// A photo as stored, and the blob with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What there is.
    pub photo: Photo,
    /// Where.
    pub blob: Key,
}

/// The person's own photo, if there is one: one row by its key.
pub fn find<A: Access>(on: &mut Owned<'_, Profile, A>) -> Result<Option<Stored>, StoreError> {
    let (person, db) = on.parts();
    let columns = (profiles::photo, profiles::photo_blob);
    let found: (Option<String>, Option<String>) =
        on_backend!(db, |c| profiles::table.find(person.id).select(columns).get_result(c))?;
    let (Some(photo), Some(blob)) = found else { return Ok(None) };
    let broken = |what: String| StoreError::Broken(format!("profiles.photo of {}: {what}", person.id));
    let photo = serde_json::from_str(&photo).map_err(|fault| broken(fault.to_string()))?;
    let blob = Key::parse(&blob).ok_or_else(|| broken("no key of a blob".into()))?;
    Ok(Some(Stored { photo, blob }))
}

/// Sets the photo if `conditions` allow, as a change of the profile like any other. Gives what there is now, and the blob that
/// no row names any longer.
pub fn set(
    on: &mut Owned<'_, Profile, Write>,
    conditions: &Conditions,
    blob: Key,
    squares: &[Piece],
) -> Result<(Photo, Option<Key>), Halt<Problem>> {
    let former = find(on)?;
    allowed(conditions, former.as_ref())?;
    let photo = Photo { version: on.change(), squares: squares.to_vec() };
    let json = serde_json::to_string(&photo).map_err(|fault| StoreError::Broken(fault.to_string()))?;
    write(on, Some((json, blob)))?;
    Ok((photo, former.map(|former| former.blob)))
}

/// Removes the photo if `conditions` allow. Gives the blob that no row names any longer.
pub fn remove(on: &mut Owned<'_, Profile, Write>, conditions: &Conditions) -> Result<Key, Halt<Problem>> {
    let former = find(on)?.ok_or_else(|| Halt::Refused(absent()))?;
    allowed(conditions, Some(&former))?;
    write(on, None)?;
    Ok(former.blob)
}

/// What is told where there is no photo.
pub fn absent() -> Problem {
    Problem::new(Code::ImageNotFound, "This person has no photo.")
}

fn allowed(conditions: &Conditions, former: Option<&Stored>) -> Result<(), Halt<Problem>> {
    if conditions.allow(former.map(|former| former.photo.version)) {
        return Ok(());
    }
    let message = "The photo is not the one that the conditions name. Get its tag again, then change it.";
    Err(Halt::Refused(Problem::new(Code::PreconditionFailed, message)))
}

fn write(on: &mut Owned<'_, Profile, Write>, new: Option<(String, Key)>) -> Result<(), StoreError> {
    let (number, now) = (on.change(), on.now());
    let (photo, blob) = new.map(|(photo, blob)| (photo, blob.to_string())).unzip();
    let (person, db) = on.parts();
    let changed = (profiles::changed.eq(number), profiles::modified_at.eq(now));
    let columns = (profiles::photo.eq(photo), profiles::photo_blob.eq(blob));
    diesel::update(profiles::table.find(person.id)).set((changed, columns)).execute(db)?;
    Ok(())
}
