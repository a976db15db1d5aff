//! Writes down whose tokens came, and what was read and refused, twice a second and once more at the stop.

use std::time::Duration;

use actix_web::web::Data;
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::task::JoinHandle;

use crate::store::{Busy, Mirror, Store, StoreError};

/// How often. A process that is killed takes no more than this with it, and of reads only.
const EVERY: Duration = Duration::from_millis(500);
/// How long the stop waits for the last of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The task that does.
pub struct Logged {
    stop: Sender<()>,
    task: JoinHandle<()>,
}

impl Logged {
    /// Begins.
    pub fn start(store: Store, mirror: Data<Mirror>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: actix_web::rt::spawn(keep_logged(store, mirror, stopped)) }
    }

    /// Writes what there is by now, and ends.
    pub async fn stop(self) {
        drop(self.stop);
        if tokio::time::timeout(PATIENCE, self.task).await.is_err() {
            log::error!(
                "what was read last is not in the access log: the database did not take it within {PATIENCE:?}"
            );
        }
    }
}

/// A turn under way is never given up: what it took would be lost.
async fn keep_logged(store: Store, mirror: Data<Mirror>, mut stopped: Receiver<()>) {
    let mut is_behind = false;
    loop {
        let is_last = tokio::select! {
            _ = &mut stopped => true,
            () = wait(&store, is_behind) => false,
        };
        // Each for itself: what one cannot write is no reason to keep the other's.
        let (noted, logged) = (mirror.note().await, store.log_uses().await);
        is_behind = match noted.and(logged) {
            Ok(()) => false,
            // Said once, by who found out.
            Err(StoreError::Busy(Busy::Away | Busy::Lost | Busy::Halted)) => true,
            Err(fault) => {
                if !is_behind || is_last {
                    log::error!("whose tokens came, or what they read, could not be written down: {}", fault.detail());
                }
                true
            }
        };
        if is_last {
            return;
        }
    }
}

/// Until the next turn: earlier, if much was gathered and the last turn could write.
async fn wait(store: &Store, is_behind: bool) {
    let turn = tokio::time::sleep(EVERY);
    if is_behind {
        return turn.await;
    }
    tokio::select! {
        () = turn => {}
        () = store.uses().filling() => {}
    }
}
