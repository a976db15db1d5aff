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

    /// Lets one in, if there is room.
    pub fn admit(&self) -> Result<Guest, Problem> {
        let guest = Guest { inside: self.inside.clone(), counted: Cell::new(false) };
        if guest.enter() >= self.most {
            return Err(Problem::new(Code::Unavailable, "The server has more to do than it can. Try again.")
                .retry_after(1)
                .cause("overload"));
        }
        Ok(guest)
    }
}

impl Guest {
    /// Not counted from now on: it waits for its client.
    pub fn wait(&self) {
        if self.counted.replace(false) {
            self.inside.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Counted again, room or not. How many others are inside.
    pub fn enter(&self) -> u64 {
        if self.counted.replace(true) {
            return self.inside.load(Ordering::Relaxed).saturating_sub(1);
        }
        self.inside.fetch_add(1, Ordering::Relaxed)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::Admission;

    #[test]
    fn one_too_many_is_refused_and_room_is_given_back() {
        let admission = Admission::new(2);
        let one = admission.admit().expect("room");
        let two = admission.admit().expect("room");
        assert!(admission.admit().is_err());
        // Who waits for its client makes room, and comes back whether there is any or not.
        one.wait();
        let three = admission.admit().expect("room that was made");
        one.enter();
        one.enter();
        drop(three);
        assert!(admission.admit().is_err());
        drop(one);
        let _four = admission.admit().expect("room that was given back");
        assert!(admission.admit().is_err());
        drop(two);
        assert!(admission.admit().is_ok());
    }
}
