//! Writes on PostgreSQL: a transaction each, on a pooled connection; the server groups their fsyncs by itself.
//! May import only the rest of `store`.

use std::time::Duration;

use super::backend::{Waits, begin, commit, depth, roll_back};
use super::db::Db;
use super::error::{Busy, Failure, StoreError};
use super::fate::Fate;
use super::meter::METER;

/// How often a write is tried when others keep getting in its way.
const TRIES: u32 = 3;
/// How long to stand aside before the second try; twice that before the third.
const PAUSE: Duration = Duration::from_millis(20);

/// BEGIN, `work`, COMMIT, unless `fate` forbids it; once more after a deadlock or a serialization failure, which undid everything.
pub(super) fn write<T, E: Failure>(
    db: &mut Db,
    waits: Waits,
    fate: &Fate,
    mut work: impl FnMut(&mut Db) -> Result<T, E>,
) -> Result<T, E> {
    let mut tries = 1;
    loop {
        let result = once(db, waits, fate, &mut work);
        let raced = matches!(&result, Err(error) if error.store() == Some(&StoreError::Busy(Busy::Raced)));
        if !raced || tries == TRIES {
            return result;
        }
        // Gives the other time to take what was given up; at once, this one might take it again and both be where they were.
        std::thread::sleep(PAUSE * tries);
        tries += 1;
    }
}

fn once<T, E: Failure>(
    db: &mut Db,
    waits: Waits,
    fate: &Fate,
    work: &mut impl FnMut(&mut Db) -> Result<T, E>,
) -> Result<T, E> {
    begin(db, waits).map_err(StoreError::from)?;
    let value = match work(db) {
        Ok(value) if depth(db) == Some(1) => value,
        Ok(_) => return Err(undo(db, StoreError::Broken("a query function left a transaction open".into())).into()),
        Err(error) => {
            // If this fails the connection is of no more use, which the pool sees by itself.
            let _ = roll_back(db);
            return Err(error);
        }
    };
    if let Err(error) = fate.commit() {
        return Err(undo(db, error).into());
    }
    match METER.commit(|| commit(db)).map_err(StoreError::from) {
        Ok(()) => Ok(value),
        // Without an answer to COMMIT nobody knows; to say "busy" would make the client do it twice.
        Err(StoreError::Busy(Busy::Lost)) => {
            Err(StoreError::Broken("the connection was lost during a commit".into()).into())
        }
        Err(error) => Err(undo(db, error).into()),
    }
}

fn undo(db: &mut Db, error: StoreError) -> StoreError {
    while depth(db).is_some_and(|depth| depth > 0) {
        if roll_back(db).is_err() {
            break;
        }
    }
    error
}
