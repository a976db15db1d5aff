//! Whose folder it is: a file in it holds the id of the database whose rows name these blobs. The same file is what a backup
//! holds (an advisory lock, flock(2)) while nothing may be taken away. Imports `fault`, `folder`, `key`.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fault::{BlobFault, StartFault};
use super::folder;
use super::key::Key;

/// A name that no key has.
pub(super) const MARKER: &str = ".sharehold";
/// How many blobs the database is asked about at once, when a folder has no marker yet.
const ASKED_AT_ONCE: usize = 200;

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    database: Uuid,
}

/// What the rows of a database say of blobs.
pub struct Names<'a> {
    /// Whether one of them names any of these.
    pub any_of: &'a dyn Fn(&[String]) -> Result<bool, String>,
    /// Whether one of them names a blob at all.
    pub any: &'a dyn Fn() -> Result<bool, String>,
}

impl Names<'static> {
    /// Those of a database that has no rows.
    pub const NONE: Self = Self { any_of: &|_| Ok(false), any: &|| Ok(false) };
}

/// Whose folder it is, if it says so.
pub(super) fn read(root: &Path) -> io::Result<Option<Uuid>> {
    match fs::read(root.join(MARKER)) {
        Ok(text) => parse(&text).map(Some),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn parse(text: &[u8]) -> io::Result<Uuid> {
    Ok(serde_json::from_slice::<Marker>(text)?.database)
}

/// Sees that the folder is this database's, and marks it if it is not marked.
pub(super) fn claim(root: &Path, database: Uuid, names: &Names<'_>) -> Result<(), StartFault> {
    if !examine(root, Some(database), names)? {
        write(root, database).map_err(|fault| StartFault(format!("{} cannot be marked: {fault}", root.display())))?;
    }
    // Read again: another process may have been first.
    compare(root, Some(database)).map(drop)
}

/// Refuses a folder that a database of this id (none: it has none yet) is not to be served from, and changes nothing. Whether it
/// is marked. One without a marker is the database's own if a row names one of the blobs in it (a folder from before there were
/// markers), or if neither has any.
pub(super) fn examine(root: &Path, database: Option<Uuid>, names: &Names<'_>) -> Result<bool, StartFault> {
    if compare(root, database)? {
        return Ok(true);
    }
    let why = match look(root, database, names) {
        Ok(None) => return Ok(false),
        Ok(Some(why)) => why,
        Err(why) => format!("{} cannot be looked through: {why}", root.display()),
    };
    // Of servers that start together one has marked it meanwhile, and its first photos are there.
    if compare(root, database)? { Ok(true) } else { Err(StartFault(why)) }
}

/// Refuses the folder of another database than `database`; whether it is marked.
pub(super) fn compare(root: &Path, database: Option<Uuid>) -> Result<bool, StartFault> {
    let told = read(root).map_err(|fault| {
        let file = root.join(MARKER);
        StartFault(format!("{} does not say whose folder this is: {fault}", file.display()))
    })?;
    let Some(theirs) = told else { return Ok(false) };
    let why = match database {
        Some(ours) if ours == theirs => return Ok(true),
        Some(ours) => format!("and database.url names {ours}"),
        None => "and database.url names one that is new".to_owned(),
    };
    Err(StartFault(format!(
        "{} belongs to database {theirs}, {why}: name the two that belong together, or another folder for this database",
        root.display()
    )))
}

/// Why a folder without a marker is not this database's, if it is not.
fn look(root: &Path, database: Option<Uuid>, names: &Names<'_>) -> Result<Option<String>, String> {
    let keys = folder::all(root).map_err(|fault| fault.to_string())?;
    for some in keys.chunks(ASKED_AT_ONCE) {
        let some: Vec<String> = some.iter().map(Key::to_string).collect();
        if (names.any_of)(&some)? {
            return Ok(None);
        }
    }
    let (root, marker) = (root.display(), root.join(MARKER));
    if !keys.is_empty() {
        return Ok(Some(format!(
            "{root} holds blobs and database.url names none of them: name the database or the folder that belongs to it \
             (or, if these blobs are nobody's, move them away)"
        )));
    }
    let id = database.map_or("its id".into(), |id| id.to_string());
    Ok((names.any)()?.then(|| {
        format!(
            "{root} is empty, and the database names blobs: is its volume mounted? If they are lost, `sharehold restore` \
             brings database and blobs back from a backup; to serve without them write {{\"database\":\"{id}\"}} into {}",
            marker.display()
        )
    }))
}

/// Writes the marker unless there is one: whole and on the disk, or not at all. `false`: there is one.
pub(super) fn write(root: &Path, database: Uuid) -> io::Result<bool> {
    let (marker, beside) = (root.join(MARKER), root.join(format!("{MARKER}.{}", Uuid::now_v7().simple())));
    let mut file = folder::private_file().create_new(true).open(&beside)?;
    let written = serde_json::to_vec(&Marker { database }).map_err(io::Error::from).and_then(|text| {
        file.write_all(&text)?;
        file.sync_all()?;
        fs::hard_link(&beside, &marker)
    });
    fs::remove_file(&beside)?;
    let ours = match written {
        Ok(()) => true,
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists => false,
        Err(fault) => return Err(fault),
    };
    File::open(root)?.sync_all().map(|()| ours)
}

/// Sees that the folder is still this database's: it may have been unmounted or moved since the start, and what lies there now
/// would hide what is written to it as soon as the folder is back. Blocks.
pub(super) fn check(root: &Path, database: Uuid) -> Result<(), BlobFault> {
    let closed = |why: String| Err(BlobFault::Closed(format!("{}: {why}", root.join(MARKER).display())));
    match read(root) {
        Ok(Some(theirs)) if theirs == database => Ok(()),
        Ok(Some(theirs)) => closed(format!("of database {theirs}")),
        Ok(None) => closed("is missing: the folder of the blobs is away, or another one is in its place".into()),
        Err(fault) => closed(fault.to_string()),
    }
}

/// What lets one blob be taken away: nobody holds them, and the folder is still this database's.
#[derive(Debug)]
pub(super) struct Pass {
    _lock: File,
}

/// A pass, unless a backup or a verification holds the blobs.
pub(super) fn pass(root: &Path, database: Uuid) -> Result<Option<Pass>, BlobFault> {
    let failed = |fault: &dyn std::fmt::Display| BlobFault::Failed(format!("{}: {fault}", root.join(MARKER).display()));
    let mut lock = File::open(root.join(MARKER)).map_err(|fault| failed(&fault))?;
    match lock.try_lock_shared() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(fault)) => return Err(failed(&fault)),
    }
    let mut text = Vec::new();
    let theirs = lock.read_to_end(&mut text).and_then(|_| parse(&text)).map_err(|fault| failed(&fault))?;
    if theirs == database { Ok(Some(Pass { _lock: lock })) } else { Err(failed(&format!("of database {theirs}"))) }
}

/// Held while a backup or a verification reads: no process takes a blob away meanwhile. What a row no longer names is left to
/// the sweep.
#[derive(Debug)]
pub struct Hold {
    _lock: File,
}

/// Holds the blobs as soon as nobody else does; `waiting` is called once if that is not now.
pub(super) fn hold(root: &Path, waiting: impl FnOnce()) -> io::Result<Hold> {
    // For writing, because NFS asks for that.
    let lock = File::options().read(true).write(true).open(root.join(MARKER))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting();
            lock.lock()?;
        }
        Err(TryLockError::Error(fault)) => return Err(fault),
    }
    Ok(Hold { _lock: lock })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::{Key, MARKER, Names, claim, compare, examine, hold, pass, read, write};

    fn line<T: std::fmt::Debug>(result: Result<T, super::StartFault>) -> String {
        let line = result.unwrap_err().to_string();
        assert!(!line.contains('\n'), "{line}");
        line
    }

    #[test]
    fn a_folder_is_one_databases_from_its_first_start_on() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (Uuid::now_v7(), Uuid::now_v7());
        claim(folder.path(), ours, &Names::NONE).unwrap();
        claim(folder.path(), ours, &Names::NONE).unwrap();
        assert_eq!(read(folder.path()).unwrap(), Some(ours));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing but the marker");
        let refused = line(claim(folder.path(), other, &Names { any_of: &|_| Ok(true), any: &|| Ok(true) }));
        assert!(refused.contains(&ours.to_string()) && refused.contains(&other.to_string()), "{refused}");
        assert!(line(examine(folder.path(), None, &Names::NONE)).contains("one that is new"));
        std::fs::write(folder.path().join(MARKER), "").unwrap();
        assert!(line(compare(folder.path(), Some(ours))).contains("does not say whose"));
    }

    #[test]
    fn who_comes_second_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let database = Uuid::now_v7();
        assert!(write(folder.path(), database).unwrap());
        assert!(!write(folder.path(), database).unwrap(), "what is there is another's to take away");
    }

    #[test]
    fn a_folder_from_before_markers_becomes_that_of_the_database_that_names_its_blobs() {
        let folder = tempfile::tempdir().unwrap();
        let database = Uuid::now_v7();
        let key = Key::new(DateTime::from_timestamp(1_767_268_800, 0).unwrap());
        std::fs::create_dir(folder.path().join(key.shard())).unwrap();
        std::fs::write(folder.path().join(key.shard()).join(key.to_string()), "x").unwrap();
        let refused = line(claim(folder.path(), database, &Names { any_of: &|_| Ok(false), any: &|| Ok(true) }));
        assert!(refused.contains("names none of them"), "{refused}");
        assert_eq!(read(folder.path()).unwrap(), None);
        let names = Names { any_of: &|asked| Ok(asked == [key.to_string()]), any: &|| Ok(true) };
        claim(folder.path(), database, &names).unwrap();
        assert_eq!(read(folder.path()).unwrap(), Some(database));
    }

    #[test]
    fn an_empty_folder_is_not_that_of_a_database_that_names_blobs() {
        let folder = tempfile::tempdir().unwrap();
        let database = Uuid::now_v7();
        let names = Names { any_of: &|_| Ok(false), any: &|| Ok(true) };
        for root in [folder.path(), &folder.path().join("nowhere")] {
            let refused = line(examine(root, Some(database), &names));
            assert!(refused.contains("is its volume mounted?") && refused.contains(&database.to_string()), "{refused}");
            assert_eq!(line(claim(root, database, &names)), refused);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
        // What the line says helps.
        std::fs::write(folder.path().join(MARKER), format!("{{\"database\":\"{database}\"}}")).unwrap();
        claim(folder.path(), database, &names).unwrap();
    }

    #[test]
    fn of_processes_that_start_together_one_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let claims: Vec<bool> = std::thread::scope(|scope| {
            let one = || claim(folder.path(), Uuid::now_v7(), &Names::NONE).is_ok();
            let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(claims.iter().filter(|claimed| **claimed).count(), 1, "{claims:?}");
    }

    #[test]
    fn who_holds_the_blobs_is_alone_and_who_passes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let database = Uuid::now_v7();
        claim(folder.path(), database, &Names::NONE).unwrap();
        let both = [pass(folder.path(), database).unwrap(), pass(folder.path(), database).unwrap()];
        assert!(both.iter().all(Option::is_some));
        assert!(pass(folder.path(), Uuid::now_v7()).is_err(), "another database takes nothing away");
        drop(both);
        let held = hold(folder.path(), || {}).unwrap();
        assert!(pass(folder.path(), database).unwrap().is_none());
        drop(held);
        assert!(pass(folder.path(), database).unwrap().is_some());
    }
}
