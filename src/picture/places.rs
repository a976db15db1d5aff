//! Places among the pictures that are received, wait or are decoded: they bound what those take together of memory and of the disk, and how
//! many of them are one person's.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::PictureFault;

/// How many pictures of one person are received at once, in memory and on the disk, and how many are made. The text of [`PictureFault::Theirs`] says it.
const EACH: usize = 4;
/// How long who asks for what is made waits for those that the person asked for before: shorter than a handler may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of what is received on the disk there may be so many times as many as in memory.
const ON_DISK: usize = 8;

/// What a place is for. Each has its own: who sends slowly keeps nobody from seeing what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Use {
    InMemory,
    OnDisk,
    Made,
}

/// The places.
#[derive(Clone)]
pub(super) struct Places {
    in_memory: Arc<Semaphore>,
    on_disk: Arc<Semaphore>,
    made: Arc<Semaphore>,
    /// Those of each person and use, by a keyed hash of both.
    each: Arc<Mutex<HashMap<u64, Weak<Semaphore>>>>,
    names: RandomState,
}

/// A place, as long as it is held.
pub struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_each: OwnedSemaphorePermit,
}

impl Places {
    /// So many that are made, as many that are received in memory, and more on the disk.
    pub(super) fn new(all: usize) -> Self {
        let of = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        let (in_memory, on_disk, made) = (of(all), of(all.saturating_mul(ON_DISK)), of(all));
        Self { in_memory, on_disk, made, each: Arc::default(), names: RandomState::new() }
    }

    /// One for what a person sends and is held in memory, which may take minutes: so nobody waits for it.
    pub(super) fn in_memory(&self, person: impl Hash) -> Result<Place, PictureFault> {
        received(&self.in_memory, self.of(Use::InMemory, person))
    }

    /// One for what a person sends and goes to the disk.
    pub(super) fn on_disk(&self, person: impl Hash) -> Result<Place, PictureFault> {
        received(&self.on_disk, self.of(Use::OnDisk, person))
    }

    /// One for what is made for a person of what is here, which is soon done: so it is waited for.
    pub(super) async fn made(&self, person: impl Hash) -> Result<Place, PictureFault> {
        let until = Instant::now() + PATIENCE;
        let own = timeout_at(until, self.of(Use::Made, person).acquire_owned()).await;
        let of_each = own.ok().and_then(Result::ok).ok_or(PictureFault::Theirs)?;
        let any = timeout_at(until, self.made.clone().acquire_owned()).await;
        let of_all = any.ok().and_then(Result::ok).ok_or(PictureFault::Busy)?;
        Ok(Place { _of_all: of_all, _of_each: of_each })
    }

    /// A person's own.
    fn of(&self, what: Use, person: impl Hash) -> Arc<Semaphore> {
        let whose = self.names.hash_one((what, person));
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        each.retain(|_, one| one.strong_count() > 0);
        let there = each.get(&whose).and_then(Weak::upgrade);
        there.unwrap_or_else(|| {
            let own = Arc::new(Semaphore::new(EACH));
            each.insert(whose, Arc::downgrade(&own));
            own
        })
    }
}

fn received(all: &Arc<Semaphore>, each: Arc<Semaphore>) -> Result<Place, PictureFault> {
    let of_each = each.try_acquire_owned().map_err(|_| PictureFault::Theirs)?;
    let of_all = all.clone().try_acquire_owned().map_err(|_| PictureFault::Busy)?;
    Ok(Place { _of_all: of_all, _of_each: of_each })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::{EACH, Places};
    use crate::picture::PictureFault;

    #[actix_web::test]
    async fn who_sends_keeps_nobody_from_what_is_made_and_nothing_is_left_of_them() {
        let places = Places::new(EACH);
        let sent: Vec<_> = (0..EACH).map(|_| places.in_memory("ann").expect("a place")).collect();
        assert_eq!(places.in_memory("ann").err(), Some(PictureFault::Theirs));
        assert_eq!(places.in_memory("bob").err(), Some(PictureFault::Busy), "all are taken");
        let disk: Vec<_> = (0..EACH).map(|_| places.on_disk("ann").expect("a place")).collect();
        assert_eq!(places.on_disk("ann").err(), Some(PictureFault::Theirs));
        assert!(places.on_disk("bob").is_ok(), "there is room on the disk");
        assert!(places.made("bob").now_or_never().expect("at once").is_ok());
        drop((sent, disk));
        assert!(places.in_memory("ann").is_ok());
        assert_eq!(places.each.lock().unwrap().len(), 1, "those that are over go with the next");
    }

    #[actix_web::test]
    async fn what_is_made_waits_for_its_place() {
        let places = Places::new(EACH + 1);
        let mut made: Vec<_> = Vec::new();
        for _ in 0..EACH {
            made.push(places.made("ann").now_or_never().expect("at once").expect("a place"));
        }
        let mut next = Box::pin(places.made("ann"));
        assert!(next.as_mut().now_or_never().is_none(), "it waits for one of hers");
        let his = places.made("bob").now_or_never().expect("at once").expect("a place");
        let mut theirs = Box::pin(places.made("cyd"));
        assert!(theirs.as_mut().now_or_never().is_none(), "it waits for any");
        drop(his);
        theirs.await.expect("a place");
        made.pop();
        next.await.expect("a place");
    }
}
