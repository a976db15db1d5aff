//! One generation of the pool: connections, turns for those who wait for one, and the threads that block on them. When the
//! database goes away a generation is left behind as it is, with whatever hangs in it; the next has its own of everything.
//! May import nothing of ours but the rest of `store`, and `threads`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::r2d2::R2D2Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::backend::{Purpose, Waits, connect};
use super::db::Db;
use super::error::{Busy, Failure, StoreError};
use super::fate::Fate;
use super::meter::{METER, Query};
use super::place::Place;
use crate::threads::Threads;

/// What every generation of a pool is made of.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) place: Place,
    pub(super) size: u32,
    pub(super) waits: Waits,
    /// For a turn, and then for a connection.
    pub(super) wait: Duration,
}

/// A pooled connection.
struct Pooled {
    db: Db,
    /// How many connections had been lost when it was made, or last seen alive.
    losses: u64,
    /// Not to be used again.
    lost: bool,
}

/// Makes connections, and judges them.
struct Source {
    place: Place,
    waits: Waits,
    losses: Arc<AtomicU64>,
}

impl r2d2::ManageConnection for Source {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let losses = self.losses.load(Ordering::Acquire);
        Ok(Pooled { db: connect(&self.place, Purpose::Reads, self.waits)?, losses, lost: false })
    }

    /// Costs no query, unless some connection was lost since this one was last seen alive: then it probably died too.
    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Self::Error> {
        let losses = self.losses.load(Ordering::Acquire);
        if pooled.losses != losses {
            pooled.db.ping().map_err(diesel::r2d2::Error::QueryError)?;
            pooled.losses = losses;
        }
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.lost || pooled.db.is_broken()
    }
}

/// A database that took no longer than this for something answers, whatever else waits for it.
const QUICK: Duration = Duration::from_millis(250);

/// Connections, lent one at a time.
pub(super) struct Connections {
    pool: r2d2::Pool<Source>,
    /// As many as there are connections, so that who waits does not hold a thread meanwhile.
    turns: Arc<Semaphore>,
    threads: Threads,
    losses: Arc<AtomicU64>,
    wait: Duration,
    begun: Instant,
    /// When the last quick answer came, milliseconds after `begun`; 0: none did.
    answered_ms: AtomicU64,
}

impl Connections {
    /// As planned; none is made yet.
    pub(super) fn new(plan: &Plan) -> std::io::Result<Self> {
        let losses = Arc::new(AtomicU64::new(0));
        let source = Source { place: plan.place.clone(), waits: plan.waits, losses: losses.clone() };
        // Its own words for every connection that cannot be made would drown the watcher's one, and whoever waits in vain says why.
        let mut builder = r2d2::Pool::builder()
            .max_size(plan.size)
            .connection_timeout(plan.wait)
            .test_on_check_out(true)
            .error_handler(Box::new(r2d2::NopErrorHandler));
        if matches!(plan.place, Place::Sqlite(_)) {
            builder = builder.max_lifetime(None).idle_timeout(None);
        }
        let size = plan.size as usize;
        let (turns, threads) = (Arc::new(Semaphore::new(size)), Threads::new(size, "sharehold-pool")?);
        let (pool, begun) = (builder.build_unchecked(source), Instant::now());
        Ok(Self { pool, turns, threads, losses, wait: plan.wait, begun, answered_ms: AtomicU64::new(0) })
    }

    /// Runs `work` on a connection, on a thread that may block; not at all if it was abandoned by then.
    pub(super) async fn hop<T, E>(
        self: Arc<Self>,
        name: Query,
        fate: Arc<Fate>,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let since = Instant::now();
        let turn = self.turn().await?;
        let own = self.clone();
        let done = self.threads.spawn(move || {
            let result = match own.pool.get_timeout(own.wait) {
                _ if fate.is_abandoned() => Err(StoreError::Busy(Busy::Away).into()),
                Ok(mut pooled) => {
                    METER.wait.record(since.elapsed());
                    own.run(&mut pooled, name, work)
                }
                Err(error) => Err(StoreError::from(error).into()),
            };
            drop(turn);
            result
        });
        done.await.unwrap_or_else(|error| Err(StoreError::Broken(format!("a blocking thread: {error}")).into()))
    }

    /// Whether something was answered quickly, and that not long ago.
    pub(super) fn answered_lately(&self) -> bool {
        let answered = self.answered_ms.load(Ordering::Acquire);
        answered > 0 && self.begun.elapsed().saturating_sub(Duration::from_millis(answered)) < QUICK
    }

    /// Runs `work` on a connection, on this very thread, which waits for one.
    pub(super) fn wait<T, E: Failure>(&self, name: Query, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
        let mut pooled = self.pool.get_timeout(self.wait).map_err(StoreError::from)?;
        self.run(&mut pooled, name, work)
    }

    /// How many connections are lent, and how many wait for work.
    pub(super) fn lent_and_idle(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections.saturating_sub(state.idle_connections), state.idle_connections)
    }

    /// Runs `work` on an idle connection on this very thread; gives it back if none is idle.
    pub(super) fn inline<T, E, F>(&self, name: Query, work: F) -> Result<Result<T, E>, F>
    where
        F: FnOnce(&mut Db) -> Result<T, E>,
        E: Failure,
    {
        match self.pool.try_get() {
            Some(mut pooled) => Ok(self.run(&mut pooled, name, work)),
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
        let since = Instant::now();
        let result =
            catch_unwind(AssertUnwindSafe(|| METER.query(name, || work(&mut pooled.db)))).unwrap_or_else(|panic| {
                pooled.lost = true;
                Err(panicked(panic.as_ref()).into())
            });
        let gone = matches!(&result, Err(error) if error.store() == Some(&StoreError::Busy(Busy::Lost)));
        if gone || pooled.db.is_broken() {
            pooled.lost = true;
            self.losses.fetch_add(1, Ordering::AcqRel);
        } else if since.elapsed() < QUICK {
            let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
            self.answered_ms.store(now, Ordering::Release);
        }
        result
    }
}

/// What a caller whose query function panicked is told.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> StoreError {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    StoreError::Broken(format!("a query function panicked: {}", text.unwrap_or("no text")))
}
