//! The two chains of migrations: alike, reversible, and what `tables.rs` and `schema/*.sql` say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use sharehold::config::Provision;
use sharehold::store::contents::CONTENT_COLUMNS;
use sharehold::store::{BLOB_COLUMNS, Db, StartError, Store, Tuning};

use super::catalogue::{facts, script};
use super::support::TestDatabase;
use crate::support::app::Backend;
use crate::support::releases::{load_rows, releases};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn chain(database: &str) -> PathBuf {
    root().join("migrations").join(database)
}

fn folders(database: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(chain(database)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn up(db: &mut Db) {
    match db {
        Db::Sqlite(c) => {
            drop(c.run_pending_migrations(FileBasedMigrations::from_path(chain("sqlite")).unwrap()).unwrap());
        }
        Db::Postgres(c) => {
            drop(c.run_pending_migrations(FileBasedMigrations::from_path(chain("postgres")).unwrap()).unwrap());
        }
    }
}

fn down(db: &mut Db) {
    match db {
        Db::Sqlite(c) => {
            drop(c.revert_all_migrations(FileBasedMigrations::from_path(chain("sqlite")).unwrap()).unwrap());
        }
        Db::Postgres(c) => {
            drop(c.revert_all_migrations(FileBasedMigrations::from_path(chain("postgres")).unwrap()).unwrap());
        }
    }
}

#[test]
fn both_chains_have_the_same_folders() {
    let sqlite = folders("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, folders("postgres"));
}

fn up_down_up(database: &TestDatabase) -> BTreeSet<String> {
    let mut db = database.beside();
    up(&mut db);
    let first = facts(&mut db);
    assert!(first.len() > 20, "{first:?}");
    down(&mut db);
    assert_eq!(facts(&mut db), BTreeSet::new(), "down.sql leaves something behind");
    up(&mut db);
    assert_eq!(facts(&mut db), first, "the second time it is something else");
    first
}

#[test]
fn up_down_up_is_the_same_on_both() {
    let sqlite = up_down_up(&TestDatabase::sqlite());
    let postgres = up_down_up(&TestDatabase::postgres());
    let only_sqlite: Vec<_> = sqlite.difference(&postgres).collect();
    let only_postgres: Vec<_> = postgres.difference(&sqlite).collect();
    assert!(only_sqlite.is_empty() && only_postgres.is_empty(), "{only_sqlite:#?} {only_postgres:#?}");
}

/// Reads `tables.rs` as text, because diesel's macro leaves nothing behind that could be asked.
fn facts_of_tables() -> BTreeSet<String> {
    let files = [
        "tables.rs",
        "tables/calendar.rs",
        "tables/content.rs",
        "tables/hold.rs",
        "tables/library.rs",
        "tables/upload.rs",
    ]
    .map(|file| format!("src/store/{file}"));
    let text = files.map(|file| std::fs::read_to_string(root().join(file)).unwrap()).concat();
    let mut facts = BTreeSet::new();
    let mut table = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        if let Some((name, key)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            name.clone_into(&mut table);
            facts.insert(format!("{table} primary key ({key})"));
        } else if let Some((column, kind)) = line.strip_suffix(',').and_then(|line| line.split_once(" -> ")) {
            let (kind, null) = match kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>')) {
                Some(kind) => (kind, ""),
                None => (kind, " not null"),
            };
            let kind = match kind {
                "BigInt" => "bigint",
                "Integer" => "integer",
                "Text" => "text",
                "Binary" => "bytes",
                other => panic!("{other} is not a portable type: see migrations/README.md"),
            };
            facts.insert(format!("{table}.{column} {kind}{null}"));
        }
    }
    facts
}

#[test]
fn tables_rs_is_what_the_databases_have() {
    for database in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        let mut db = database.beside();
        up(&mut db);
        let of_columns_and_keys = |fact: &String| {
            fact.contains(" primary key ")
                || (fact.split(' ').next().unwrap().contains('.') && !fact.contains(" default "))
        };
        let live: BTreeSet<_> = facts(&mut db).into_iter().filter(of_columns_and_keys).collect();
        let ours = facts_of_tables();
        let only_live: Vec<_> = live.difference(&ours).collect();
        let only_ours: Vec<_> = ours.difference(&live).collect();
        assert!(only_live.is_empty() && only_ours.is_empty(), "live: {only_live:#?} tables.rs: {only_ours:#?}");
    }
}

#[test]
fn every_column_that_names_a_blob_is_asked_before_one_is_taken_away() {
    let database = TestDatabase::sqlite();
    let mut db = database.beside();
    up(&mut db);
    let column = |fact: &String| fact.split(' ').next().filter(|name| name.ends_with("_blob")).map(str::to_owned);
    let live: BTreeSet<String> = facts(&mut db).iter().filter_map(column).collect();
    let asked: BTreeSet<String> = BLOB_COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(live, asked, "columns_of_blobs! in src/store/blobs.rs has every column whose name ends in _blob");
}

#[test]
fn every_column_that_names_contents_is_asked_before_one_is_taken_away() {
    for database in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        let mut db = database.beside();
        up(&mut db);
        let facts = facts(&mut db);
        let named_by = |fact: &String| {
            let (of, to) = fact.split_once(" foreign key (")?;
            let column = to.split_once(") references contents (sha256) on delete no action")?.0;
            let indexed = |kind: &str| facts.iter().any(|fact| fact.starts_with(&format!("{of} {kind} ({column}")));
            let indexed = ["index", "unique index", "unique", "primary key"].into_iter().any(indexed);
            assert!(indexed, "{of} needs an index that begins with {column}: the sweep asks of every content");
            Some((of.to_owned(), column.to_owned()))
        };
        let live: BTreeSet<_> = facts.iter().filter_map(named_by).collect();
        let asked: BTreeSet<_> = CONTENT_COLUMNS.iter().map(|(of, to)| ((*of).to_owned(), (*to).to_owned())).collect();
        assert_eq!(live, asked, "CONTENT_COLUMNS in src/store/contents.rs has every column that references contents");
        assert!(!facts.iter().any(|fact| fact.contains("references contents") && fact.contains("on delete cascade")));
    }
}

#[test]
fn schema_files_are_the_end_of_the_chains() {
    for (database, name) in [(TestDatabase::sqlite(), "sqlite"), (TestDatabase::postgres(), "postgres")] {
        let mut db = database.beside();
        up(&mut db);
        let live = format!(
            "-- The end of migrations/{name}, written by tests/store/schema.rs: UPDATE_SCHEMA=1 cargo test store::schema\n\n{}",
            script(&mut db)
        );
        let path = root().join(format!("schema/{name}.sql"));
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, &live).unwrap();
        }
        let file = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            file == live,
            "schema/{name}.sql is not what the migrations make; UPDATE_SCHEMA=1 cargo test store::schema writes it:\n{live}"
        );
    }
}

/// What a release left behind, brought up to date, is what a new database is.
#[test]
fn every_release_ends_at_the_same_schema() {
    for (backend, make) in
        [(Backend::Sqlite, TestDatabase::sqlite as fn() -> TestDatabase), (Backend::Postgres, TestDatabase::postgres)]
    {
        let statements = |database: &TestDatabase| -> BTreeSet<String> {
            Store::migrate(&database.settings()).unwrap();
            script(&mut database.beside()).split("\n\n").map(|part| part.trim().to_owned()).collect()
        };
        let fresh = statements(&make());
        for release in releases() {
            let database = make();
            load_rows(&release, backend, &database.url());
            assert_eq!(statements(&database), fresh, "{}", release.display());
        }
    }
}

#[test]
fn a_newer_schema_is_refused_in_one_line() {
    for database in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        drop(database.open());
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
        database.beside().batch_execute(newer).unwrap();
        let refused = database.try_open(Provision::Never, Tuning::default()).map(|_| ()).unwrap_err();
        let line = refused.to_string();
        assert!(matches!(refused, StartError::Refused(_)) && line.contains("newer than this program"), "{line}");
        assert!(line.contains("29990101000000") && !line.contains('\n'), "{line}");
        assert!(Store::migrate(&database.settings()).is_err());
    }
}

#[test]
fn migrate_names_what_it_ran() {
    for (database, name) in [(TestDatabase::sqlite(), "sqlite"), (TestDatabase::postgres(), "postgres")] {
        let ran = Store::migrate(&database.settings()).unwrap();
        assert_eq!(ran, folders(name).into_iter().collect::<Vec<_>>());
        assert_eq!(Store::migrate(&database.settings()).unwrap(), [""; 0]);
    }
}

#[test]
fn servers_that_start_together_migrate_once() {
    let database = TestDatabase::postgres();
    let open = || database.try_open(Provision::Never, Tuning::default()).map(|_| ());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
}
