//! Whose blobs these are: a marker beside them holds the id of the database whose rows name them. Imports `fault`, `key`, `place`.

use std::io::{self, ErrorKind};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fault::StartFault;
use super::key::Key;
use super::place::Place;

/// How many blobs the database is asked about at once, when there is no marker yet.
const ASKED_AT_ONCE: usize = 200;

/// What the marker holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Marker {
    database: Uuid,
}

impl Marker {
    pub(super) fn parse(text: &[u8]) -> io::Result<Uuid> {
        Ok(serde_json::from_slice::<Self>(text)?.database)
    }

    pub(super) fn text(database: Uuid) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec(&Self { database })?)
    }
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

/// Sees that the folder is this database's, and marks it if it is not marked.
pub(super) fn claim(place: &Place, database: Uuid, names: &Names<'_>) -> Result<(), StartFault> {
    if !examine(place, Some(database), names)? {
        place.mark(database).map_err(|fault| StartFault::Refused(format!("{place} cannot be marked: {fault}")))?;
    }
    // Read again: another process may have been first.
    compare(place, Some(database)).map(drop)
}

/// Refuses a folder that a database of this id (none: it has none yet) is not to be served from, and changes nothing. Whether it
/// is marked. One without a marker is the database's own if a row names one of the blobs in it (a folder from before there were
/// markers), or if neither has any.
pub(super) fn examine(place: &Place, database: Option<Uuid>, names: &Names<'_>) -> Result<bool, StartFault> {
    if compare(place, database)? {
        return Ok(true);
    }
    let why = match look(place, database, names) {
        Ok(None) => return Ok(false),
        Ok(Some(why)) => why,
        Err(why) => format!("{place} cannot be looked through: {why}"),
    };
    // Of servers that start together one has marked it meanwhile, and its first photos are there.
    if compare(place, database)? { Ok(true) } else { Err(StartFault::Refused(why)) }
}

/// Refuses the folder of another database than `database`; whether it is marked.
pub(super) fn compare(place: &Place, database: Option<Uuid>) -> Result<bool, StartFault> {
    let told = place.owner().map_err(|fault| match fault.kind() {
        ErrorKind::HostUnreachable => StartFault::Away(format!("{place} cannot be reached: {fault}")),
        _ => StartFault::Refused(format!("{} does not say whose folder this is: {fault}", place.marker())),
    })?;
    let Some(theirs) = told else { return Ok(false) };
    let why = match database {
        Some(ours) if ours == theirs => return Ok(true),
        Some(ours) => format!("and database.url names {ours}"),
        None => "and database.url names one that is new".to_owned(),
    };
    Err(StartFault::Refused(format!(
        "{place} belongs to database {theirs}, {why}: name the two that belong together, or another folder for this database"
    )))
}

/// Why a folder without a marker is not this database's, if it is not.
fn look(place: &Place, database: Option<Uuid>, names: &Names<'_>) -> Result<Option<String>, String> {
    let keys = place.all().map_err(|fault| fault.to_string())?;
    for some in keys.chunks(ASKED_AT_ONCE) {
        let some: Vec<String> = some.iter().map(Key::to_string).collect();
        if (names.any_of)(&some)? {
            return Ok(None);
        }
    }
    if !keys.is_empty() {
        return Ok(Some(format!(
            "{place} holds blobs and database.url names none of them: name the database or the folder that belongs to it \
             (or, if these blobs are nobody's, move them away)"
        )));
    }
    let id = database.map_or("its id".into(), |id| id.to_string());
    Ok((names.any)()?.then(|| {
        format!(
            "{place} is empty, and the database names blobs: is its volume mounted? If they are lost, `sharehold restore` \
             brings database and blobs back from a backup; to serve without them write {{\"database\":\"{id}\"}} into {}",
            place.marker()
        )
    }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chrono::DateTime;
    use uuid::Uuid;

    use super::super::place::MARKER;
    use super::{Key, Names, Place, claim, compare, examine};

    fn at(root: &Path) -> Place {
        Place::Folder(root.to_owned())
    }

    fn line<T: std::fmt::Debug>(result: Result<T, super::StartFault>) -> String {
        let line = result.unwrap_err().to_string();
        assert!(!line.contains('\n'), "{line}");
        line
    }

    #[test]
    fn a_folder_is_one_databases_from_its_first_start_on() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (Uuid::now_v7(), Uuid::now_v7());
        claim(&at(folder.path()), ours, &Names::NONE).unwrap();
        claim(&at(folder.path()), ours, &Names::NONE).unwrap();
        assert_eq!(at(folder.path()).owner().unwrap(), Some(ours));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing but the marker");
        let refused = line(claim(&at(folder.path()), other, &Names { any_of: &|_| Ok(true), any: &|| Ok(true) }));
        assert!(refused.contains(&ours.to_string()) && refused.contains(&other.to_string()), "{refused}");
        assert!(line(examine(&at(folder.path()), None, &Names::NONE)).contains("one that is new"));
        std::fs::write(folder.path().join(MARKER), "").unwrap();
        assert!(line(compare(&at(folder.path()), Some(ours))).contains("does not say whose"));
    }

    #[test]
    fn a_folder_from_before_markers_becomes_that_of_the_database_that_names_its_blobs() {
        let folder = tempfile::tempdir().unwrap();
        let database = Uuid::now_v7();
        let key = Key::new(DateTime::from_timestamp(1_767_268_800, 0).unwrap());
        std::fs::create_dir(folder.path().join(key.shard())).unwrap();
        std::fs::write(folder.path().join(key.shard()).join(key.to_string()), "x").unwrap();
        let refused = line(claim(&at(folder.path()), database, &Names { any_of: &|_| Ok(false), any: &|| Ok(true) }));
        assert!(refused.contains("names none of them"), "{refused}");
        assert_eq!(at(folder.path()).owner().unwrap(), None);
        let names = Names { any_of: &|asked| Ok(asked == [key.to_string()]), any: &|| Ok(true) };
        claim(&at(folder.path()), database, &names).unwrap();
        assert_eq!(at(folder.path()).owner().unwrap(), Some(database));
    }

    #[test]
    fn an_empty_folder_is_not_that_of_a_database_that_names_blobs() {
        let folder = tempfile::tempdir().unwrap();
        let database = Uuid::now_v7();
        let names = Names { any_of: &|_| Ok(false), any: &|| Ok(true) };
        for root in [folder.path(), &folder.path().join("nowhere")] {
            let refused = line(examine(&at(root), Some(database), &names));
            assert!(refused.contains("is its volume mounted?") && refused.contains(&database.to_string()), "{refused}");
            assert_eq!(line(claim(&at(root), database, &names)), refused);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
        // What the line says helps.
        std::fs::write(folder.path().join(MARKER), format!("{{\"database\":\"{database}\"}}")).unwrap();
        claim(&at(folder.path()), database, &names).unwrap();
    }

    #[test]
    fn of_processes_that_start_together_one_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let claims: Vec<bool> = std::thread::scope(|scope| {
            let one = || claim(&at(folder.path()), Uuid::now_v7(), &Names::NONE).is_ok();
            let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(claims.iter().filter(|claimed| **claimed).count(), 1, "{claims:?}");
    }
}
