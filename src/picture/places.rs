//! Places among the pictures that are received, wait or are decoded: they bound the memory that those take together, and how many of them
//! are one person's.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::PictureFault;

/// How many pictures of one person are received at once, and how many are made. The text of [`PictureFault::Theirs`] says it.
const EACH: usize = 4;
/// How long who asks for what is made waits for those that the person asked for before: shorter than a handler may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a place is for. Each has its own: who sends slowly keeps nobody from seeing what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Use {
    Received,
    Made,
}

/// The places.
#[derive(Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
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
    /// So many.
    pub(super) fn new(all: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), each: Arc::default(), names: RandomState::new() }
    }

    /// One for what a person sends, which may take minutes: so nobody waits for it.
    pub(super) fn received(&self, person: impl Hash) -> Result<Place, PictureFault> {
        let own = self.of(Use::Received, person).try_acquire_owned();
        self.with(own.map_err(|_| PictureFault::Theirs)?)
    }

    /// One for what is made for a person of what is here, which is soon done: so it is waited for.
    pub(super) async fn made(&self, person: impl Hash) -> Result<Place, PictureFault> {
        let own = timeout(PATIENCE, self.of(Use::Made, person).acquire_owned()).await;
        self.with(own.ok().and_then(Result::ok).ok_or(PictureFault::Theirs)?)
    }

    fn with(&self, of_each: OwnedSemaphorePermit) -> Result<Place, PictureFault> {
        let of_all = self.all.clone().try_acquire_owned().map_err(|_| PictureFault::Busy)?;
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::{EACH, Places};
    use crate::picture::PictureFault;

    #[test]
    fn who_sends_keeps_nobody_from_what_is_made_and_nothing_is_left_of_them() {
        let places = Places::new(3 * EACH);
        let sent: Vec<_> = (0..EACH).map(|_| places.received("ann").expect("a place")).collect();
        assert_eq!(places.received("ann").err(), Some(PictureFault::Theirs));
        let other = places.received("bob").expect("another's");
        drop((sent, other));
        assert!(places.received("ann").is_ok());
        assert_eq!(places.each.lock().unwrap().len(), 1, "those that are over go with the next");
    }

    #[actix_web::test]
    async fn what_is_made_waits_for_its_persons_place() {
        let places = Places::new(3 * EACH);
        let sent: Vec<_> = (0..EACH).map(|_| places.received("ann").expect("a place")).collect();
        let mut made: Vec<_> = Vec::new();
        for _ in 0..EACH {
            made.push(places.made("ann").now_or_never().expect("at once").expect("a place"));
        }
        let mut next = Box::pin(places.made("ann"));
        assert!(next.as_mut().now_or_never().is_none(), "it waits");
        made.pop();
        let next = next.await.expect("a place");
        let others: Vec<_> = (0..EACH).map(|_| places.received("bob").expect("a place")).collect();
        assert_eq!(places.received("cyd").err(), Some(PictureFault::Busy), "all are taken");
        drop((sent, made, next, others));
    }
}
