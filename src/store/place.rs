//! Where the database is: what `database.url` says, and what it must not say.
//! May import `secret`.

use std::path::PathBuf;

use super::start::StartError;
use crate::secret::Secret;

/// A database.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// The path of a SQLite file.
    Sqlite(String),
    /// A URL that libpq understands; it may hold a password.
    Postgres(Secret<String>),
}

impl Place {
    /// Reads `sqlite://path` or `postgres://…`; the scheme decides, never a try.
    pub(super) fn parse(url: &str) -> Result<Self, StartError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return Self::sqlite(path);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::postgres(url, std::env::var("PGSSLMODE").ok().as_deref());
        }
        Err(StartError::refused("database.url must begin with sqlite:// or postgres://"))
    }

    /// Which database it is, in a word.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// The file, if it is one.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(path) => Some(path.into()),
            Self::Postgres(_) => None,
        }
    }

    fn sqlite(path: &str) -> Result<Self, StartError> {
        if path.is_empty() || path.starts_with(":memory:") {
            let why =
                "database.url: a SQLite database must be a file, because reads and writes have their own connections";
            return Err(StartError::refused(why));
        }
        if path.contains(['?', '#', '\0']) || path.starts_with("file:") {
            return Err(StartError::refused("database.url: after sqlite:// comes a path and nothing else"));
        }
        Ok(Self::Sqlite(path.to_owned()))
    }

    fn postgres(url: &str, sslmode_of_environment: Option<&str>) -> Result<Self, StartError> {
        let asked = tls_asked_for(url).or(sslmode_of_environment.is_some_and(wants_tls).then_some("PGSSLMODE"));
        match asked {
            Some(parameter) if !cfg!(feature = "postgres-tls") => Err(StartError::refused(format!(
                "{parameter} asks for TLS to the database, which this program was built without: \
                 build it with --features postgres-tls, or say sslmode=disable"
            ))),
            _ => Ok(Self::Postgres(Secret::new(url.to_owned()))),
        }
    }
}

/// The parameter of the URL that asks for TLS. Without TLS libpq ignores `prefer` and every `ssl…` file without a word.
fn tls_asked_for(url: &str) -> Option<&'static str> {
    const ASKING: [&str; 8] = [
        "ssl",
        "requiressl",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslcrl",
        "sslnegotiation",
        "ssl_min_protocol_version",
    ];
    let (_, query) = url.split_once('?')?;
    let mut parameters = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    parameters.find_map(|(name, value)| match name {
        "sslmode" => wants_tls(value).then_some("sslmode"),
        _ => ASKING.into_iter().find(|asking| *asking == name),
    })
}

fn wants_tls(sslmode: &str) -> bool {
    !matches!(sslmode, "" | "disable")
}

#[cfg(test)]
mod tests {
    use super::{Place, tls_asked_for};

    #[test]
    fn the_scheme_decides() {
        assert!(matches!(Place::parse("sqlite://data/x.db"), Ok(Place::Sqlite(path)) if path == "data/x.db"));
        assert!(matches!(Place::parse("postgres://me@localhost/x"), Ok(Place::Postgres(_))));
        for url in ["data/x.db", "postgre://localhost/x", "mysql://localhost/x", "sqlite:x", "", "SQLITE://x"] {
            assert!(Place::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn sqlite_takes_a_path_and_nothing_else() {
        for url in ["sqlite://", "sqlite://:memory:", "sqlite://x.db?mode=ro", "sqlite://file:x.db"] {
            assert!(Place::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_url_that_asks_for_tls_is_seen() {
        for mode in ["require", "verify-full", "verify-ca", "prefer", "allow", "Require"] {
            assert_eq!(tls_asked_for(&format!("postgres://h/d?application_name=x&sslmode={mode}")), Some("sslmode"));
        }
        assert_eq!(tls_asked_for("postgres://h/d?sslrootcert=system"), Some("sslrootcert"));
        assert_eq!(tls_asked_for("postgres://h/d?sslmode=disable&options=x"), None);
        assert_eq!(tls_asked_for("postgres://sslmode=require@h/d"), None);
    }

    #[cfg(not(feature = "postgres-tls"))]
    #[test]
    fn tls_is_refused_without_the_feature_and_the_line_holds_no_password() {
        let refused = Place::postgres("postgres://me:hunter2@h/d?sslmode=require", None).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("postgres-tls") && !refused.to_string().contains("hunter2"), "{refused}");
        assert!(Place::postgres("postgres://me@h/d", Some("verify-full")).is_err());
        assert!(Place::postgres("postgres://me@h/d", Some("disable")).is_ok());
    }
}
