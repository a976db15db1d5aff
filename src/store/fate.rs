//! Whether a write may still be committed: agreed between the thread that does it and the request that waits for it, so
//! that "nothing was done" stays true however long the thread is held up. May import only the rest of `store`.

use std::sync::atomic::{AtomicU8, Ordering};

use super::error::{Busy, StoreError};

const OPEN: u8 = 0;
const COMMITTING: u8 = 1;
const ABANDONED: u8 = 2;

/// Decided once, by whoever comes first.
#[derive(Debug, Default)]
pub(super) struct Fate(AtomicU8);

impl Fate {
    /// The thread is about to commit; refused if nobody waits any longer.
    pub(super) fn commit(&self) -> Result<(), StoreError> {
        match self.0.compare_exchange(OPEN, COMMITTING, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) | Err(COMMITTING) => Ok(()),
            Err(_) => Err(StoreError::Busy(Busy::Away)),
        }
    }

    /// The request waits no longer, because the database went away; what it may be told.
    pub(super) fn abandon(&self) -> StoreError {
        match self.0.compare_exchange(OPEN, ABANDONED, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) | Err(ABANDONED) => StoreError::Busy(Busy::Away),
            Err(_) => StoreError::Broken("the database went away during a commit".into()),
        }
    }

    /// Whether nobody waits any longer.
    pub(super) fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Acquire) == ABANDONED
    }
}

#[cfg(test)]
mod tests {
    use super::{Busy, Fate, StoreError};

    #[test]
    fn what_was_abandoned_is_never_committed() {
        let fate = Fate::default();
        assert_eq!(fate.abandon(), StoreError::Busy(Busy::Away));
        assert_eq!(fate.commit(), Err(StoreError::Busy(Busy::Away)));
        assert!(fate.is_abandoned());
    }

    #[test]
    fn what_is_being_committed_is_not_called_undone() {
        let fate = Fate::default();
        assert_eq!(fate.commit(), Ok(()));
        assert!(matches!(fate.abandon(), StoreError::Broken(_)));
        assert_eq!(fate.commit(), Ok(()), "after a race it is tried again");
        assert!(!fate.is_abandoned());
    }
}
