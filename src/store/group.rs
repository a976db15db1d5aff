//! Group commit on SQLite: writes that wait together share one transaction, and so one fsync.
//! Each has its own savepoint; what one does wrong is undone for it alone. May import only the rest of `store`.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::backend::{Waits, begin, commit, depth, roll_back, savepoint};
use super::checkpoint;
use super::db::Db;
use super::error::{Busy, StoreError};
use super::job::{Job, Verdict};
use super::meter::METER;

type Open = Box<dyn Fn() -> Result<Db, StoreError> + Send>;

/// The one connection that writes, and how to open it again.
pub(super) struct Desk {
    open: Open,
    waits: Waits,
    db: Option<Db>,
    /// The disk failed at a commit or a checkpoint: what it holds, and what the system's memory only seems to have given it, is
    /// not known any more. A later commit could be acknowledged on top of one that is not there, so there is none.
    halted: bool,
    /// The last checkpoint failed, which is said once.
    untidy: bool,
}

/// What became of a group.
enum Together {
    /// All share this fate.
    Same(Result<(), StoreError>),
    /// Nothing was kept, through no fault of most: each is to be run again by itself.
    Apart,
}

impl Desk {
    pub(super) fn new(open: Open, waits: Waits, db: Db) -> Self {
        METER.halted(false);
        Self { open, waits, db: Some(db), halted: false, untidy: false }
    }

    /// Does the jobs and answers them, each only after what it wrote is on the disk.
    pub(super) fn serve(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        if self.halted {
            for job in jobs {
                job.answer(Err(StoreError::Busy(Busy::Halted)));
            }
            return;
        }
        if jobs.len() > 1
            && let Together::Same(fate) = self.together(&mut jobs)
        {
            for job in jobs {
                job.answer(fate.clone());
            }
            return;
        }
        for mut job in jobs {
            let fate = self.alone(job.as_mut());
            job.answer(fate);
        }
    }

    /// Keeps the write-ahead log short, after everybody has been answered.
    pub(super) fn tidy(&mut self) {
        let Some(db) = self.db.as_mut().filter(|_| !self.halted) else { return };
        match checkpoint::if_long(db) {
            Err(error) if error.is_of_the_disk() => self.halt("a checkpoint", &error),
            Err(error) if !self.untidy => {
                self.untidy = true;
                log::warn!("the write-ahead log is not copied into the database: {}", error.detail());
            }
            Err(_) => {}
            Ok(()) => self.untidy = false,
        }
    }

    /// Empties the write-ahead log: the end. A disk that failed is left alone; the next start recovers.
    pub(super) fn finish(&mut self) {
        if self.halted {
            return;
        }
        let emptied = self.connection().map_err(|error| error.detail());
        if let Err(error) =
            emptied.and_then(|db| checkpoint::whole(db, Duration::ZERO).map_err(|error| error.to_string()))
        {
            log::warn!("{error}; the next start does it");
        }
    }

    fn halt(&mut self, what: &str, error: &StoreError) {
        self.halted = true;
        METER.halted(true);
        log::error!(
            "the disk failed {what} ({}): no more writes until this server is restarted. Check the disk first",
            error.detail()
        );
    }

    fn connection(&mut self) -> Result<&mut Db, StoreError> {
        match &mut self.db {
            Some(db) => Ok(db),
            closed => Ok(closed.insert((self.open)()?)),
        }
    }

    /// Closes the connection; the next turn opens another. What was open on it is rolled back.
    pub(super) fn drop_connection(&mut self) {
        self.db = None;
    }

    fn together(&mut self, jobs: &mut [Box<dyn Job>]) -> Together {
        if let Err(error) = self.begin() {
            return Together::Same(Err(error));
        }
        let Some(db) = &mut self.db else { return Together::Apart };
        if !jobs.iter_mut().all(|job| in_savepoint(db, job.as_mut())) {
            log::warn!("a write ended the transaction of {} writes: each is run again by itself", jobs.len());
            self.drop_connection();
            return Together::Apart;
        }
        match self.commit(jobs.len()) {
            Ok(()) => Together::Same(Ok(())),
            Err(Unkept::Unknown(error)) => Together::Same(Err(error)),
            Err(Unkept::Undone(error)) => {
                log::warn!("{} writes could not be committed together ({error}): each is run again", jobs.len());
                Together::Apart
            }
        }
    }

    fn alone(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        self.begin()?;
        let Some(db) = &mut self.db else { return Err(StoreError::Broken("no connection".into())) };
        let verdict = job.run(db);
        match (verdict, depth(db)) {
            (Verdict::Keep, Some(1)) => {
                self.commit(1).map_err(|(Unkept::Undone(error) | Unkept::Unknown(error))| error)
            }
            (Verdict::Keep, _) => {
                self.drop_connection();
                Err(StoreError::Broken("a query function left a transaction open, or ended ours".into()))
            }
            (Verdict::Undo, Some(1)) if roll_back(db).is_ok() => Ok(()),
            (Verdict::Undo, _) => {
                // Closing rolls back what is still open, and the job's own error stands.
                self.drop_connection();
                Ok(())
            }
        }
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        let waits = self.waits;
        let begun = begin(self.connection()?, waits);
        begun.map_err(|error| {
            let error = StoreError::from(error);
            if !matches!(error, StoreError::Busy(_)) {
                self.drop_connection();
            }
            error
        })
    }

    fn commit(&mut self, writes: usize) -> Result<(), Unkept> {
        let Some(db) = &mut self.db else { return Err(Unkept::Undone(StoreError::Broken("no connection".into()))) };
        METER.commit(|| commit(db)).map_err(|error| {
            self.drop_connection();
            let unkept = Unkept::from(error);
            if let Unkept::Unknown(error) = &unkept
                && error.is_of_the_disk()
            {
                self.halt("a commit", error);
            }
            unkept
        })?;
        METER.committed(writes);
        Ok(())
    }
}

/// Runs one job in a savepoint of the group's transaction; whether that transaction is still what it was before, plus
/// or minus this job. SQLite ends it when the disk is full, at I/O errors and when memory runs out; diesel does not
/// notice before the savepoint is released.
fn in_savepoint(db: &mut Db, job: &mut dyn Job) -> bool {
    if savepoint(db).is_err() {
        return false;
    }
    let verdict = job.run(db);
    let ended = match verdict {
        Verdict::Keep => commit(db),
        Verdict::Undo => roll_back(db),
    };
    ended.is_ok() && depth(db) == Some(1)
}

/// A COMMIT that failed.
enum Unkept {
    /// It is certain that nothing was kept.
    Undone(StoreError),
    /// The disk may have it or not: an fsync that failed is never tried again, its pages may be gone.
    Unknown(StoreError),
}

impl From<DieselError> for Unkept {
    fn from(error: DieselError) -> Self {
        let error = match error {
            DieselError::RollbackErrorOnCommit { commit_error, .. } => *commit_error,
            error => error,
        };
        let known = matches!(
            error,
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::UniqueViolation, _)
        );
        match StoreError::from(error) {
            error @ (StoreError::Full | StoreError::Busy(_)) => Self::Undone(error),
            error if known => Self::Undone(error),
            error => {
                Self::Unknown(StoreError::Broken(format!("the outcome of a commit is not known: {}", error.detail())))
            }
        }
    }
}
