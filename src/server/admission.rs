//! How many requests are answered at once. One more is refused before anything is done for it: what waits behind a full house
//! only makes everyone late.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::problem::{Code, Problem};

/// The house.
#[derive(Debug)]
pub struct Admission {
    inside: Arc<AtomicU64>,
    most: u64,
}

/// A request that was let in. Dropped when it is answered.
#[derive(Debug)]
pub struct Guest {
    inside: Arc<AtomicU64>,
    counted: Cell<bool>,
}

impl Admission {
    /// So many.
    pub fn new(most: u64) -> Self {
        Self { inside: Arc::default(), most }
    }

    /// Lets one in, if there is room. Who is refused is never counted; nor is, yet, one whose body is still `coming`: it waits
    /// for its client, not for us.
    pub fn admit(&self, coming: bool) -> Result<Guest, Problem> {
        let room = |inside: u64| inside < self.most;
        let admitted = if coming {
            room(self.inside.load(Ordering::Relaxed))
        } else {
            let one_more = |inside| room(inside).then_some(inside + 1);
            self.inside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
        };
        if admitted {
            return Ok(Guest { inside: self.inside.clone(), counted: Cell::new(!coming) });
        }
        Err(Problem::new(Code::Unavailable, "The server has more to do than it can. Try again.")
            .retry_after(1)
            .cause("overload"))
    }
}

impl Guest {
    /// Counted from now on, room or not: its body is there.
    pub fn enter(&self) {
        if !self.counted.replace(true) {
            self.inside.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if self.counted.get() {
            self.inside.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Admission;

    #[test]
    fn one_too_many_is_refused_and_room_is_given_back() {
        let admission = Admission::new(2);
        let one = admission.admit(false).expect("room");
        // Who waits for its client takes no place, and comes in whether there is room or not.
        let uploads = admission.admit(true).expect("room");
        let two = admission.admit(false).expect("room");
        assert!(admission.admit(false).is_err() && admission.admit(true).is_err());
        uploads.enter();
        uploads.enter();
        drop(one);
        assert!(admission.admit(false).is_err());
        drop(two);
        let three = admission.admit(false).expect("room that was given back");
        assert!(admission.admit(false).is_err());
        drop((uploads, three));
        assert!(admission.admit(false).is_ok() && admission.inside.load(super::Ordering::Relaxed) == 0);
    }
}
