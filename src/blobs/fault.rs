//! What may go wrong with blobs, and the one place where the system's faults become that.

use std::error::Error;
use std::io::{self, ErrorKind};

/// What went wrong. `Display` is safe to show; the detail is for the log alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobFault {
    /// There is no such blob.
    #[error("there is no such blob")]
    Absent,
    /// No room; nothing was kept.
    #[error("the blobs' disk is full")]
    Full,
    /// The folder takes no files (mounted for reading only, or somebody else's), or is not there, or not ours any more.
    #[error("the blobs' folder is not in order")]
    Closed(String),
    /// Anything else.
    #[error("the blob store failed")]
    Failed(String),
}

impl From<object_store::Error> for BlobFault {
    fn from(fault: object_store::Error) -> Self {
        if matches!(fault, object_store::Error::NotFound { .. }) {
            return Self::Absent;
        }
        let mut causes = std::iter::successors(fault.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
        match causes.find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => Self::Full,
            Some(ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) => Self::Closed(fault.to_string()),
            _ => Self::Failed(fault.to_string()),
        }
    }
}

/// Why the blobs are not to be served with: one line that says what and how to mend it (exit status 78).
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartFault(pub String);

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::BlobFault;

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        let told = |kind| {
            let source = Box::new(Error::from(kind));
            BlobFault::from(object_store::Error::Generic { store: "file", source })
        };
        assert_eq!(told(ErrorKind::StorageFull), BlobFault::Full);
        assert_eq!(told(ErrorKind::QuotaExceeded), BlobFault::Full);
        assert!(matches!(told(ErrorKind::ReadOnlyFilesystem), BlobFault::Closed(_)));
        assert!(matches!(told(ErrorKind::PermissionDenied), BlobFault::Closed(_)));
        assert!(matches!(told(ErrorKind::Other), BlobFault::Failed(_)));
    }
}
