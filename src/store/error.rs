//! What may go wrong with the database, in eight words, and the one place where diesel's errors become them.
//! May import `access`.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::access::Stopped;

/// What went wrong. `Display` is safe to show; the detail of [`StoreError::Broken`] is for the log alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No such row among the person's own.
    #[error("not found")]
    NotFound,
    /// The token's subject has no account here.
    #[error("no account")]
    NoAccount,
    /// Access was taken back, or nobody knows whether it was; nothing was done.
    #[error("access was taken back")]
    Stopped(Stopped),
    /// A row with that key exists already, or one that this row refers to is gone.
    #[error("conflicts with a row that exists")]
    Conflict,
    /// Nothing was done; trying again later may help.
    #[error("busy: {0}")]
    Busy(Busy),
    /// The disk has no room; nothing was done.
    #[error("the database's disk is full")]
    Full,
    /// Anything else. After a write, it may or may not have been done.
    #[error("the database failed")]
    Broken(String),
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Too many writes wait already.
    #[error("too many writes are waiting")]
    Queue,
    /// No connection came free in time, or none could be made.
    #[error("no database connection came free")]
    Pool,
    /// What was used could not be written down, and there is no room to remember more of it.
    #[error("the access log is full")]
    Log,
    /// The database does not answer; what waited for it was given up.
    #[error("the database is away")]
    Away,
    /// Somebody else held a lock for too long.
    #[error("the database is locked")]
    Lock,
    /// The statement took too long.
    #[error("the database took too long")]
    Timeout,
    /// Two writes got in each other's way, more than once.
    #[error("other writes were in the way")]
    Raced,
    /// The connection was lost before the write was committed.
    #[error("the connection to the database was lost")]
    Lost,
    /// A sync of the disk failed, so nobody knows what it holds. Only a restart, which reads and writes it anew, mends that.
    #[error("no writes until a restart: the disk failed to keep one")]
    Halted,
    /// The store is being closed.
    #[error("the server is stopping")]
    Closing,
}

/// What a query function may fail with: [`StoreError`] itself, or a type that can carry one.
///
/// The store looks inside for faults that it can mend by itself, such as a deadlock, which it runs again.
pub trait Failure: From<StoreError> + Send + 'static {
    /// The store's own error, if this is one.
    fn store(&self) -> Option<&StoreError>;
}

impl Failure for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Ends a query function: by a fault of the store, or by its own decision, such as "the row is not what `If-Match` says".
/// Either way a write leaves nothing behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt<R> {
    /// The store's fault.
    Store(StoreError),
    /// The function's own reason.
    Refused(R),
}

impl<R> From<StoreError> for Halt<R> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<R> From<DieselError> for Halt<R> {
    fn from(error: DieselError) -> Self {
        Self::Store(error.into())
    }
}

impl<R: Send + 'static> Failure for Halt<R> {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

/// SQLite's words for every failure of the system below it but a full disk: `SQLITE_IOERR` and all of its kinds, a sync that
/// failed among them.
const INPUT_OUTPUT: &str = "disk I/O error";

impl StoreError {
    /// Whether the disk itself failed.
    pub(super) fn is_of_the_disk(&self) -> bool {
        matches!(self, Self::Broken(why) if why.contains(INPUT_OUTPUT))
    }

    /// What it is, for the log and for operators.
    pub fn detail(&self) -> String {
        match self {
            Self::Broken(why) => why.clone(),
            other => other.to_string(),
        }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(kind, told) => match kind {
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation => Self::Conflict,
                DatabaseErrorKind::SerializationFailure => Self::Busy(Busy::Raced),
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => Self::Busy(Busy::Lost),
                _ => by_message(told.message()),
            },
            other => Self::Broken(other.to_string()),
        }
    }
}

/// diesel hands on neither SQLite's result code nor PostgreSQL's SQLSTATE, so the messages have to do. SQLite's are
/// constants of its source (`sqlite3ErrStr`); PostgreSQL's are English unless `lc_messages` says otherwise, which the
/// checks at start warn about.
const BY_MESSAGE: &[(&str, StoreError)] = &[
    ("database or disk is full", StoreError::Full),
    ("No space left on device", StoreError::Full),
    ("Disk quota exceeded", StoreError::Full),
    // PostgreSQL: could not extend file "…": wrote only … of 8192 bytes at block …
    ("wrote only", StoreError::Full),
    ("database is locked", StoreError::Busy(Busy::Lock)),
    ("database table is locked", StoreError::Busy(Busy::Lock)),
    ("database schema is locked", StoreError::Busy(Busy::Lock)),
    ("due to lock timeout", StoreError::Busy(Busy::Lock)),
    ("due to statement timeout", StoreError::Busy(Busy::Timeout)),
    ("deadlock detected", StoreError::Busy(Busy::Raced)),
    ("terminating connection", StoreError::Busy(Busy::Lost)),
];

pub(super) fn by_message(message: &str) -> StoreError {
    let known = BY_MESSAGE.iter().find(|(part, _)| message.contains(part));
    known.map_or_else(|| StoreError::Broken(message.to_owned()), |(_, error)| error.clone())
}

/// What a library says in several lines, or indented, as one.
pub(super) fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

impl From<r2d2::Error> for StoreError {
    fn from(error: r2d2::Error) -> Self {
        log::warn!("no database connection: {}", one_line(&error.to_string()));
        Self::Busy(Busy::Pool)
    }
}

#[cfg(test)]
mod tests {
    use diesel::result::{DatabaseErrorKind, Error};

    use super::{Busy, StoreError};

    fn told(message: &str) -> StoreError {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned())).into()
    }

    #[test]
    fn what_the_databases_say_becomes_one_word() {
        assert_eq!(told("database or disk is full"), StoreError::Full);
        let full = "could not extend file \"base/5/1259\": No space left on device";
        assert_eq!(told(full), StoreError::Full);
        let half = "could not extend file \"base/5/1259\": wrote only 4096 of 8192 bytes at block 7";
        assert_eq!(told(half), StoreError::Full);
        assert_eq!(told("database is locked"), StoreError::Busy(Busy::Lock));
        assert_eq!(told("canceling statement due to statement timeout"), StoreError::Busy(Busy::Timeout));
        assert_eq!(told("canceling statement due to lock timeout"), StoreError::Busy(Busy::Lock));
        assert_eq!(told("deadlock detected"), StoreError::Busy(Busy::Raced));
        assert_eq!(told("disk I/O error"), StoreError::Broken("disk I/O error".into()));
        assert!(told("disk I/O error").is_of_the_disk());
        assert!(!told("database or disk is full").is_of_the_disk(), "there will be room again");
        assert!(!told("cannot commit - no transaction is active").is_of_the_disk());
        assert_eq!(StoreError::from(Error::NotFound), StoreError::NotFound);
    }

    #[test]
    fn the_detail_is_never_displayed() {
        assert_eq!(told("secret of the row").to_string(), "the database failed");
    }
}
