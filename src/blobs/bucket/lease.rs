//! How a backup holds a bucket: by an object beside the marker, which says until when, and is written again while it holds. Nobody
//! need lock anything to pass. What is taken away is named by no row any more, and never will be, before it is asked whether
//! somebody holds the bucket; who holds it looks at the rows only afterwards. So either it is seen, or its rows do not name the blob.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use object_store::path::Path as Location;
use object_store::{ObjectStoreExt as _, PutMode};
use serde::{Deserialize, Serialize};

use super::{Bucket, told, wait};
use crate::blobs::fault::BlobFault;
use crate::clock::{Clock as _, SystemClock};

/// A name that no key has.
const LEASE: &str = ".held";
/// How long one that is not written again holds: its process was killed, or has lost the bucket.
const LASTS: TimeDelta = TimeDelta::minutes(10);
const AGAIN_AFTER: Duration = Duration::from_mins(1);
const LOOK_AFTER: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize)]
struct Held {
    until: DateTime<Utc>,
}

impl Held {
    fn from_now() -> Vec<u8> {
        serde_json::to_vec(&Self { until: SystemClock.now() + LASTS }).unwrap_or_default()
    }
}

/// Held until it is dropped.
#[derive(Debug)]
pub(in crate::blobs) struct Lease {
    bucket: Bucket,
    /// Dropped, it ends the thread.
    ends: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl Bucket {
    /// Whether a backup or a verification holds the blobs. What cannot be understood does.
    pub(in crate::blobs) async fn is_held(&self) -> Result<bool, BlobFault> {
        let Some(text) = self.read(LEASE).await? else { return Ok(false) };
        Ok(serde_json::from_slice::<Held>(&text).is_ok_and(|held| held.until > SystemClock.now()))
    }

    pub(in crate::blobs) fn hold(&self, waiting: impl FnOnce()) -> io::Result<Lease> {
        if wait(self.owner())?.is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut waiting = Some(waiting);
        while !wait(async { self.take().await.map_err(told) })? {
            if let Some(waiting) = waiting.take() {
                waiting();
            }
            std::thread::sleep(LOOK_AFTER);
        }
        let (ends, ended) = mpsc::channel();
        let bucket = self.clone();
        let keeper = std::thread::spawn(move || {
            while ended.recv_timeout(AGAIN_AFTER) == Err(RecvTimeoutError::Timeout) {
                // If it cannot be written now, it is in a minute; until then it holds.
                let _ = wait(async { bucket.write_again().await.map_err(told) });
            }
        });
        Ok(Lease { bucket: self.clone(), ends: Some(ends), keeper: Some(keeper) })
    }

    async fn take(&self) -> Result<bool, BlobFault> {
        if self.create(LEASE, Held::from_now()).await? {
            return Ok(true);
        }
        if !self.is_held().await? {
            // Of a process that ended without removing it; the next look tries again.
            self.give_back().await?;
        }
        Ok(false)
    }

    async fn write_again(&self) -> Result<(), BlobFault> {
        let at = Location::from(LEASE);
        let put = self.store.put_opts(&at, Held::from_now().into(), PutMode::Overwrite.into());
        put.await.map(drop).map_err(BlobFault::from)
    }

    async fn give_back(&self) -> Result<(), BlobFault> {
        Ok(self.store.delete(&Location::from(LEASE)).await?)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.ends.take());
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
        // Should this fail, it ends by itself.
        let _ = wait(async { self.bucket.give_back().await.map_err(told) });
    }
}
