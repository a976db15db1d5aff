//! What is kept for a while only: what tells clients that something is gone, which creates were done already, what of a picture
//! came so far, and who read what.
//! May import nothing of ours but the rest of `store`.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Untyped;

use super::Store;
use super::columns::Instant;
use super::db::Db;
use super::error::StoreError;
use super::meter::Query;

/// How many rows go in one transaction: whoever writes meanwhile waits for no more.
const AT_ONCE: usize = 500;

/// Each table's key, and which of its rows are of what kind.
const TOMBSTONES: [(&str, &str, &str); 6] = [
    ("contact_changes", "person, changed, contact, folder", "gone <> 0 AND at"),
    ("contact_folder_changes", "person, changed, folder", "gone <> 0 AND at"),
    ("event_changes", "person, changed, event, calendar", "gone <> 0 AND at"),
    ("event_pasts", "person, event, changed", "at"),
    ("photo_changes", "person, changed, photo", "gone <> 0 AND at"),
    ("album_changes", "person, changed, album", "gone <> 0 AND at"),
];
const USES: [(&str, &str, &str); 1] = [("access_log", "person, hour, client, kind, operation", "hour")];
const UPLOADS: [(&str, &str, &str); 1] = [("upload_sessions", "person, id", "expires_at")];
const CREATES: [(&str, &str, &str); 1] = [("idempotency_keys", "person, key", "created_at")];

impl Store {
    /// Forgets what was deleted before `before`. Gives how much it was.
    pub async fn forget_deleted(&self, before: Instant) -> Result<usize, StoreError> {
        self.forget(&TOMBSTONES, before).await
    }

    /// Forgets the creates of before `before`. Gives how many they were.
    pub async fn forget_creates(&self, before: Instant) -> Result<usize, StoreError> {
        self.forget(&CREATES, before).await
    }

    /// Forgets the uploads that were over before `before`, with what came of them. Gives how many they were.
    pub async fn forget_uploads(&self, before: Instant) -> Result<usize, StoreError> {
        self.forget(&UPLOADS, before).await
    }

    /// Forgets what was used in hours that began before `before`. Gives how many rows that were.
    pub async fn forget_uses(&self, before: Instant) -> Result<usize, StoreError> {
        self.forget(&USES, before).await
    }

    async fn forget(&self, tables: &[(&str, &str, &str)], before: Instant) -> Result<usize, StoreError> {
        let mut forgotten = 0;
        for (table, key, when) in tables {
            // Of our own words and a number: nothing in it comes from outside.
            let old = format!("SELECT {key} FROM {table} WHERE {when} < {} LIMIT {AT_ONCE}", before.micros());
            let statement = format!("DELETE FROM {table} WHERE ({key}) IN ({old})");
            loop {
                let statement = statement.clone();
                let delete =
                    move |db: &mut Db| -> Result<usize, StoreError> { Ok(sql::<Untyped>(&statement).execute(db)?) };
                let gone = self.submit(Query::Expiry, delete).await?;
                forgotten += gone;
                if gone < AT_ONCE {
                    break;
                }
            }
        }
        Ok(forgotten)
    }
}
