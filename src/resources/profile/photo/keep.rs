//! Setting and removing the person's photo, blob and row in the order of `resources::photo::keep`.

use crate::access::{Grant, Write};
use crate::blobs::Blobs;
use crate::picture::Square;
use crate::problem::Problem;
use crate::resources::conditions::Conditions;
use crate::resources::photo::{Photo, keep};
use crate::resources::profile::Profile;
use crate::resources::profile::photo::queries;
use crate::store::Store;

/// Makes `squares` the person's photo.
pub async fn set(
    grant: &Grant<Profile, Write>,
    store: &Store,
    blobs: &Blobs,
    conditions: Conditions,
    squares: &[Square],
) -> Result<Photo, Problem> {
    keep::set(grant, store, blobs, squares, move |on, blob, pieces| queries::set(on, &conditions, blob, pieces)).await
}

/// Removes the person's photo.
pub async fn remove(
    grant: &Grant<Profile, Write>,
    store: &Store,
    blobs: &Blobs,
    conditions: Conditions,
) -> Result<(), Problem> {
    let former = store.write(grant, move |on| queries::remove(on, &conditions)).await?;
    keep::discard(blobs, former).await;
    Ok(())
}
