//! Opening the store: the checks, the migrations, the pool and the writer, in that order.
//! May import `access`, `config`, `clock`.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::timestamp::context::ContextV7;

use super::backend::{Purpose, Waits, connect};
use super::connections::Plan;
use super::db::Db;
use super::error::by_message;
use super::files::{self, Lock};
use super::group::Desk;
use super::people::Seen;
use super::place::Place;
use super::pool::Pool;
use super::start::{StartError, check_postgres, check_sqlite, check_synchronous, check_writable};
use super::writer::{Tuning, Writer};
use super::{Inner, Lane, Store, Uid, checkpoint, installation, landing, migrate, ready, seal_keys};
use crate::access::Uses;
use crate::clock::Clock;
use crate::config::{Database, Limits, Provision};

impl Store {
    /// Opens the database: makes what is missing, checks what could lose data, migrates under a lock and starts the
    /// writer. Blocks.
    pub fn open(
        settings: &Database,
        limits: &Limits,
        users: Provision,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        Self::open_tuned(settings, limits, users, clock, Tuning::default())
    }

    /// [`Store::open`] with another writer, for tests and benches.
    pub fn open_tuned(
        settings: &Database,
        limits: &Limits,
        users: Provision,
        clock: Arc<dyn Clock>,
        tuning: Tuning,
    ) -> Result<Self, StartError> {
        let place = Place::parse(settings.url.expose())?;
        let waits = Waits::from(limits);
        let size = pool_size(settings.pool_size);
        let prepared = prepare(place, waits, size)?;
        let place = prepared.place;
        let writer = match prepared.lock {
            Some(lock) => Lane::Sqlite(start_writer(&place, waits, tuning, lock)?),
            None => Lane::Postgres(waits),
        };
        let plan = Plan { place: place.clone(), size, waits, wait: Duration::from_secs(limits.pool_wait_s) };
        let people = usize::try_from(limits.token_cache_entries).unwrap_or(usize::MAX);
        Ok(Self {
            inner: Arc::new(Inner {
                pool: Pool::new(plan)?,
                writer,
                seen: Seen::new(people),
                uses: Arc::new(Uses::new(clock.clone())),
                provision: users,
                clock,
                probed: ready::Last::default(),
                warnings: prepared.warnings,
                installation: prepared.installation,
                seal_keys: prepared.seal_keys,
                ids: Mutex::new(ContextV7::new()),
                file: place.file(),
            }),
        })
    }

    /// Brings the schema up to date and gives the names of the migrations that were run. Blocks.
    pub fn migrate(settings: &Database) -> Result<Vec<String>, StartError> {
        let place = Place::parse(settings.url.expose())?;
        prepare(place, Waits::from(&Limits::default()), 1).map(|prepared| prepared.migrated)
    }

    /// Looks whether the database could be served from, and changes nothing in it.
    /// A SQLite file that is not there yet is no fault: it will be made. Blocks.
    pub fn examine(settings: &Database) -> Result<Examined, StartError> {
        let place = Place::parse(settings.url.expose())?;
        let place = match place {
            Place::Sqlite(path) if files::is_nowhere(Path::new(&path)) => return Ok(Examined::default()),
            Place::Sqlite(path) => {
                let path = files::examine(Path::new(&path))?;
                if !path.exists() {
                    return Ok(Examined::default());
                }
                sqlite(path)?
            }
            postgres @ Place::Postgres(_) => postgres,
        };
        let mut db = connect(&place, Purpose::Migrations, Waits::from(&Limits::default()))
            .map_err(|error| StartError::failed("the database cannot be opened", &error))?;
        let warnings = match &mut db {
            Db::Sqlite(c) => check_sqlite(c)?,
            Db::Postgres(c) => check_postgres(c, pool_size(settings.pool_size))?,
        };
        migrate::examine(&mut db)?;
        // Before the first start with this schema there is no such table.
        let installation = installation::find(&mut db).ok().flatten();
        Ok(Examined { warnings, installation, db: Some(RefCell::new(db)) })
    }

    /// Whether there is no database yet: no file, or no table. Makes neither. Blocks.
    pub fn is_new(settings: &Database) -> Result<bool, StartError> {
        match Place::parse(settings.url.expose())? {
            Place::Sqlite(path) => Ok(match Path::new(&path).metadata() {
                Ok(file) => file.len() == 0,
                Err(error) => error.kind() == ErrorKind::NotFound,
            }),
            postgres @ Place::Postgres(_) => {
                let mut db = connect(&postgres, Purpose::Reads, Waits::from(&Limits::default()))
                    .map_err(|error| StartError::failed("the database cannot be opened", &error))?;
                landing::has_no_table(&mut db)
            }
        }
    }
}

/// What was found of a database.
#[derive(Default)]
pub struct Examined {
    /// What is worth knowing, a line each.
    pub warnings: Vec<String>,
    /// Its own id, if it has one yet.
    pub installation: Option<Uid>,
    /// To ask it more; none if there is nothing to ask.
    pub(super) db: Option<RefCell<Db>>,
}

struct Prepared {
    /// Without links in it.
    place: Place,
    /// SQLite only.
    lock: Option<Lock>,
    warnings: Vec<String>,
    migrated: Vec<String>,
    installation: Uid,
    seal_keys: seal_keys::SealKeys,
}

fn prepare(place: Place, waits: Waits, pool_size: u32) -> Result<Prepared, StartError> {
    let (place, lock) = match place {
        Place::Sqlite(path) => {
            let (path, lock) = files::prepare(Path::new(&path))?;
            (sqlite(path)?, Some(lock))
        }
        postgres @ Place::Postgres(_) => (postgres, None),
    };
    let mut db = connect(&place, Purpose::Migrations, waits)
        .map_err(|error| StartError::failed("the database cannot be opened", &error))?;
    let warnings = match &mut db {
        Db::Sqlite(c) => check_sqlite(c)?,
        Db::Postgres(c) => check_postgres(c, pool_size)?,
    };
    let migrated = migrate::run(&mut db)?;
    let installation = installation::settle(&mut db)
        .map_err(|error| StartError::failed("the database's own id cannot be read", &error.detail()))?;
    let seal_keys = seal_keys::settle(&mut db)
        .map_err(|error| StartError::failed("the secret of page tokens cannot be read", &error.detail()))?;
    Ok(Prepared { place, lock, warnings, migrated, installation, seal_keys })
}

/// A path that was followed through its links; SQLite takes UTF-8 only.
pub(super) fn sqlite(path: PathBuf) -> Result<Place, StartError> {
    let path = path.into_os_string().into_string();
    path.map(Place::Sqlite).map_err(|path| StartError::refused(format!("{} is not UTF-8", path.display())))
}

fn start_writer(place: &Place, waits: Waits, tuning: Tuning, lock: Lock) -> Result<Writer, StartError> {
    let place = place.clone();
    let file = place.file().unwrap_or_default();
    let open = move || -> Result<Db, StartError> {
        let mut db = connect(&place, Purpose::Writes, waits)
            .map_err(|error| StartError::failed("the database cannot be opened", &error))?;
        if let Db::Sqlite(c) = &mut db {
            check_synchronous(c)?;
        }
        // This makes the write-ahead log, whose name must be on the disk before anything in it is acknowledged.
        check_writable(&mut db, waits)?;
        files::sync_names(&file)?;
        Ok(db)
    };
    let mut db = open()?;
    checkpoint::whole(&mut db, tuning.patience)?;
    let again = Box::new(move || open().map_err(|error| by_message(&error.to_string())));
    Writer::start(Desk::new(again, waits, db), tuning, Arc::new(lock))
}

/// What is configured, or four a core.
fn pool_size(configured: u32) -> u32 {
    if configured > 0 {
        return configured;
    }
    let cores = std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
    cores.saturating_mul(4)
}
