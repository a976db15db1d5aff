//! SQLite's writer: one thread, a bounded queue, and as many waiting writes as there are in each transaction.
//! May import only the rest of `store`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::db::Db;
use super::error::{Busy, Failure, StoreError};
use super::files::Lock;
use super::group::Desk;
use super::job::{Job, Pending};
use super::meter::{METER, Query};
use super::start::StartError;

/// How the writer works; not configuration, but for tests and benches.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// Writes that share a transaction at most; 1: each has its own.
    pub group: usize,
    /// Writes that wait at most; one more is told to come back.
    pub queue: usize,
    /// How long a start waits for whoever keeps the write-ahead log from being emptied.
    pub patience: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { group: 128, queue: 1024, patience: Duration::from_secs(30) }
    }
}

enum Message {
    Job(Box<dyn Job>),
    Close,
}

/// The way to the writer's thread. Dropping it closes it, so that the file is free for the next who opens it.
pub(super) struct Writer {
    queue: SyncSender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. It keeps the file's lock until it ends.
    pub(super) fn start(desk: Desk, tuning: Tuning, lock: Arc<Lock>) -> Result<Self, StartError> {
        let (queue, messages) = sync_channel(tuning.queue.max(1));
        let thread = std::thread::Builder::new()
            .name("sharehold-writer".into())
            .spawn(move || {
                work(desk, &messages, tuning.group.max(1));
                drop(lock);
            })
            .map_err(|error| StartError::failed("the writer's thread cannot be started", &error))?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Queues a write and waits for it to be on the disk. If the caller goes away meanwhile, the write is done all the same.
    pub(super) async fn write<T, E>(
        &self,
        name: Query,
        job: impl FnMut(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let (job, answer) = Pending::new(name, job);
        let queued = self.queue.try_send(Message::Job(Box::new(job))).map_err(|error| {
            StoreError::Busy(match error {
                TrySendError::Full(_) => Busy::Queue,
                TrySendError::Disconnected(_) => Busy::Closing,
            })
        });
        METER.noted(match queued {
            Ok(()) => answer
                .await
                .unwrap_or_else(|_| Err(StoreError::Broken("the writer ended before it answered".into()).into())),
            Err(error) => Err(error.into()),
        })
    }

    /// Does what waits, checkpoints, and ends the thread. Blocks until then; the second call does nothing.
    pub(super) fn close(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = self.queue.send(Message::Close);
            // A query function may hold the last `Store`, which then ends on the writer's own thread.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn work(mut desk: Desk, messages: &Receiver<Message>, group: usize) {
    let mut closing = false;
    while !closing {
        let Ok(first) = messages.recv() else { break };
        closing = turn(&mut desk, first, messages, group);
        desk.tidy();
    }
    // What came in behind the order to close.
    while let Ok(message) = messages.try_recv() {
        turn(&mut desk, message, messages, group);
    }
    desk.finish();
}

/// One transaction: the first message and what waits behind it. Whether the order to close was among them.
fn turn(desk: &mut Desk, first: Message, messages: &Receiver<Message>, group: usize) -> bool {
    let mut closing = false;
    let mut jobs = Vec::new();
    let mut next = Some(first);
    while let Some(message) = next {
        match message {
            Message::Job(job) => jobs.push(job),
            Message::Close => closing = true,
        }
        next = if closing || jobs.len() >= group { None } else { messages.try_recv().ok() };
    }
    // Jobs catch their own panics. Should one come from elsewhere, its callers are told by their closed channels.
    if !jobs.is_empty() && catch_unwind(AssertUnwindSafe(|| desk.serve(jobs))).is_err() {
        desk.drop_connection();
    }
    closing
}
