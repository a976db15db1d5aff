//! Pictures: bytes that a client sent in, JPEGs without any metadata out. Pure but for the threads it works on.
//! May import `config`, `metrics`, `threads`. What is shown of it is made anew from pixels, so that nothing of the original's bytes survives.
//!
//! Hostile input is normal: the media type is told by content, what the header says is held against the limits before
//! anything is decoded (`header`), and at most `image_parallel` pictures are decoded at once, on as many threads of their own: what
//! an allocator keeps for each thread that ever decoded does not grow with those that wait for the disk.

mod alone;
mod colour;
mod cut;
mod decode;
mod facts;
mod format;
mod header;
mod jpeg;
mod places;
mod raster;
pub mod recipe;
mod render;
mod rendition;
mod shape;
#[cfg(test)]
mod tests;
mod tiff;
mod walk;

pub use cut::cut;
pub use facts::{Facts, Kind, Location, MOST_OFFSET_S, Taken, facts};
pub use places::Place;
pub use recipe::Piece;
pub use rendition::{Examined, Rendered, Rendition, Workbench};

use std::future::ready;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{OwnedMutexGuard, Semaphore};

use self::alone::Alone;
use self::places::Places;
use self::shape::Shape;
use crate::config::Limits;
use crate::metrics::catalogue::{IMAGE_QUEUED, IMAGE_SECONDS};
use crate::metrics::{Gauge, Histogram, Inside};
use crate::threads::Threads;

/// The sides of the squares that are made of a picture, in pixels (api.md §5).
pub const SIDES: [u32; 9] = [48, 64, 96, 120, 240, 360, 432, 504, 648];
/// Beyond so many cores no more pictures are decoded at once unless the operator says so: each may take 112 MiB.
const MOST_PARALLEL: usize = 4;
/// What every rendition is.
pub const MEDIA_TYPE: &str = "image/jpeg";

/// One square of a picture.
#[derive(Debug)]
pub struct Square {
    /// Its side, pixels: one of [`SIDES`]; of a picture smaller than those, its own.
    pub side: u32,
    /// A JPEG.
    pub jpeg: Vec<u8>,
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureFault {
    /// Of a kind that is not taken, whatever its name says.
    #[error("This is {0}; JPEG, PNG, WebP and GIF are taken, told by their content.")]
    Kind(&'static str),
    /// Too costly to decode, or too small to be shown.
    #[error("{0}")]
    Size(String),
    /// Cut short, or not what its header says.
    #[error("The picture is broken: it cannot be decoded.")]
    Broken(String),
    /// Too many pictures at once.
    #[error("Too many pictures are being worked on. Try again.")]
    Busy,
    /// Too many of one person at once.
    #[error("Four of this person's pictures are being received or made already. Try again.")]
    Theirs,
}

/// Where pictures are worked on.
#[derive(Clone)]
pub struct Pictures {
    places: Places,
    names: RandomState,
    alone: Alone,
    turns: Arc<Semaphore>,
    threads: Arc<Threads>,
    bounds: header::Bounds,
    queued: Gauge,
    seconds: Histogram,
}

impl Pictures {
    /// A workshop with these limits; a fault of the system if it has no threads to give.
    pub fn new(limits: &Limits) -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let parallel = match limits.image_parallel {
            0 => cores.div_ceil(2).min(MOST_PARALLEL),
            given => usize::try_from(given).unwrap_or(Semaphore::MAX_PERMITS),
        };
        let places = usize::try_from(limits.image_queue).unwrap_or(Semaphore::MAX_PERMITS).saturating_add(parallel);
        Ok(Self {
            places: Places::new(places),
            names: RandomState::new(),
            alone: Alone::default(),
            turns: Arc::new(Semaphore::new(parallel)),
            threads: Arc::new(Threads::new(parallel, "sharehold-picture")?),
            bounds: header::Bounds::from(limits),
            queued: IMAGE_QUEUED.handle(),
            seconds: IMAGE_SECONDS.handle(),
        })
    }

    /// Takes a place for a picture of `person` that is held in memory while it comes, or is busy. That may take minutes: so nobody
    /// holds more than four.
    pub fn place(&self, person: impl Hash) -> Result<Place, PictureFault> {
        self.places.in_memory(person)
    }

    /// The same for one that goes to the disk while it comes. To be worked on it needs another place, when it is here.
    pub fn arrival(&self, person: impl Hash) -> Result<Place, PictureFault> {
        self.places.on_disk(person)
    }

    /// A place for what is made for `person` of what is here already: it waits some seconds for its turn.
    pub async fn place_in_turn(&self, person: impl Hash) -> Result<Place, PictureFault> {
        self.places.made(person).await
    }

    /// Waits until nobody else is making `what`; it is one's own as long as what is given is held.
    pub async fn alone(&self, what: impl Hash) -> OwnedMutexGuard<()> {
        self.alone.at(self.names.hash_one(what)).await
    }

    /// The squares of a picture, the largest first: those of [`SIDES`] that are not larger than its shorter side.
    pub async fn squares(&self, place: Place, bytes: Vec<u8>) -> Result<Vec<Square>, PictureFault> {
        self.within(self.bounds, place, bytes).await
    }

    /// The squares of a picture that nobody can be asked for a larger one of: a smaller one is shown as large as it is.
    pub async fn squares_of_any(&self, place: Place, bytes: Vec<u8>) -> Result<Vec<Square>, PictureFault> {
        self.within(self.bounds.of_any_size(), place, bytes).await
    }

    async fn within(&self, bounds: header::Bounds, place: Place, bytes: Vec<u8>) -> Result<Vec<Square>, PictureFault> {
        let work = move |_: &Workbench| {
            let images = render::shapes(&bytes, &bounds, squares)?;
            images.iter().map(|image| Ok(Square { side: image.width(), jpeg: render::encode(image)? })).collect()
        };
        self.work(place, work).await
    }

    /// The renditions of a photo in these sizes, in this order.
    pub async fn renditions(
        &self,
        place: Place,
        bytes: Vec<u8>,
        sizes: &[Rendition],
    ) -> Result<Vec<Rendered>, PictureFault> {
        let sizes = sizes.to_vec();
        self.work(place, move |bench| bench.renditions(&bytes, &sizes)).await
    }

    /// Does `work` when it is its turn, on a thread of its own: what it reads and decodes there is bounded by the turns.
    pub async fn work<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&Workbench) -> Result<T, PictureFault> + Send + 'static,
    ) -> Result<T, PictureFault> {
        self.work_on(place, ready(Ok(())), move |bench, ()| work(bench)).await
    }

    /// As [`Pictures::work`], on `bytes`, which are fetched when it is its turn: so there are never more of them in memory than turns.
    pub async fn work_on<B: Send + 'static, T: Send + 'static, E: From<PictureFault>>(
        &self,
        place: Place,
        bytes: impl Future<Output = Result<B, E>>,
        work: impl FnOnce(&Workbench, B) -> Result<T, PictureFault> + Send + 'static,
    ) -> Result<T, E> {
        let queued = Inside::of(&self.queued);
        let Ok(turn) = self.turns.clone().acquire_owned().await else { return Err(PictureFault::Busy.into()) };
        drop(queued);
        let bytes = bytes.await?;
        let (seconds, bench) = (self.seconds.clone(), Workbench { bounds: self.bounds });
        let work = move || {
            let started = Instant::now();
            let done = work(&bench, bytes);
            seconds.record(started.elapsed());
            // Given back when the work is done, however long the client stayed.
            drop((turn, place));
            done
        };
        Ok(self.threads.spawn(work).await.unwrap_or_else(|fault| Err(broken(fault)))?)
    }
}

/// Those that are not larger than the picture's shorter side; of a smaller picture one, its own.
fn squares((width, height): (u32, u32)) -> Vec<Shape> {
    let shorter = width.min(height);
    let own = SIDES.iter().all(|side| *side > shorter).then_some(shorter);
    SIDES.into_iter().rev().filter(|side| *side <= shorter).chain(own).map(Shape::Square).collect()
}

fn broken(fault: impl std::fmt::Display) -> PictureFault {
    PictureFault::Broken(fault.to_string())
}
