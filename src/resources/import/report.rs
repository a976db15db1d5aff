//! The report of an import as JSON: kept in memory while it is small, in a nameless file of the data folder when it is not, and
//! streamed from there. It is as long as the import has cards; what is held of it is not.

use std::io::{self, Read, Seek as _, Write as _};
use std::path::PathBuf;

use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::stream;
use tempfile::SpooledTempFile;

use super::item::{Item, Totals};

/// As long as this it stays in memory.
const MEMORY: usize = 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// The folder of the reports' files: the server's own, for a container may have no other, or a small one in memory.
#[derive(Debug, Clone)]
pub struct Reports(pub PathBuf);

impl Reports {
    /// An empty report.
    pub fn begin(&self) -> io::Result<Report> {
        let mut file = SpooledTempFile::new_in(MEMORY, &self.0);
        file.write_all(b"{\"items\":[")?;
        Ok(Report { file, totals: Totals::default(), any: false })
    }
}

/// The report so far.
pub struct Report {
    file: SpooledTempFile,
    totals: Totals,
    any: bool,
}

impl Report {
    /// Adds lines. Blocks for as long as a file takes.
    pub fn add(&mut self, items: &[Item]) -> io::Result<()> {
        let mut text = Vec::new();
        for item in items {
            self.totals.add(item);
            if std::mem::replace(&mut self.any, true) {
                text.push(b',');
            }
            serde_json::to_writer(&mut text, item)?;
        }
        self.file.write_all(&text)
    }

    /// The whole text, piece by piece.
    pub fn end(mut self) -> io::Result<impl Stream<Item = io::Result<Bytes>> + 'static> {
        let totals = serde_json::to_string(&self.totals)?;
        // The counts are members beside the items, not an object of their own.
        self.file.write_all(format!("],{}", totals.trim_start_matches('{')).as_bytes())?;
        self.file.rewind()?;
        Ok(stream::unfold(Some(self.file), |file| async move {
            match tokio::task::spawn_blocking(move || piece(file?)).await {
                Ok(read) => read,
                Err(fault) => Some((Err(io::Error::other(fault)), None)),
            }
        }))
    }
}

type Next = Option<(io::Result<Bytes>, Option<SpooledTempFile>)>;

fn piece(mut file: SpooledTempFile) -> Next {
    let mut bytes = Vec::with_capacity(PIECE);
    let most = u64::try_from(PIECE).unwrap_or(u64::MAX);
    match Read::by_ref(&mut file).take(most).read_to_end(&mut bytes) {
        Ok(0) => None,
        Ok(_) => Some((Ok(bytes.into()), Some(file))),
        Err(fault) => Some((Err(fault), None)),
    }
}
