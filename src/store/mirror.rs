//! `Mirror`: keeps the map that requests are checked against equal to the rows, and writes down whose tokens were seen.
//! May import `access`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::Mutex;

use super::error::StoreError;
use super::{Store, columns};
use crate::access::{Holder, Revocations, Seen};

/// How often it is filled even if nothing changed: what was first used long ago enters it in time.
const FILLED_EVERY: Duration = Duration::from_hours(1);
/// How long before its end a consent enters it: longer than it takes to be filled anew, however slowly.
const AHEAD: TimeDelta = TimeDelta::days(1);

/// What is in memory and what is in the rows. One for the process.
pub struct Mirror {
    store: Store,
    map: Arc<Revocations>,
    seen: Arc<Seen>,
    noting: Arc<Mutex<()>>,
    /// One fills it at a time, so that what was read earlier never takes the place of what was read later.
    filled: Mutex<Option<Filled>>,
}

#[derive(Clone, Copy)]
struct Filled {
    /// Of how many changes it knows.
    number: i64,
    at: Instant,
}

impl Mirror {
    /// Between `store` and what is in memory: `map`, filled at the first look, and `seen`.
    pub fn new(store: Store, map: Arc<Revocations>, seen: Arc<Seen>) -> Self {
        Self { store, map, seen, noting: Arc::default(), filled: Mutex::default() }
    }

    /// How long a consent lasts.
    pub fn consent(&self) -> TimeDelta {
        self.map.consent()
    }

    /// Whether the operator keeps out this client of the holder's person, who last signed in there at `auth_time`.
    pub fn bars(&self, holder: &Holder, client: &str, auth_time: Option<columns::Instant>) -> bool {
        self.map.barred((holder.issuer(), holder.subject(), client), auth_time.map(columns::Instant::datetime))
    }

    /// Writes down whose tokens were seen until now. Whoever asks may go away: what was taken is written all the same, or put back.
    pub async fn note(&self) -> Result<(), StoreError> {
        let (store, seen, noting) = (self.store.clone(), self.seen.clone(), self.noting.clone());
        let note = tokio::spawn(async move {
            // What another took is not seen yet as long as that has not ended.
            let _turn = noting.lock().await;
            store.note_seen(&seen).await
        });
        note.await.map_err(|fault| StoreError::Broken(fault.to_string()))?
    }

    /// Fills the map if the rows changed, by whomever.
    pub async fn look(&self) -> Result<(), StoreError> {
        let mut filled = self.filled.lock().await;
        let number = self.store.revocation_number().await?;
        match *filled {
            Some(known) if known.number == number && known.at.elapsed() < FILLED_EVERY => self.map.refreshed(),
            _ => {
                let at = Instant::now();
                self.fill().await?;
                *filled = Some(Filled { number, at });
            }
        }
        Ok(())
    }

    // The rows are read after their number, and consents after revocations: whatever is committed in between makes the number
    // greater, and until it is seen the map is the stricter one.
    async fn fill(&self) -> Result<(), StoreError> {
        let revocations = self.store.revocations().await?;
        let before = self.store.now().datetime() - (self.map.consent() - AHEAD);
        let consents = self.store.consents(before.into()).await?;
        self.map.replace(revocations.into_iter().map(Into::into).collect(), consents);
        Ok(())
    }
}
