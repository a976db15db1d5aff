//! What the copy of a SQLite database in a backup is, before anybody relies on it: whole or not, it must be a database of ours.
//! May import only the rest of `store`.

use std::collections::BTreeSet;
use std::path::Path;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::backend::{Purpose, Waits, connect};
use super::columns::Uid;
use super::db::Db;
use super::open::sqlite;
use super::place::Place;
use super::start::StartError;
use super::{blobs, installation, migrate};
use crate::config::Limits;

/// A copy that is a database of ours.
#[derive(Debug)]
pub struct Kept {
    /// Its own id.
    pub installation: Uid,
    /// What is otherwise in it than the migrations make it, a line each.
    pub strange: Vec<String>,
    /// How many blobs its rows name, if it is not too old to be asked.
    pub blobs: Option<u64>,
}

/// Refuses a schema that is newer than this program.
pub fn refuse_newer(schema: &str) -> Result<(), StartError> {
    migrate::refuse_newer(&[schema.to_owned()].into())
}

impl Kept {
    /// Looks at the copy in `file`, whose last migration must be `schema`. One that is newer than this program is refused, and what
    /// is no database of ours is a failure.
    pub fn look(file: &Path, schema: &str) -> Result<Self, StartError> {
        let failed = |why: &dyn std::fmt::Display| {
            StartError::failed(&format!("{} is no database of this program", file.display()), &why)
        };
        if !file.is_file() {
            return Err(failed(&"it is missing"));
        }
        let mut db = connect(&sqlite(file.to_owned())?, Purpose::Reads, Waits::from(&Limits::default()))
            .map_err(|error| failed(&error))?;
        let applied = migrate::applied(&mut db).map_err(|error| failed(&error))?;
        migrate::refuse_newer(&applied)?;
        match applied.last() {
            Some(last) if last == schema => {}
            last => {
                let last = last.map_or("none", String::as_str);
                return Err(failed(&format!("manifest.json names the schema {schema}, and its own is {last}")));
            }
        }
        let installation = installation::find(&mut db).map_err(|error| failed(&format!("{error:?}")))?;
        let installation = installation.ok_or_else(|| failed(&"it has no id"))?;
        let strange = strange(&mut db, &applied).map_err(|error| failed(&error))?;
        Ok(Self { installation, strange, blobs: blobs::count(&mut db).ok() })
    }
}

/// Compares tables, indexes, views and triggers with those of a database that has run the same migrations.
fn strange(db: &mut Db, applied: &BTreeSet<String>) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
    let mut model = connect(&Place::Sqlite(":memory:".into()), Purpose::Migrations, Waits::from(&Limits::default()))?;
    migrate::run_these(&mut model, applied)?;
    let (found, ours) = (parts(db)?, parts(&mut model)?);
    let more = found.difference(&ours).map(|part| format!("is not this program's: {part}"));
    let less = ours.difference(&found).map(|part| format!("is missing, or changed: {part}"));
    Ok(more.chain(less).collect())
}

/// What a trigger does counts too: it acts at every write. A table may be described in other words by another SQLite.
fn parts(db: &mut Db) -> QueryResult<BTreeSet<String>> {
    let question = "SELECT type || ' ' || name || CASE type WHEN 'trigger' THEN ' ' || sql ELSE '' END FROM sqlite_schema \
                    WHERE type IN ('trigger', 'view') OR name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let told: Vec<String> = sql::<Text>(question).load(db)?;
    Ok(told.into_iter().map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}
