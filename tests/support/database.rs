//! A database of a test's own, gone when it is dropped.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use sharehold::config;
use sharehold::secret::Secret;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A folder with a SQLite file, or a schema in the Postgres that `TEST_POSTGRES_URL` names.
pub enum Database {
    Sqlite(tempfile::TempDir),
    Postgres { schema: String },
}

/// Where Postgres is. Its absence is a failure, never a reason to skip.
pub fn postgres_url() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL is not set: run tests/run, which starts a PostgreSQL")
}

impl Database {
    pub fn new(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite(tempfile::tempdir().expect("a folder")),
            Backend::Postgres => {
                let schema = format!("t_{}", uuid::Uuid::now_v7().simple());
                execute(&format!("CREATE SCHEMA {schema}"));
                Self::Postgres { schema }
            }
        }
    }

    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", folder.path().join("test.db").display()),
            Self::Postgres { schema } => {
                let url = postgres_url();
                let joint = if url.contains('?') { '&' } else { '?' };
                format!("{url}{joint}options=-csearch_path%3D{schema}")
            }
        }
    }

    pub fn settings(&self) -> config::Database {
        config::Database { url: Secret::new(self.url()), pool_size: 4 }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { schema } = self {
            execute(&format!("DROP SCHEMA {schema} CASCADE"));
        }
    }
}

fn execute(statement: &str) {
    let mut connection = PgConnection::establish(&postgres_url()).expect("a connection to TEST_POSTGRES_URL");
    connection.batch_execute(statement).expect(statement);
}
