//! The SQLite file: one process whatever it is called, the right to write, and nobody else's eyes.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::secret::Secret;
use sharehold::store::{StartError, Store};

use super::support::{TestDatabase, block_on, writes};

fn settings(path: &Path) -> Database {
    Database { url: Secret::new(format!("sqlite://{}", path.display())), pool_size: 1 }
}

fn open(path: &Path) -> Result<Store, StartError> {
    Store::open(&settings(path), &Limits::default(), Provision::OnFirstToken, SystemClock::shared())
}

fn line<T>(result: Result<T, StartError>) -> String {
    match result.map(|_| ()) {
        Err(StartError::Refused(line)) if !line.contains('\n') => line,
        other => panic!("it is not refused in one line: {other:?}"),
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap_or_else(|error| panic!("{}: {error}", path.display())).mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// On a thread that has no more rights than its user's modes give: root may write anything.
fn as_mere_user<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let mere = || {
        let mut sets = capabilities(None).unwrap();
        let rights = CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
        sets.effective -= rights;
        sets.permitted -= rights;
        set_capabilities(None, sets).unwrap();
        work()
    };
    std::thread::scope(|scope| scope.spawn(mere).join().unwrap())
}

#[test]
fn a_link_to_the_file_does_not_lead_past_the_lock() {
    let database = TestDatabase::sqlite();
    let file = database.path();
    let (other, elsewhere) = (file.with_file_name("other.db"), file.with_file_name("elsewhere"));
    symlink(&file, &other).unwrap();
    symlink(file.parent().unwrap(), &elsewhere).unwrap();
    let by_folder = elsewhere.join(file.file_name().unwrap());
    assert!(line(open(&other)).contains("a link to a file that is not there"));
    assert!(line(Store::examine(&settings(&other))).contains("a link to a file that is not there"));
    let first = open(&by_folder).unwrap();
    for path in [&file, &other, &by_folder] {
        assert!(line(open(path)).contains("in use by another process"), "{}", path.display());
    }
    drop(first);
    let first = open(&other).unwrap();
    assert!(line(open(&file)).contains("in use by another process"));
    drop(first);
    drop(open(&file).unwrap());
}

#[test]
fn a_file_of_two_names_is_refused() {
    let database = TestDatabase::sqlite();
    let file = database.path();
    let first = open(&file).unwrap();
    let other = file.with_file_name("other.db");
    fs::hard_link(&file, &other).unwrap();
    assert!(line(open(&other)).contains("has another name"));
    drop(first);
    for path in [&file, &other] {
        assert!(line(open(path)).contains("has another name"));
        assert!(line(Store::examine(&settings(path))).contains("has another name"));
    }
    fs::remove_file(&other).unwrap();
    drop(open(&file).unwrap());
}

#[test]
fn what_cannot_be_written_to_is_not_served_from() {
    let database = TestDatabase::sqlite();
    let file = database.path();
    drop(open(&file).unwrap());
    let folder = file.parent().unwrap();
    for (path, mode, usual) in [(file.as_path(), 0o444, 0o600), (folder, 0o555, 0o700)] {
        set_mode(path, mode);
        let (served, examined) = as_mere_user(|| (line(open(&file)), line(Store::examine(&settings(&file)))));
        set_mode(path, usual);
        let expected = format!("{} cannot be written to", path.canonicalize().unwrap().display());
        assert!(served.starts_with(&expected) && examined == served, "{served}; {examined}");
    }
    let (none, nowhere) = (folder.join("none.db"), folder.join("no/where.db"));
    assert_eq!(Store::examine(&settings(&none)).unwrap().warnings, [""; 0]);
    assert_eq!(Store::examine(&settings(&nowhere)).unwrap().warnings, [""; 0]);
    assert!(!none.exists() && !nowhere.exists(), "it changes nothing");
    set_mode(folder, 0o555);
    let examined = as_mere_user(|| line(Store::examine(&settings(&none))));
    set_mode(folder, 0o700);
    assert!(examined.contains("cannot be written to"), "{examined}");
    as_mere_user(|| (drop(open(&file).unwrap()), Store::examine(&settings(&file)).unwrap()));
}

#[test]
fn what_the_store_makes_is_for_its_user_alone() {
    let database = TestDatabase::sqlite();
    let folder = database.path().with_file_name("made");
    let file = folder.join("here/x.db");
    let store = open(&file).unwrap();
    block_on(store.write(&writes("ann"), |_| Ok::<_, sharehold::store::StoreError>(()))).unwrap();
    assert_eq!((mode(&folder), mode(&folder.join("here"))), (0o700, 0o700));
    for name in ["x.db", "x.db-wal", "x.db-shm", "x.db.lock"] {
        assert_eq!(mode(&file.with_file_name(name)), 0o600, "{name}");
    }
    drop(store);
    set_mode(&file, 0o640);
    set_mode(&folder, 0o750);
    drop(open(&file).unwrap());
    assert_eq!((mode(&file), mode(&folder)), (0o640, 0o750), "what was there already is its owner's");
}

/// It is unmounted or moved for the moment: a new one would have its log deleted, with all that was acknowledged last.
#[test]
fn the_log_of_a_database_that_is_away_is_kept() {
    let database = TestDatabase::sqlite();
    let file = database.path();
    let store = open(&file).unwrap();
    block_on(store.write(&writes("ann"), |_| Ok::<_, sharehold::store::StoreError>(()))).unwrap();
    let (log, away) = (file.with_extension("db-wal"), file.with_file_name("away"));
    let in_log = fs::read(&log).unwrap();
    assert!(!in_log.is_empty());
    drop(store);
    fs::rename(&file, &away).unwrap();
    let journal = file.with_extension("db-journal");
    let refuses = |name: &Path| {
        let before = fs::read(name).unwrap();
        let told = [
            line(open(&file)),
            line(Store::migrate(&settings(&file))),
            line(Store::examine(&settings(&file)).map(drop)),
        ];
        assert!(
            told.iter().all(|line| line.starts_with(&name.canonicalize().unwrap().display().to_string())),
            "{told:?}"
        );
        assert_eq!(fs::read(name).unwrap(), before);
    };
    fs::write(&log, &in_log).unwrap();
    refuses(&log);
    assert!(!file.exists());
    fs::write(&file, "").unwrap();
    refuses(&log);
    fs::remove_file(&file).unwrap();
    fs::rename(&log, &journal).unwrap();
    refuses(&journal);
    fs::remove_file(&journal).unwrap();
    // What a first start leaves that was cut off between the file and its first page.
    fs::write(&file, "").unwrap();
    drop(open(&file).unwrap());
    fs::rename(&away, &file).unwrap();
    drop(open(&file).unwrap());
}
