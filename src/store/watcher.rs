//! Watches PostgreSQL by asking it five times a second, on a connection of its own. A library that waits for a frozen or
//! vanished server never comes back by itself, so the asking is done by threads that may be left to hang.
//! May import nothing of ours but the rest of `store`.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel, sync_channel};
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
const EVERY: Duration = Duration::from_millis(200);
/// How soon after an answer that was none.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// Tries under way at most. Each ends by itself after the two seconds of [`super::backend`]'s `connect_timeout`.
const MOST_TRIES: usize = 10;
/// Threads that hang, in generations that were left behind, before no new one is begun; but four generations may. They end
/// when the network says that the other side is gone; only something between that keeps answering for it can hold them
/// for ever.
const MOST_HANGING: u32 = 128;

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
                Ok(db) => db,
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

    /// Asks on the connection that is held. Should that have been ended, new ones tell whether the database was; two,
    /// because whoever ends connections may end the first as well. Silence is not believed while others are answered: then
    /// it is this machine that is busy, and the next look takes a new connection.
    fn look(&self, held: Option<Db>) -> Result<Option<Db>, String> {
        let deadline = Instant::now() + self.patience;
        let mut told = Err(self.silence());
        for held in [held, None, None] {
            match self.ask(held).recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Ok(db)) => return Ok(Some(db)),
                Ok(Err(why)) => told = Err(why),
                Err(_) if self.others_are_answered() => return Ok(None),
                Err(_) => return Err(self.silence()),
            }
            thread::sleep(AGAIN_AFTER);
        }
        told
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

    fn others_are_answered(&self) -> bool {
        matches!(&*self.presence.borrow(), Presence::Here(connections) if connections.answered_lately())
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

    /// Keeps the newest reason. Nobody is woken by it: whoever waited for the database was told.
    fn still_away(&self, why: &str) {
        self.presence.send_if_modified(|presence| {
            *presence = Presence::Away(why.into());
            false
        });
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
                Ok(Err(why)) => {
                    self.still_away(&why);
                    false
                }
                Err(TryRecvError::Disconnected) => false,
                Err(TryRecvError::Empty) => true,
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
        let most = (MOST_HANGING / self.plan.size.max(1)).max(4) as usize;
        let why = if self.left.len() > most {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;
    use crate::store::StoreError;
    use crate::store::meter::Query;
    use crate::store::place::Place;

    /// A watch over a pool so large that four generations may hang.
    fn watch(folder: &std::path::Path) -> (Watch, watch::Receiver<Presence>, Sender<()>) {
        let place = Place::Sqlite(folder.join("x.db").to_str().unwrap().to_owned());
        let wait = Duration::from_secs(1);
        let plan = Plan { place, size: 128, waits: (&Limits::default()).into(), wait };
        let (sender, presence) = watch::channel(Presence::Away("at first".into()));
        let (stop, stopped) = channel();
        (Watch { plan, presence: sender, patience: wait, stopped, left: Vec::new() }, presence, stop)
    }

    #[test]
    fn silence_is_not_believed_while_others_are_answered() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watch, presence, _stop) = watch(folder.path());
        // Whatever is asked is not answered in time.
        watch.patience = Duration::ZERO;
        assert!(watch.begin());
        assert!(watch.look(None).is_err(), "nobody was answered");
        let Presence::Here(generation) = presence.borrow().clone() else { panic!("away") };
        generation.wait(Query::Read, |_| Ok::<_, StoreError>(())).unwrap();
        assert!(matches!(watch.look(None), Ok(None)), "somebody was");
        thread::sleep(Duration::from_millis(300));
        assert!(watch.look(None).is_err(), "that was long ago");
    }

    /// A database that shuts down says so at first; later its port refuses.
    #[test]
    fn the_newest_reason_is_kept_and_wakes_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watch, mut presence, stop) = watch(folder.path());
        watch.plan.place = Place::parse("postgres://me@127.0.0.1:1/x").unwrap();
        watch.away("the database system is shutting down");
        presence.mark_unchanged();
        let trying = thread::spawn(move || watch.until_back().is_none());
        let why = || match &*presence.borrow() {
            Presence::Away(why) => why.to_string(),
            Presence::Here(_) => panic!("nobody listens there"),
        };
        let begun = Instant::now();
        while !why().contains("refused") {
            assert!(begun.elapsed() < Duration::from_mins(1), "{}", why());
            thread::sleep(Duration::from_millis(10));
        }
        assert!(!presence.has_changed().unwrap());
        drop(stop);
        assert!(trying.join().unwrap());
    }

    #[test]
    fn what_hangs_is_bounded_and_what_ended_is_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let (mut watch, presence, _stop) = watch(folder.path());
        let mut hanging = Vec::new();
        for _ in 0..5 {
            assert!(watch.begin());
            let Presence::Here(generation) = presence.borrow().clone() else { panic!("away") };
            hanging.push(generation);
            watch.away("the test says so");
        }
        assert!(!watch.begin());
        let Presence::Away(why) = presence.borrow().clone() else { panic!("a sixth generation") };
        assert!(why.contains("restart"), "{why}");
        hanging.pop();
        assert!(watch.begin());
    }
}
