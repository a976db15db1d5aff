//! One write that waits its turn: what to do, and whom to tell.
//! May import nothing of ours but the rest of `store`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::connections::panicked;
use super::db::Db;
use super::error::{Failure, StoreError};
use super::meter::{METER, Query};

/// What is to become of what a job has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Undo,
}

/// A write, whatever it returns.
pub(super) trait Job: Send {
    /// Does the work in the transaction or savepoint that is open, and remembers what came of it. May be called again,
    /// after what it did the last time was rolled back.
    fn run(&mut self, db: &mut Db) -> Verdict;

    /// Tells the caller: what came of the work, once it is on the disk, or why it is not.
    fn answer(self: Box<Self>, fate: Result<(), StoreError>);
}

/// A closure and the caller who waits for what it returns.
pub(super) struct Pending<F, T, E> {
    name: Query,
    work: F,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Pending<F, T, E> {
    pub(super) fn new(name: Query, work: F) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (caller, answer) = oneshot::channel();
        (Self { name, work, result: None, caller }, answer)
    }
}

impl<F, T, E> Job for Pending<F, T, E>
where
    F: FnMut(&mut Db) -> Result<T, E> + Send,
    T: Send,
    E: Failure,
{
    fn run(&mut self, db: &mut Db) -> Verdict {
        let result = catch_unwind(AssertUnwindSafe(|| METER.query(self.name, || (self.work)(db))))
            .unwrap_or_else(|panic| Err(panicked(panic.as_ref()).into()));
        let verdict = if result.is_ok() { Verdict::Keep } else { Verdict::Undo };
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, fate: Result<(), StoreError>) {
        let result = match fate {
            Ok(()) => self.result.unwrap_or_else(|| Err(StoreError::Broken("a write was not run".into()).into())),
            Err(error) => Err(error.into()),
        };
        // The caller may have gone away; the write stands all the same.
        let _ = self.caller.send(result);
    }
}
