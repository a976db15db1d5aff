//! Which database a check is about: its name in a row, and a house over it.

use std::path::Path;

use clap::ValueEnum;

use crate::cluster::Cluster;
use crate::house::House;
use crate::outcome::Outcome;

/// A database to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL of the harness's own.
    Postgres,
}

impl Database {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// The cluster that it needs, if any, started in `folder`.
    pub(crate) fn cluster(self, folder: &Path) -> Outcome<Option<Cluster>> {
        (self == Self::Postgres).then(|| Cluster::start_new(folder)).transpose()
    }

    /// A house in `folder` over this database, and its cluster.
    pub(crate) fn house(self, folder: &Path) -> Outcome<(House, Option<Cluster>)> {
        let cluster = self.cluster(folder)?;
        let url = cluster.as_ref().map(Cluster::url).unwrap_or_default();
        Ok((House::make(folder, folder, &url)?, cluster))
    }
}
