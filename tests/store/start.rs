//! What the store refuses to start with.

use diesel::connection::SimpleConnection as _;
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::secret::Secret;
use sharehold::store::{StartError, Store, Tuning};

use super::support::{TestDatabase, add, block_on, list, reads, writes};

fn refused(url: String, pool_size: u32) -> String {
    let settings = Database { url: Secret::new(url), pool_size };
    let opened = Store::open(&settings, &Limits::default(), Provision::Never, SystemClock::shared());
    match opened.map(|_| ()) {
        Err(StartError::Refused(line)) => line,
        other => panic!("it is not refused: {other:?}"),
    }
}

#[test]
fn a_second_process_on_the_same_file_is_refused() {
    let database = TestDatabase::sqlite();
    let first = database.try_open(Provision::Never, Tuning::default()).unwrap();
    let line = refused(database.url(), 1);
    assert!(line.contains("in use by another process") && !line.contains('\n'), "{line}");
    first.close();
    drop(first);
    database.try_open(Provision::Never, Tuning::default()).unwrap();
}

#[test]
fn missing_folders_are_made_and_impossible_ones_refused() {
    let database = TestDatabase::sqlite();
    let folder = database.path().with_file_name("a");
    let url = |path: &str| format!("sqlite://{}", folder.join(path).display());
    let settings = Database { url: Secret::new(url("b/c/x.db")), pool_size: 1 };
    Store::open(&settings, &Limits::default(), Provision::Never, SystemClock::shared()).unwrap();
    std::fs::write(folder.join("file"), "").unwrap();
    assert!(refused(url("file/x.db"), 1).contains("cannot be made"));
}

#[test]
fn this_library_needs_no_warning() {
    let database = TestDatabase::sqlite();
    let store = database.try_open(Provision::Never, Tuning::default()).unwrap();
    assert_eq!(store.warnings(), [""; 0], "is .cargo/config.toml in use?");
}

#[test]
fn a_database_that_is_none_is_not_opened() {
    let database = TestDatabase::sqlite();
    std::fs::write(database.path(), "this is no database, however long it may be".repeat(100)).unwrap();
    let failed = database.try_open(Provision::Never, Tuning::default()).map(|_| ()).unwrap_err();
    assert!(failed.to_string().contains("file is not a database"), "{failed}");
}

/// What was recovered must be on the disk anew before anybody is served, and not only most of it.
#[test]
fn a_log_that_cannot_be_emptied_is_no_start() {
    let database = TestDatabase::sqlite();
    block_on(async {
        let store = database.open();
        store.write(&writes("ann"), |on| add(on, 1, "x")).await.unwrap();
        let mut beside = database.beside();
        beside.batch_execute("BEGIN; SELECT * FROM notes").unwrap();
        store.write(&writes("ann"), |on| add(on, 2, "x")).await.unwrap();
        store.close();
        drop(store);
        let at_once = Tuning { patience: std::time::Duration::ZERO, ..Tuning::default() };
        let failed = database.try_open(Provision::Never, at_once).map(|_| ()).unwrap_err().to_string();
        assert!(failed.contains("log cannot be emptied: another program") && !failed.contains('\n'), "{failed}");
        // Longer than SQLite waits by itself.
        let ends = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_secs(3));
            beside.batch_execute("COMMIT").unwrap();
        });
        let store = database.try_open(Provision::Never, Tuning::default()).unwrap();
        ends.join().unwrap();
        assert_eq!(store.read(&reads("ann"), list).await.unwrap(), [1, 2]);
        let mut log = database.path().into_os_string();
        log.push("-wal");
        assert_eq!(std::fs::metadata(log).unwrap().len(), 0);
    });
}

/// SQLite would do it within a COMMIT and tell nobody what failed; the writer does it after its answers.
#[test]
fn the_writer_keeps_the_log_short() {
    let database = TestDatabase::sqlite();
    block_on(async {
        let store = database.open();
        let text = "x".repeat(100_000);
        for id in 0..200 {
            let text = text.clone();
            store.write(&writes("ann"), move |on| add(on, id, &text)).await.unwrap();
        }
        let mut log = database.path().into_os_string();
        log.push("-wal");
        let size = std::fs::metadata(log).unwrap().len();
        assert!(size < 8 << 20, "20 MB were written, {size} are in the log");
    });
}

#[test]
fn a_server_that_acknowledges_too_early_is_refused() {
    let database = TestDatabase::postgres();
    let url = format!("{}%20-csynchronous_commit%3Doff", database.url());
    assert!(refused(url, 1).contains("synchronous_commit"));
}

#[test]
fn a_pool_larger_than_the_server_allows_is_refused() {
    let database = TestDatabase::postgres();
    assert!(refused(database.url(), 1_000_000).contains("pool_size"));
}

#[test]
fn a_server_that_is_not_there_fails_in_one_line_without_the_password() {
    let settings = Database { url: Secret::new("postgres://me:hunter2@127.0.0.1:1/x".into()), pool_size: 1 };
    let failed = Store::open(&settings, &Limits::default(), Provision::Never, SystemClock::shared()).map(|_| ());
    let line = failed.unwrap_err().to_string();
    assert!(line.contains("cannot be opened") && !line.contains('\n') && !line.contains("hunter2"), "{line}");
}
