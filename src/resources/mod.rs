//! The kinds of resource, one folder each, all of the same shape: `mod` (the kind, its scopes, its endpoints), `handlers`,
//! `model`, `queries`. They share what stands beside them here and never import each other. `batch`, `well_known`, `explorer`
//! and `owner_page` have folders too, and no data. May import `store`, `blobs`, `picture`, `access`, `query`, `config`, `problem`.
//!
//! To add a kind: copy `profile/`, add its lines to [`all`] and [`audits`], its table to `store/tables.rs`, a migration to both chains and
//! its behaviour to `tests/api/`. The layering, matrix, parity and contract tests each name what was forgotten.

pub mod accept;
pub mod access_log;
pub mod apart;
pub mod attempt;
pub mod audit;
pub mod batch;
pub mod body;
pub mod calendar;
pub mod collection;
pub mod conditions;
pub mod contacts;
pub mod content_line;
pub mod contents;
pub mod endpoint;
pub mod explorer;
pub mod given;
pub mod grants;
pub mod idempotency;
pub mod import;
pub mod octets;
pub mod owner_page;
pub mod photo;
pub mod photos;
pub mod profile;
pub mod shape;
#[cfg(test)]
mod shape_tests;
pub mod static_files;
pub mod sweep;
pub mod well_known;

use endpoint::Endpoint;

use crate::blobs::BlobFault;
use crate::config::Retention;
use crate::picture::PictureFault;
use crate::problem::{Code, Problem};
use crate::store::{Busy, Halt, Instant, Store, StoreError};

/// Every operation of the server: one line a kind.
pub fn all() -> Vec<Endpoint> {
    [
        profile::endpoints(),
        contacts::endpoints(),
        calendar::endpoints(),
        photos::endpoints(),
        access_log::endpoints(),
        grants::endpoints(),
        batch::endpoints(),
        well_known::endpoints(),
        explorer::endpoints(),
        owner_page::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What every kind says of its own rows, for `verify` and `backup`: one line a kind.
pub fn audits() -> &'static [audit::Audit] {
    &[
        profile::audit::AUDIT,
        contacts::audit::AUDIT,
        calendar::audit::AUDIT,
        photos::audit::AUDIT,
        access_log::audit::AUDIT,
        grants::audit::AUDIT,
    ]
}

/// Forgets what was deleted longer ago than any delta token is good for, creates that may be done again, uploads that are over, and
/// the access log of longer ago than the operator keeps it. Gives how many rows that were.
pub async fn forget_old(store: &Store, retention: &Retention) -> Result<usize, StoreError> {
    let before = |age: i64| Instant::from_micros(store.now().micros().saturating_sub(age));
    let creates = store.forget_creates(before(idempotency::KEY_AGE)).await?;
    let uploads = store.forget_uploads(before(0)).await?;
    let uses = store.forget_uses(before(i64::from(retention.access_log_days) * access_log::DAY)).await?;
    Ok(creates + uploads + uses + store.forget_deleted(before(collection::TOMBSTONE_AGE)).await?)
}

impl From<Halt<Problem>> for Problem {
    fn from(halt: Halt<Self>) -> Self {
        match halt {
            Halt::Refused(problem) => problem,
            Halt::Store(fault) => fault.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::new(Code::NotFound, "There is no such item, or it is not yours."),
            StoreError::NoAccount => {
                Self::new(Code::AccessDenied, "This person has no account here; the operator makes accounts.")
                    .cause("no_account")
            }
            StoreError::Stopped(stopped) => stopped.into(),
            StoreError::Conflict => {
                Self::new(Code::PreconditionFailed, "It was changed since. Get it again, then change it.")
            }
            StoreError::Busy(why @ Busy::Halted) => {
                let message = "The server takes no changes until its operator restarts it: its disk failed to keep one. \
                               Reading works, and what was acknowledged is kept.";
                Self::new(Code::Unavailable, message).retry_after(30).cause(why.to_string())
            }
            StoreError::Busy(why) => {
                Self::new(Code::Unavailable, "The server cannot take this request at the moment. Try again.")
                    .retry_after(1)
                    .cause(why.to_string())
            }
            StoreError::Full => {
                Self::new(Code::InsufficientStorage, "There is no room left to store this; nothing was changed.")
            }
            StoreError::Broken(cause) => Self::internal(cause),
        }
    }
}

impl From<BlobFault> for Problem {
    fn from(fault: BlobFault) -> Self {
        match fault {
            BlobFault::TooLarge => Self::new(Code::TooLarge, "This is larger than the server takes."),
            BlobFault::Full => StoreError::Full.into(),
            // Whoever looks for a blob has it from a row.
            BlobFault::Absent => Self::internal("a row names a blob that is not there"),
            BlobFault::Closed(cause) => {
                let message =
                    "The server cannot reach or store pictures until its operator mends its storage. Try again later.";
                Self::new(Code::Unavailable, message).retry_after(30).cause(cause)
            }
            BlobFault::Failed(cause) => Self::internal(cause),
        }
    }
}

impl From<PictureFault> for Problem {
    fn from(fault: PictureFault) -> Self {
        let message = fault.to_string();
        match fault {
            PictureFault::Kind(_) => Self::new(Code::UnsupportedMedia, message),
            PictureFault::Size(_) => Self::new(Code::InvalidImage, message),
            PictureFault::Broken(cause) => Self::new(Code::InvalidImage, message).cause(cause),
            PictureFault::Busy => Self::new(Code::Unavailable, message).retry_after(2).cause("image_queue"),
            PictureFault::Theirs => Self::new(Code::Unavailable, message).retry_after(2).cause("images_of_one"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BlobFault, Busy, Code, Problem, StoreError};

    #[test]
    fn what_the_disk_does_is_told_apart() {
        let told = |problem: Problem| problem.code();
        assert_eq!(told(StoreError::Full.into()), Code::InsufficientStorage);
        assert_eq!(told(BlobFault::Full.into()), Code::InsufficientStorage);
        assert_eq!(told(BlobFault::Closed("read-only".into()).into()), Code::Unavailable);
        assert_eq!(told(BlobFault::Failed("EIO".into()).into()), Code::Internal);
        assert_eq!(told(StoreError::Busy(Busy::Halted).into()), Code::Unavailable);
        assert_eq!(told(StoreError::Broken("disk I/O error".into()).into()), Code::Internal);
    }
}
