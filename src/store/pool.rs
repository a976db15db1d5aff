//! The pool: connections for reading on SQLite, for everything on PostgreSQL; and none while PostgreSQL is away.
//! May import nothing of ours but the rest of `store`.

use std::sync::Arc;

use tokio::sync::watch;

use super::connections::{Connections, Plan};
use super::db::Db;
use super::error::{Busy, Failure, StoreError};
use super::fate::Fate;
use super::meter::{METER, Query};
use super::place::Place;
use super::start::StartError;
use super::watcher::Watcher;

/// Whether the database answers.
#[derive(Clone)]
pub(super) enum Presence {
    /// It does, and these lead to it.
    Here(Arc<Connections>),
    /// It does not, for this reason.
    Away(Arc<str>),
}

/// The connections in use.
pub(super) struct Pool {
    presence: watch::Receiver<Presence>,
    _keeper: Keeper,
}

/// Who may say that the database is away.
enum Keeper {
    /// Nobody: a file answers, with a fault at worst.
    Nobody(#[expect(dead_code, reason = "without it the channel would be closed")] watch::Sender<Presence>),
    /// A thread that asks it.
    Watcher(#[expect(dead_code, reason = "the thread ends with it")] Watcher),
}

impl Pool {
    /// A pool as planned; no connection is made yet.
    pub(super) fn new(plan: Plan) -> Result<Self, StartError> {
        let failed = |fault| StartError::failed("the pool's threads cannot be started", &fault);
        let first = Connections::new(&plan).map_err(failed)?;
        let (sender, presence) = watch::channel(Presence::Here(Arc::new(first)));
        let keeper = match plan.place {
            Place::Sqlite(_) => Keeper::Nobody(sender),
            Place::Postgres(_) => Keeper::Watcher(Watcher::start(plan, sender).map_err(failed)?),
        };
        Ok(Self { presence, _keeper: keeper })
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
        self.hop_with(Arc::default(), name, work).await
    }

    /// [`Pool::hop`], for work that asks `fate` before it commits. While the database is away it fails at once; if it
    /// goes away meanwhile, this answers at that moment, and the thread is left to hang.
    pub(super) async fn hop_with<T, E>(
        &self,
        fate: Arc<Fate>,
        name: Query,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let mut presence = self.presence.clone();
        let now = presence.borrow_and_update().clone();
        let Presence::Here(connections) = now else {
            return METER.noted(Err(StoreError::Busy(Busy::Away).into()));
        };
        let gone = async {
            if presence.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let done = tokio::select! {
            biased;
            done = connections.hop(name, fate.clone(), work) => done,
            () = gone => Err(fate.abandon().into()),
        };
        METER.noted(done)
    }

    /// Runs `work` on a connection, on this very thread, which waits for one.
    pub(super) fn wait<T, E: Failure>(&self, name: Query, work: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
        let now = self.presence.borrow().clone();
        let done = match now {
            Presence::Here(connections) => connections.wait(name, work),
            Presence::Away(_) => Err(StoreError::Busy(Busy::Away).into()),
        };
        METER.noted(done)
    }

    /// Runs `work` on an idle connection on this very thread; gives it back if none is idle.
    pub(super) fn inline<T, E, F>(&self, name: Query, work: F) -> Result<Result<T, E>, F>
    where
        F: FnOnce(&mut Db) -> Result<T, E>,
        E: Failure,
    {
        let now = self.presence.borrow().clone();
        match now {
            Presence::Here(connections) => connections.inline(name, work).map(|result| METER.noted(result)),
            Presence::Away(_) => Err(work),
        }
    }

    /// Why the database counts as away, if it does.
    pub(super) fn absence(&self) -> Option<Arc<str>> {
        match &*self.presence.borrow() {
            Presence::Here(_) => None,
            Presence::Away(why) => Some(why.clone()),
        }
    }

    /// How many connections are lent, and how many wait for work.
    pub(super) fn lent_and_idle(&self) -> (u32, u32) {
        match &*self.presence.borrow() {
            Presence::Here(connections) => connections.lent_and_idle(),
            Presence::Away(_) => (0, 0),
        }
    }
}
