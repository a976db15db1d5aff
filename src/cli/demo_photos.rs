//! The photos of the demonstration: those of `fixtures/photos`, as Ann has them.

use serde_json::{Map, json};

use crate::access::{Grant, Write};
use crate::blobs::Blobs;
use crate::config::Limits;
use crate::picture::Pictures;
use crate::problem::Problem;
use crate::resources::conditions::Conditions;
use crate::resources::photos::Photos;
use crate::resources::photos::albums::within;
use crate::resources::photos::change::Change;
use crate::resources::photos::keep::{Keeper, Told};
use crate::resources::photos::queries::{self, Room};
use crate::store::{Halt, Owned, Store};

/// A photo.
pub(super) struct Photo {
    name: &'static str,
    /// What its owner says of it.
    caption: &'static str,
    album: Option<&'static str>,
    bytes: &'static [u8],
}

const TRIP: Option<&str> = Some("Greece, November 2026");
const FAMILY: Option<&str> = Some("Family");

macro_rules! photos {
    ($($name:literal, $caption:literal, $album:expr;)*) => {
        &[$(Photo {
            name: $name,
            caption: $caption,
            album: $album,
            bytes: include_bytes!(concat!("../../fixtures/photos/", $name)),
        },)*]
    };
}

/// Ann's, in the order in which she took them.
pub(super) const OF_ANN: &[Photo] = photos! {
    "grandfathers-hill-1961.jpg", "Grandfather's hill", FAMILY;
    "compass-rose.png", "From the cover of the pilot book", None;
    "heathrow-gate-b36.jpg", "The board, and nobody looks up", TRIP;
    "corinth-canal.jpg", "The canal at Corinth, and the bearings I came for", TRIP;
    "piraeus-at-dusk.jpg", "Piraeus, from the ferry's stern", TRIP;
    "acropolis-from-the-wall.jpg", "The camera fell over, the temple did not", TRIP;
    "methana-mountains.webp", "Hydra, seen from Methana", TRIP;
    "monastiraki-market.png", "Saturday market", TRIP;
    "last-ferry.gif", "The last ferry", TRIP;
    "mum-and-dad.jpg", "Mum and Dad, who would not sit down", FAMILY;
};

/// The one that she likes best.
const FAVOURITE: &str = "acropolis-from-the-wall.jpg";

/// Loads photos for the person of this grant.
pub(super) async fn load(
    grant: &Grant<Photos, Write>,
    (store, blobs, pictures): (&Store, &Blobs, &Pictures),
    limits: &Limits,
    photos: &[Photo],
) -> Result<(), Problem> {
    let keeper = Keeper { store, blobs, pictures, room: Room::from(limits) };
    for photo in photos {
        let mut incoming = blobs.receive(limits.photo_bytes);
        incoming.write(photo.bytes).await?;
        let told = Told { name: Some(photo.name.to_owned()), description: photo.caption.to_owned(), session: None };
        let (row, _) = keeper.keep(grant, told, incoming.finish().await?).await?;
        let said = Map::from_iter([("isFavorite".to_owned(), json!(photo.name == FAVOURITE))]);
        let (change, album, new) = (Change::of(&said)?, photo.album, store.new_id());
        let write = move |on: &mut Owned<'_, Photos, Write>| -> Result<(), Halt<Problem>> {
            queries::change(on, row.id, &change, &Conditions::default())?;
            album.map_or(Ok(()), |name| within::add_to_named(on, name, new, &[row.id]).map(drop))
        };
        store.write(grant, write).await.map_err(|halt: Halt<Problem>| Problem::from(halt))?;
    }
    Ok(())
}
