//! The SQLite file: one process, whatever it is called.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::secret::Secret;
use sharehold::store::{StartError, Store};

use super::support::TestDatabase;

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
