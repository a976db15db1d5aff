//! What may go wrong with blobs, and the one place where the system's faults become that.

use std::error::Error;
use std::io::{self, ErrorKind};

/// What went wrong. `Display` is safe to show; the detail is for the log alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobFault {
    /// There is no such blob.
    #[error("there is no such blob")]
    Absent,
    /// More was sent than the limit allows; nothing was kept.
    #[error("it is larger than is taken")]
    TooLarge,
    /// No room; nothing was kept.
    #[error("the blobs' disk is full")]
    Full,
    /// The folder takes no files (mounted for reading only, or somebody else's), or is not there, or not ours any more; the bucket
    /// does not answer, or does not let us.
    #[error("the blobs' place is not in order")]
    Closed(String),
    /// Anything else.
    #[error("the blob store failed")]
    Failed(String),
}

impl BlobFault {
    /// What the log is told.
    pub fn detail(&self) -> String {
        match self {
            Self::Closed(detail) | Self::Failed(detail) => detail.clone(),
            other => other.to_string(),
        }
    }

    fn of_kind(kind: ErrorKind, detail: String) -> Self {
        match kind {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::Closed(detail),
            _ => Self::Failed(detail),
        }
    }
}

impl From<io::Error> for BlobFault {
    fn from(fault: io::Error) -> Self {
        match fault.kind() {
            ErrorKind::NotFound => Self::Absent,
            kind => Self::of_kind(kind, fault.to_string()),
        }
    }
}

impl From<object_store::Error> for BlobFault {
    fn from(fault: object_store::Error) -> Self {
        use object_store::Error::{Generic, NotFound, PermissionDenied, Unauthenticated};
        match &fault {
            NotFound { .. } => return Self::Absent,
            PermissionDenied { .. } | Unauthenticated { .. } => return Self::Closed(told(&fault)),
            // What MinIO says (with status 507); Amazon's buckets have no end.
            Generic { store, .. } if *store != FOLDER && told(&fault).contains("XMinioStorageFull") => {
                return Self::Full;
            }
            // After its retries: no connection, no answer in time, or one that asks to come back.
            Generic { store, .. } if *store != FOLDER => return Self::Closed(told(&fault)),
            _ => {}
        }
        let mut causes = std::iter::successors(fault.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
        let kind = causes.find_map(|cause| cause.downcast_ref::<io::Error>()).map_or(ErrorKind::Other, io::Error::kind);
        Self::of_kind(kind, fault.to_string())
    }
}

/// What `object_store` calls a folder.
const FOLDER: &str = "LocalFileSystem";

/// The fault in one line, with its causes.
fn told(fault: &object_store::Error) -> String {
    fault.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<tokio::task::JoinError> for BlobFault {
    fn from(fault: tokio::task::JoinError) -> Self {
        Self::Failed(fault.to_string())
    }
}

/// Why the blobs are not served with: one line.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// They must not be, and the line says how to mend it.
    #[error("{0}")]
    Refused(String),
    /// The bucket does not answer, or does not let us: another try may help.
    #[error("{0}")]
    Away(String),
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::{BlobFault, FOLDER};

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        let of_folder = |kind| {
            let source = Box::new(Error::from(kind));
            BlobFault::from(object_store::Error::Generic { store: FOLDER, source })
        };
        for told in [of_folder, |kind| BlobFault::from(Error::from(kind))] {
            assert_eq!(told(ErrorKind::StorageFull), BlobFault::Full);
            assert_eq!(told(ErrorKind::QuotaExceeded), BlobFault::Full);
            assert!(matches!(told(ErrorKind::ReadOnlyFilesystem), BlobFault::Closed(_)));
            assert!(matches!(told(ErrorKind::PermissionDenied), BlobFault::Closed(_)));
            assert!(matches!(told(ErrorKind::Other), BlobFault::Failed(_)));
        }
    }

    #[test]
    fn a_bucket_that_does_not_answer_is_closed_and_one_without_room_is_full() {
        let told = |why: &str| {
            BlobFault::from(object_store::Error::Generic { store: "S3", source: Box::new(Error::other(why)) })
        };
        assert!(matches!(told("connection refused"), BlobFault::Closed(why) if why.contains("refused")));
        let full = "Server returned non-2xx status code: 507: <Code>XMinioStorageFull</Code>";
        assert_eq!(told(full), BlobFault::Full);
    }
}
