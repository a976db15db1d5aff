//! Watches PostgreSQL by asking it four times a second, on a connection of its own. A library that waits for a frozen or
//! vanished server never comes back by itself, so the asking is done by threads that may be left to hang.
//! May import nothing of ours but the rest of `store`.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use diesel::r2d2::R2D2Connection;
use tokio::sync::watch;

use super::backend::{Purpose, connect};
use super::connections::{Connections, Plan};
use super::db::Db;
use super::pool::Presence;
use super::start::StartError;

/// How often it is asked, and how often a connection is tried while it is away.
const EVERY: Duration = Duration::from_millis(250);
/// Tries under way at most. Each ends by itself after the two seconds of [`super::backend`]'s `connect_timeout`.
const MOST_TRIES: usize = 8;
/// Generations of connections that hang at most, before no new one is begun: so the threads are bounded. They end when the
/// network says that the other side is gone; only something between that keeps answering for it can hold them for ever.
const MOST_HANGING: usize = 4;

/// The thread that watches; it ends when this is dropped.
pub(super) struct Watcher {
    _stop: Sender<()>,
}

impl Watcher {
    /// Starts it; from then on it tells `presence`.
    pub(super) fn start(plan: Plan, presence: watch::Sender<Presence>) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        // Half of what a request may wait for a connection: whoever waits hears of it before that is over.
        let patience = plan.wait / 2;
        let mut watch = Watch { plan, presence, patience, stopped, left: Vec::new() };
        thread::Builder::new().name("sharehold-watch".into()).spawn(move || watch.run())?;
        Ok(Self { _stop: stop })
    }
}

type Answer = Result<Db, String>;

struct Watch {
    plan: Plan,
    presence: watch::Sender<Presence>,
    patience: Duration,
    stopped: Receiver<()>,
    /// The generations that were left behind.
    left: Vec<Weak<Connections>>,
}

impl Watch {
    fn run(&mut self) {
        let mut held = None;
        while !self.has_stopped() {
            held = match self.look(held.take()) {
                Ok(db) => Some(db),
                Err(why) => {
                    self.away(&why);
                    self.until_back()
                }
            };
        }
    }

    /// Waits for the next turn; whether there is none.
    fn has_stopped(&self) -> bool {
        self.stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Disconnected)
    }

    /// Asks on the connection that is held. Should that have been lost, a new one tells whether the database was.
    fn look(&self, held: Option<Db>) -> Answer {
        let deadline = Instant::now() + self.patience;
        let wait = |asked: Receiver<Answer>| asked.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        if held.is_some() {
            match wait(self.ask(held)) {
                Ok(Ok(db)) => return Ok(db),
                Ok(Err(_)) => {}
                Err(_) => return Err(self.silence()),
            }
        }
        wait(self.ask(None)).unwrap_or_else(|_| Err(self.silence()))
    }

    /// Asks on a thread of its own. The generation in use counts as hanging for as long as the thread does.
    fn ask(&self, held: Option<Db>) -> Receiver<Answer> {
        let (tell, told) = sync_channel(1);
        let (plan, patience, silence) = (self.plan.clone(), self.patience, self.silence());
        let generation = self.presence.borrow().clone();
        let asking = move || {
            let failed =
                |error: &dyn std::fmt::Display| StartError::failed("PostgreSQL", &error.to_string()).to_string();
            let asked = || -> Answer {
                let mut db = match held {
                    Some(db) => db,
                    None => connect(&plan.place, Purpose::Reads, plan.waits).map_err(|error| failed(&error))?,
                };
                let since = Instant::now();
                db.ping().map_err(|error| failed(&error))?;
                if since.elapsed() > patience { Err(silence) } else { Ok(db) }
            };
            let _ = tell.send(asked());
            drop(generation);
        };
        // Without a thread nothing is told, which is taken for silence.
        if let Err(fault) = thread::Builder::new().name("sharehold-ask".into()).spawn(asking) {
            log::error!("the database cannot be asked: no thread: {fault}");
        }
        told
    }

    fn silence(&self) -> String {
        format!("no answer within {} ms", self.patience.as_millis())
    }

    /// Whoever waits for the database learns now that it is away.
    fn away(&mut self, why: &str) {
        log::error!("the database is away: {why}; what needs it is answered 503 until it is back");
        if let Presence::Here(left) = self.presence.send_replace(Presence::Away(why.into())) {
            self.left.push(Arc::downgrade(&left));
        }
    }

    /// Tries until a new connection answers, and begins a new generation then. Nothing if the watch is over.
    fn until_back(&mut self) -> Option<Db> {
        let since = Instant::now();
        let mut tries: Vec<Receiver<Answer>> = Vec::new();
        loop {
            if tries.len() < MOST_TRIES {
                tries.push(self.ask(None));
            }
            if self.has_stopped() {
                return None;
            }
            let mut back = None;
            tries.retain(|one| match one.try_recv() {
                Ok(Ok(db)) => {
                    back = Some(db);
                    false
                }
                Ok(Err(_)) | Err(std::sync::mpsc::TryRecvError::Disconnected) => false,
                Err(std::sync::mpsc::TryRecvError::Empty) => true,
            });
            if back.is_some() && self.begin() {
                log::warn!("the database is back after {} ms", since.elapsed().as_millis());
                return back;
            }
        }
    }

    /// Begins a new generation of connections, unless too many hang.
    fn begin(&mut self) -> bool {
        self.left.retain(|left| left.strong_count() > 0);
        let why = if self.left.len() > MOST_HANGING {
            "it answers, but the connections of its last outages still hang: restart this server".to_owned()
        } else {
            match Connections::new(&self.plan) {
                Ok(connections) => {
                    self.presence.send_replace(Presence::Here(Arc::new(connections)));
                    return true;
                }
                Err(fault) => format!("it answers, but no thread can be started: {fault}"),
            }
        };
        self.presence.send_replace(Presence::Away(why.into()));
        false
    }
}
