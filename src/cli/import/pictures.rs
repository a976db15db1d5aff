//! Pictures into a person's photos, and those of a folder into the album of its name. What the person has already, by its SHA-256, is
//! looked at no further, unless its file is lost: so an import that was broken off is begun again.

use std::fs::File;
use std::io::{self, Read as _};
use std::rc::Rc;

use futures_util::{StreamExt as _, stream};

use super::report::{Report, shown};
use super::walk::{Found, Left};
use crate::access::{Grant, Write};
use crate::blobs::{Blobs, Received};
use crate::cli::Failure;
use crate::config::Limits;
use crate::digest::{Digest, Hasher};
use crate::picture::Pictures;
use crate::problem::Problem;
use crate::resources::import::item::Outcome;
use crate::resources::photos::albums::within;
use crate::resources::photos::keep::{Keeper, Told};
use crate::resources::photos::queries::{self, Room};
use crate::resources::photos::{Photos, name};
use crate::store::columns::Uid;
use crate::store::{Halt, Owned, Store};

/// What is read of a file at a time.
const PIECE: usize = 256 * 1024;
/// How many pictures are under way at once; a person may have no more. One is read while others are decoded.
const TOGETHER: usize = 4;
/// How many photos are put into an album by one write.
const AT_ONCE: usize = 100;

/// Who imports pictures.
pub(super) struct Importer<'i> {
    grant: Grant<Photos, Write>,
    store: &'i Store,
    blobs: &'i Blobs,
    pictures: Pictures,
    limits: Limits,
}

/// Why a picture is not in.
enum Refused {
    /// Because of what it is.
    File(String),
    /// Because of what goes for all.
    All(String),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::File(error.to_string())
    }
}

impl<T: Into<Problem>> From<T> for Refused {
    fn from(fault: T) -> Self {
        let problem: Problem = fault.into();
        if problem.code().status().is_client_error() {
            return Self::File(problem.to_string());
        }
        let cause = problem.logged_cause().map(|cause| format!(" ({cause})")).unwrap_or_default();
        Self::All(format!("{problem}{cause}"))
    }
}

impl<'i> Importer<'i> {
    /// For the person of this grant.
    pub(super) fn new(
        grant: Grant<Photos, Write>,
        store: &'i Store,
        blobs: &'i Blobs,
        limits: &Limits,
    ) -> io::Result<Self> {
        // There is no queue here but ours.
        let limits = Limits { image_queue: limits.image_queue.max(TOGETHER as u64), ..limits.clone() };
        Ok(Self { grant, store, blobs, pictures: Pictures::new(&limits)?, limits })
    }

    /// Imports these, in this order.
    pub(super) async fn all(&self, files: &[&Found], report: &mut Report) -> Result<(), Failure> {
        let mut album = Album::default();
        let done = self.each(files, report, &mut album).await;
        // Even if it was broken off: what is in is in its album.
        let put = self.put(&mut album).await;
        done.and(put)
    }

    async fn each(&self, files: &[&Found], report: &mut Report, album: &mut Album) -> Result<(), Failure> {
        let mut coming =
            stream::iter(files).map(|found| async move { (found, self.one(found).await) }).buffered(TOGETHER);
        while let Some((found, kept)) = coming.next().await {
            match kept {
                Ok((id, is_new)) => {
                    let result = if is_new { Outcome::Created } else { Outcome::Unchanged };
                    report.picture(&found.path, result, id)?;
                    if album.name != found.album || album.photos.len() == AT_ONCE {
                        self.put(album).await?;
                        album.name.clone_from(&found.album);
                    }
                    album.photos.push(id);
                }
                Err(Refused::File(reason)) => {
                    report.left(&Left { path: found.path.clone(), result: Outcome::Rejected, reason })?;
                }
                Err(Refused::All(why)) => {
                    let (file, so_far) = (shown(&found.path), report.told());
                    let message = format!("{file}: {why} (so far {so_far}); begin again: what is in stays");
                    return Err(Failure::Failed(message));
                }
            }
            report.read(found.bytes);
        }
        Ok(())
    }

    /// The photo that a file is, and whether it is new.
    async fn one(&self, found: &Found) -> Result<(Uid, bool), Refused> {
        let name = name::checked(&found.path.file_name().unwrap_or_default().to_string_lossy(), "name")?;
        if found.bytes > self.limits.photo_bytes {
            return Err(Refused::File(format!(
                "it is larger than {} bytes (limits.photo_bytes)",
                self.limits.photo_bytes
            )));
        }
        let sha256 = hashed(found.open()?).await?;
        let there = move |on: &mut Owned<'_, Photos, Write>| queries::by_content(on, sha256);
        if let Some(row) = self.store.read(&self.grant, there).await?
            && self.blobs.is_there(sha256, found.bytes).await
        {
            return Ok((row.id, false));
        }
        let received = self.received(found.open()?).await?;
        let (room, told) = (Room::from(&self.limits), Told { name: Some(name), ..Told::default() });
        let keeper = Keeper { store: self.store, blobs: self.blobs, pictures: &self.pictures, room };
        let (row, is_new) = keeper.keep(&self.grant, told, received).await?;
        Ok((row.id, is_new))
    }

    async fn received(&self, mut file: File) -> Result<Received, Refused> {
        let (mut incoming, mut piece) = (self.blobs.receive(self.limits.photo_bytes), vec![0; PIECE]);
        loop {
            let count = file.read(&mut piece)?;
            match piece.get(..count) {
                Some(bytes) if count > 0 => incoming.write(bytes).await?,
                _ => return Ok(incoming.finish().await?),
            }
        }
    }

    /// Puts what was gathered into its album, which is made if there is none of the name.
    async fn put(&self, album: &mut Album) -> Result<(), Failure> {
        let photos = std::mem::take(&mut album.photos);
        let Some(name) = album.name.as_deref().map(str::to_owned).filter(|_| !photos.is_empty()) else { return Ok(()) };
        let (new, told) = (self.store.new_id(), name.clone());
        let write = move |on: &mut Owned<'_, Photos, Write>| -> Result<(), Halt<Problem>> {
            within::add_to_named(on, &name, new, &photos).map(drop)
        };
        let put = self.store.write(&self.grant, write).await.map_err(|halt: Halt<Problem>| Problem::from(halt));
        put.map_err(|problem| Failure::Failed(format!("album {told}: {problem}; begin again: what is in stays")))
    }
}

/// What goes into an album together.
#[derive(Default)]
struct Album {
    name: Option<Rc<str>>,
    photos: Vec<Uid>,
}

async fn hashed(mut file: File) -> Result<Digest, Refused> {
    let hashed = tokio::task::spawn_blocking(move || -> io::Result<Digest> {
        let (mut hasher, mut piece) = (Hasher::default(), vec![0; PIECE]);
        loop {
            let count = file.read(&mut piece)?;
            match piece.get(..count) {
                Some(bytes) if count > 0 => hasher.update(bytes),
                _ => return Ok(hasher.finish()),
            }
        }
    });
    Ok(hashed.await.map_err(io::Error::other)??)
}
