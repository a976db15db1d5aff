//! The pool: connections for reading on SQLite, for everything on PostgreSQL.
//! May import nothing of ours but the rest of `store`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::r2d2::R2D2Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::backend::{Purpose, Waits, connect};
use super::db::Db;
use super::error::{Busy, Failure, StoreError};
use super::meter::{METER, Query};
use super::place::Place;

/// A pooled connection.
pub(super) struct Pooled {
    db: Db,
    /// The pool's generation when it was made, or last seen alive.
    generation: u64,
    /// Not to be used again.
    lost: bool,
}

/// Makes connections, and judges them.
struct Source {
    place: Place,
    waits: Waits,
    generation: Arc<AtomicU64>,
}

impl r2d2::ManageConnection for Source {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let generation = self.generation.load(Ordering::Acquire);
        Ok(Pooled { db: connect(&self.place, Purpose::Reads, self.waits)?, generation, lost: false })
    }

    /// Costs no query, unless some connection was lost since this one was last seen alive: then it probably died too.
    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Self::Error> {
        let generation = self.generation.load(Ordering::Acquire);
        if pooled.generation != generation {
            pooled.db.ping().map_err(diesel::r2d2::Error::QueryError)?;
            pooled.generation = generation;
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.lost || pooled.db.is_broken()
    }
}

/// Connections, lent one at a time.
#[derive(Clone)]
pub(super) struct Pool {
    connections: r2d2::Pool<Source>,
    /// As many as there are connections, so that who waits does not hold a thread meanwhile.
    turns: Arc<Semaphore>,
    generation: Arc<AtomicU64>,
    wait: Duration,
}

impl Pool {
    /// A pool of `size` connections; none is made yet.
    pub(super) fn new(place: &Place, size: u32, waits: Waits, wait: Duration) -> Self {
        let generation = Arc::new(AtomicU64::new(0));
        let source = Source { place: place.clone(), waits, generation: generation.clone() };
        let mut builder = r2d2::Pool::builder().max_size(size).connection_timeout(wait).test_on_check_out(true);
        if matches!(place, Place::Sqlite(_)) {
            builder = builder.max_lifetime(None).idle_timeout(None);
        }
        let turns = Arc::new(Semaphore::new(size as usize));
        Self { connections: builder.build_unchecked(source), turns, generation, wait }
    }

    /// Runs `work` on a connection, on a thread that may block.
    pub(super) async fn hop<T, E>(
        &self,
        name: Query,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let since = Instant::now();
        let turn = match self.turn().await {
            Ok(turn) => turn,
            Err(error) => return METER.noted(Err(error.into())),
        };
        let pool = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = match pool.connections.get_timeout(pool.wait) {
                Ok(mut pooled) => {
                    METER.wait.record(since.elapsed());
                    pool.run(&mut pooled, name, work)
                }
                Err(error) => Err(StoreError::from(error).into()),
            };
            drop(turn);
            result
        });
        let done = done.await;
        METER.noted(done.unwrap_or_else(|error| Err(StoreError::Broken(format!("a blocking thread: {error}")).into())))
    }

    /// Runs `work` on a connection, on this very thread, which waits for one.
    pub(super) fn wait<T, E: Failure>(&self, name: Query, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
        let mut pooled = self.connections.get_timeout(self.wait).map_err(StoreError::from)?;
        METER.noted(self.run(&mut pooled, name, work))
    }

    /// How many connections are lent, and how many wait for work.
    pub(super) fn lent_and_idle(&self) -> (u32, u32) {
        let state = self.connections.state();
        (state.connections.saturating_sub(state.idle_connections), state.idle_connections)
    }

    /// Runs `work` on an idle connection on this very thread; gives it back if none is idle.
    pub(super) fn inline<T, E, F>(&self, name: Query, work: F) -> Result<Result<T, E>, F>
    where
        F: FnOnce(&mut Db) -> Result<T, E>,
        E: Failure,
    {
        match self.connections.try_get() {
            Some(mut pooled) => Ok(METER.noted(self.run(&mut pooled, name, work))),
            None => Err(work),
        }
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        match tokio::time::timeout(self.wait, self.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(StoreError::Busy(Busy::Pool)),
        }
    }

    /// A connection on which something panicked, or that the database has closed, is not lent again.
    fn run<T, E: Failure>(
        &self,
        pooled: &mut Pooled,
        name: Query,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let result =
            catch_unwind(AssertUnwindSafe(|| METER.query(name, || work(&mut pooled.db)))).unwrap_or_else(|panic| {
                pooled.lost = true;
                Err(panicked(panic.as_ref()).into())
            });
        let gone = matches!(&result, Err(error) if error.store() == Some(&StoreError::Busy(Busy::Lost)));
        if gone || pooled.db.is_broken() {
            pooled.lost = true;
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        result
    }
}

/// What a caller whose query function panicked is told.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> StoreError {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    StoreError::Broken(format!("a query function panicked: {}", text.unwrap_or("no text")))
}
