//! Whether the database takes writes, for `/readyz`: one small write, at most once a second.
//! May import only the rest of `store`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tokio::sync::Mutex;

use super::columns;
use super::error::StoreError;
use super::meter::Query;
use super::tables::readiness;
use super::{Store, migrate};

/// An answer is good for this long.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// A database that takes longer than this is not ready.
const PATIENCE: Duration = Duration::from_millis(500);

/// The last answer and when it was given.
pub(super) type Last = Mutex<Option<(Instant, Result<(), String>)>>;

impl Store {
    /// Whether a write gets to the disk within 500 ms and every migration has been run; else why not, and at once
    /// while the database is away.
    /// The answer is kept for a second; who asks meanwhile waits for the probe that runs.
    pub async fn ready(&self) -> Result<(), String> {
        let away = |why: Arc<str>| Err(format!("it is away: {why}"));
        if let Some(why) = self.inner.pool.absence() {
            return away(why);
        }
        let mut last = self.inner.probed.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < GOOD_FOR
        {
            return answer.clone();
        }
        let answer = match tokio::time::timeout(PATIENCE, self.probe()).await {
            Ok(answer) => answer,
            Err(_) => Err("the database did not take a write within 500 ms".into()),
        };
        // What was asked of a database that went away meanwhile says nothing of it when it is back.
        if let Some(why) = self.inner.pool.absence() {
            return away(why);
        }
        *last = Some((Instant::now(), answer.clone()));
        answer
    }

    async fn probe(&self) -> Result<(), String> {
        let now = columns::Instant::from(self.inner.clock.now());
        let write = self.submit(Query::Readiness, move |db| -> Result<(), StoreError> {
            diesel::update(readiness::table.find(1)).set(readiness::checked_at.eq(now)).execute(db)?;
            Ok(())
        });
        write.await.map_err(|error| format!("the database takes no writes: {error}"))?;
        match self.inner.pool.hop(Query::Readiness, migrate::at_head).await {
            Ok(true) => Ok(()),
            Ok(false) => Err("migrations have not been run".into()),
            Err(error) => Err(format!("the database cannot be read: {error}")),
        }
    }
}
