//! One at a time: what several ask for at once is made once. Whoever comes second waits, and finds it made.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, PoisonError, Weak};

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Who is at it, by a hash of what it is. That two things have the same one costs a wait and nothing else.
#[derive(Clone, Default)]
pub(super) struct Alone(Arc<Lock<HashMap<u64, Weak<Mutex<()>>>>>);

impl Alone {
    /// Waits until nobody else is at it.
    pub(super) async fn at(&self, what: u64) -> OwnedMutexGuard<()> {
        let own = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, one| one.strong_count() > 0);
            let there = all.get(&what).and_then(Weak::upgrade);
            there.unwrap_or_else(|| {
                let own = Arc::default();
                all.insert(what, Arc::downgrade(&own));
                own
            })
        };
        own.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::Alone;

    #[test]
    fn the_second_waits_for_the_first_and_nothing_is_left_of_them() {
        let alone = Alone::default();
        let first = alone.at(1).now_or_never().expect("nobody is at it");
        assert!(alone.at(1).now_or_never().is_none());
        let other = alone.at(2).now_or_never().expect("another thing is nobody's");
        drop(first);
        let second = alone.at(1).now_or_never().expect("it is free");
        drop((second, other));
        drop(alone.at(3).now_or_never());
        assert_eq!(alone.0.lock().unwrap().len(), 1, "those that are over go with the next");
    }
}
