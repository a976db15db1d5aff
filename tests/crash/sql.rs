//! The database beside the program: what is in it, asked and filled by SQL.

use std::path::Path;

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection};
use sharehold::store::Db;

use crate::outcome::Outcome;

/// Runs statements in the database at `url`, on a connection of their own.
pub(crate) fn run(url: &str, statements: &str) -> Outcome<()> {
    Sql::open(url)?.run(statements)
}

/// Asks the database at `url` for one text.
pub(crate) fn ask(url: &str, question: &str) -> Outcome<String> {
    Ok(Sql::open(url)?.ask(question)?.into_iter().next().ok_or_else(|| format!("nothing came of {question}"))?)
}

/// A connection.
pub(crate) struct Sql(Db);

impl Sql {
    /// To the database at `url`, as the configuration names it.
    pub(crate) fn open(url: &str) -> Outcome<Self> {
        Ok(Self(match url.strip_prefix("sqlite://") {
            Some(path) => Db::Sqlite(SqliteConnection::establish(path)?),
            None => Db::Postgres(PgConnection::establish(url)?),
        }))
    }

    /// Whether it is SQLite's.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.0, Db::Sqlite(_))
    }

    /// Runs statements.
    pub(crate) fn run(&mut self, statements: &str) -> Outcome<()> {
        Ok(self.0.batch_execute(statements)?)
    }

    /// The column of texts that `question` gives.
    pub(crate) fn ask(&mut self, question: &str) -> Outcome<Vec<String>> {
        Ok(sql::<Text>(question).load(&mut self.0)?)
    }

    /// Loads the file of statements.
    pub(crate) fn load(&mut self, file: &Path) -> Outcome<()> {
        self.run(&std::fs::read_to_string(file)?)
    }

    /// `people` people with profiles of `bytes` octets, into a schema that has at least those tables.
    pub(crate) fn fill(&mut self, people: u32, bytes: u32) -> Outcome<()> {
        let (numbers, uid, text) = match self.0 {
            Db::Sqlite(_) => (
                format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {people})"),
                "randomblob(16)",
                format!("hex(randomblob({}))", bytes / 2),
            ),
            Db::Postgres(_) => (
                format!("WITH n(i) AS (SELECT generate_series(1, {people}))"),
                "decode(md5('person ' || i), 'hex')",
                format!("repeat(md5(subject), {})", bytes / 32),
            ),
        };
        let profile = format!("'{{\"displayName\":\"' || subject || '\",\"aboutMe\":\"' || {text} || '\"}}'");
        self.run(&format!(
            "BEGIN; {numbers} INSERT INTO people (uid, issuer, subject, seq, created_at)
             SELECT {uid}, 'https://as.example', 'bulk-' || i, 1, 0 FROM n;
             INSERT INTO profiles (person, changed, projection, projection_version, created_at, modified_at)
             SELECT id, 1, {profile}, 1, 0, 0 FROM people WHERE subject LIKE 'bulk-%'; COMMIT;"
        ))
    }

    /// Every person and profile, a line each; with the photos too if the schema knows them already.
    pub(crate) fn people(&mut self, photos: bool) -> Outcome<Vec<String>> {
        let photo = if photos { "|| coalesce(f.photo, '') || coalesce(f.photo_blob, '')" } else { "" };
        let uid = if matches!(self.0, Db::Sqlite(_)) { "hex(uid)" } else { "encode(uid, 'hex')" };
        self.ask(&format!(
            "SELECT p.id || ' ' || {uid} || ' ' || p.issuer || ' ' || p.subject || ' ' || p.seq || ' ' || p.created_at || ' '
                 || f.changed || ' ' || f.projection || ' ' || f.created_at || ' ' || f.modified_at {photo}
             FROM people p JOIN profiles f ON f.person = p.id ORDER BY p.id"
        ))
    }

    /// The versions of the migrations that were run.
    pub(crate) fn versions(&mut self) -> Outcome<Vec<String>> {
        self.ask("SELECT CAST(version AS TEXT) FROM __diesel_schema_migrations ORDER BY version")
    }

    /// The schema, as far as the database's own catalogue can say it in lines.
    pub(crate) fn schema(&mut self) -> Outcome<Vec<String>> {
        let questions: &[&str] = match self.0 {
            Db::Sqlite(_) => &["SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema WHERE tbl_name NOT LIKE '!_!_%' ESCAPE '!'"],
            Db::Postgres(_) => &[
                "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
                 FROM information_schema.columns WHERE table_schema = 'public'",
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
                "SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
                "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
            ],
        };
        let mut all = Vec::new();
        for question in questions {
            all.extend(self.ask(question)?);
        }
        all.sort();
        Ok(all)
    }
}
