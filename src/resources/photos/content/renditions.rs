//! The renditions of a photo: found, or made when they are first asked for and kept. Several who ask at once wait for the one who makes.

use super::stream::whole;
use crate::access::{Grant, Read};
use crate::blobs::Blobs;
use crate::picture::{MEDIA_TYPE, PictureFault, Pictures, Rendered, Rendition, Workbench};
use crate::problem::Problem;
use crate::resources::contents;
use crate::resources::octets::Octets;
use crate::resources::photos::Photos;
use crate::resources::photos::queries::{self, Kept, Made, Row};
use crate::store::columns::Uid;
use crate::store::contents::touch;
use crate::store::{Halt, Make, Owned, Store, StoreError};

/// Who finds and makes them.
pub(super) struct Finder<'f> {
    pub(super) grant: &'f Grant<Photos, Read>,
    pub(super) store: &'f Store,
    pub(super) blobs: &'f Blobs,
    pub(super) pictures: &'f Pictures,
}

impl Finder<'_> {
    /// A rendition, made if there is none yet.
    pub(super) async fn find(&self, photo: Uid, which: Rendition) -> Result<Kept, Problem> {
        if let Some(kept) = self.look(photo, which).await? {
            return Ok(kept);
        }
        let _alone = self.pictures.alone((photo, which)).await;
        if let Some(kept) = self.look(photo, which).await? {
            return Ok(kept);
        }
        let row =
            self.store.point(self.grant, move |on: &mut Owned<'_, Photos, Read>| queries::find(on, photo)).await?;
        self.make(&row, which).await?;
        Ok(self.look(photo, which).await?.ok_or(StoreError::NotFound)?)
    }

    async fn look(&self, photo: Uid, which: Rendition) -> Result<Option<Kept>, StoreError> {
        let find = move |on: &mut Owned<'_, Photos, Read>| -> Result<_, StoreError> {
            let kept = queries::kept_rendition(on, photo, which)?;
            on.gave(usize::from(kept.is_some()));
            Ok(kept)
        };
        self.store.point(self.grant, find).await
    }

    async fn make(&self, row: &Row, which: Rendition) -> Result<(), Problem> {
        let holder = self.grant.holder();
        let place = self.pictures.place_in_turn((holder.issuer(), holder.subject())).await?;
        let original = whole(self.blobs, row.sha256, u64::try_from(row.size).unwrap_or_default());
        let work = move |bench: &Workbench, original: Vec<u8>| bench.renditions(&original, &[which]);
        let mut rendered = self.pictures.work_on(place, original, work).await?;
        let Some(Rendered { which, width, height, jpeg }) = rendered.pop() else {
            return Err(PictureFault::Broken("no rendition was made".into()).into());
        };
        let sha256 = contents::keep_bytes(self.store, self.blobs, jpeg).await?;
        let (photo, made) = (row.id, Made { which, sha256, width, height });
        let keep = move |on: &mut Owned<'_, Photos, Make>| -> Result<(), Halt<Problem>> {
            // It may have been deleted meanwhile.
            queries::find(on, photo)?;
            if !touch(on, sha256)? {
                return Err(Halt::Refused(contents::going()));
            }
            Ok(queries::add_rendition(on, photo, &made)?)
        };
        Ok(self.store.keep_made(self.grant, keep).await?)
    }
}

/// A rendition as it is given.
pub(super) fn octets(kept: &Kept) -> Octets {
    let stem = kept.name.rsplit_once('.').map_or(kept.name.as_str(), |(stem, _)| stem);
    Octets {
        length: u64::try_from(kept.bytes).unwrap_or_default(),
        sha256: kept.sha256.to_string(),
        media_type: MEDIA_TYPE.into(),
        name: format!("{stem}.jpg"),
    }
}
