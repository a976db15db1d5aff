//! Backups taken while clients write, each restored elsewhere and compared: with what was acknowledged before it was begun, with
//! its own hashes, and by a server that serves from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::cluster::Cluster;
use crate::database::Database;
use crate::fleet::{Fleet, Tally, Until};
use crate::house::House;
use crate::http::{Connection, Request};
use crate::keeper::{Keeper, elsewhere};
use crate::kinds::Found;
use crate::outcome::{Fault, Outcome, Row};
use crate::rows::{self, Amount};
use crate::server::{PATIENCE, Server, Start};
use crate::sql;

/// Backups under load, each restored and compared.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// Which database.
    #[arg(long, value_enum)]
    database: Database,
    /// How many backups.
    #[arg(long, default_value_t = 3)]
    backups: u32,
    /// Clients that write meanwhile.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// MiB of rows that are there beforehand.
    #[arg(long, default_value_t = 0)]
    rows: u64,
    /// Photos that are there beforehand, 64 KiB each.
    #[arg(long, default_value_t = 50)]
    photos: u64,
    /// How long the clients write before the first backup, seconds.
    #[arg(long, default_value_t = 3)]
    quiet_s: u64,
    /// From the start of `restore` to a server that is ready, seconds at most.
    #[arg(long, default_value_t = 60)]
    restored_within_s: u64,
    /// The writers' p99 during a backup may be so many times what it is before; 0: it is only told.
    #[arg(long, default_value_t = 0.0)]
    slower_at_most: f64,
}

/// A backup, and what must and may be in it.
struct Taken {
    folder: PathBuf,
    floor: Vec<(Found, u64)>,
    ceiling: Vec<(Found, u64)>,
    from: Instant,
    took: Duration,
}

/// When a write was sent, and how long it took.
type Samples = Vec<(Instant, Duration)>;

struct Scene<'a> {
    args: &'a Backup,
    folder: &'a Path,
    cluster: Option<&'a Cluster>,
    house: &'a House,
    keeper: Keeper<'a>,
}

/// What came of the restores.
#[derive(Default)]
struct Restored {
    tally: Tally,
    equal: u32,
    /// The slowest.
    back: Duration,
    words: Vec<String>,
}

/// Takes backups and restores them.
pub(crate) fn run(args: &Backup) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-backup").tempdir()?;
    let (house, cluster) = args.database.house(folder.path())?;
    let keeper = Keeper::of(&house, cluster.as_ref())?;
    keeper.run("migrate", &[], &[])?.fine("migrate")?;
    let amount = Amount { first: 1_000_000, rows_mib: args.rows, photos: args.photos, photo_bytes: 64 * 1024 };
    rows::fill(&house.url, &house.data.join("blobs"), amount)?;
    let mut server = Server::start(&house)?;
    let fleet = Fleet::launch(&house, args.clients, server.address)?;
    let scene = Scene { args, folder: folder.path(), cluster: cluster.as_ref(), house: &house, keeper };
    let (samples, stop) = (Mutex::default(), AtomicBool::new(false));
    let bearer = house.token("probe")?;
    let (_, taken) = fleet.write_while(server.address, Until::Told, || -> Outcome<Vec<Taken>> {
        std::thread::scope(|scope| {
            let probe = scope.spawn(|| probe(&server, &bearer, &stop, &samples));
            let taken = scene.take(&fleet);
            stop.store(true, Ordering::Release);
            probe.join().map_err(|_| Fault::from("the probe panicked"))??;
            taken
        })
    })?;
    let taken = taken?;
    let tally = fleet.check(server.address)?;
    server.stop()?;
    let mut restored = Restored::default();
    restored.tally.add(tally);
    for (number, one) in taken.iter().enumerate() {
        scene.restore(number, one, &fleet, &mut restored)?;
    }
    let samples = samples.into_inner().map_err(|_| "the probe panicked")?;
    Ok(vec![row(args, &taken, &restored, &samples)])
}

/// Writes one after the other, and notes how long each takes.
fn probe(server: &Server, token: &str, stop: &AtomicBool, samples: &Mutex<Samples>) -> Outcome<()> {
    let mut connection = Connection::open(server.address, PATIENCE)?;
    let mut number = 0_u64;
    while !stop.load(Ordering::Acquire) {
        number += 1;
        let body = json!({ "city": number.to_string() }).to_string().into_bytes();
        let request = Request { method: "PATCH", path: "/v1.0/me".into(), body: Some(("application/json", body)) };
        let from = Instant::now();
        let answer = connection.send(&request, Some(token))?;
        if answer.status != 200 {
            return Err(format!("the probe: {} {}", answer.status, answer.words()).into());
        }
        samples.lock().map_err(|_| "the probe panicked")?.push((from, from.elapsed()));
    }
    Ok(())
}

impl Scene<'_> {
    /// Takes the backups, and verifies once what is served, all while clients write.
    fn take(&self, fleet: &Fleet) -> Outcome<Vec<Taken>> {
        std::thread::sleep(Duration::from_secs(self.args.quiet_s));
        let mut taken = Vec::new();
        for number in 0..self.args.backups {
            let folder = self.folder.join(format!("backup-{number}"));
            let floor = fleet.latest()?;
            let from = Instant::now();
            let ended = self.keeper.run("backup", &[], &[&folder])?.fine("backup")?;
            taken.push(Taken { folder, floor, ceiling: fleet.latest()?, from, took: ended.took });
        }
        self.keeper.run("verify", &[], &[])?.fine("verify, while clients write")?;
        Ok(taken)
    }

    /// Restores one elsewhere, and compares.
    fn restore(&self, number: usize, taken: &Taken, fleet: &Fleet, restored: &mut Restored) -> Outcome<()> {
        self.keeper.verify_backup(&taken.folder)?.fine("verify --backup")?;
        let home = self.folder.join(format!("restored-{number}"));
        let url = match self.cluster {
            Some(cluster) => cluster.make_database(&format!("restored_{number}"))?,
            None => String::new(),
        };
        let (sets, url, blobs) = elsewhere(&home, &url);
        let ended = self.keeper.run("restore", &sets, &[&taken.folder])?.fine("restore")?;
        let same = self.same(&taken.folder, &url, &blobs)?;
        match same {
            None => restored.equal += 1,
            Some(words) => restored.words.push(words),
        }
        let start = Start { sets: sets.clone(), log: Some("restored.log".into()), ..Start::default() };
        let mut server = start.serve(self.house)?;
        restored.back = restored.back.max(ended.took + server.started_in);
        restored.tally.add(fleet.compare(server.address, &taken.floor, &taken.ceiling)?);
        self.keeper.run("verify", &sets, &[])?.fine("verify of what was restored")?;
        server.kill()?;
        drop(server);
        if let Some(cluster) = self.cluster {
            sql::run(&cluster.url(), &format!("DROP DATABASE restored_{number}"))?;
        }
        fs::remove_dir_all(&home)?;
        Ok(fs::remove_dir_all(&taken.folder)?)
    }

    /// What differs between a backup and what was restored from it, before a server writes there.
    fn same(&self, backup: &Path, url: &str, blobs: &Path) -> Outcome<Option<String>> {
        let (was, is) = (files(&backup.join("blobs"))?, files(blobs)?);
        if was != is {
            return Ok(Some(format!("{} blobs in the backup, {} restored, not all equal", was.len(), is.len())));
        }
        let (was, is) = if let Some(path) = url.strip_prefix("sqlite://") {
            let file = |path: &Path| Ok::<_, Fault>(BTreeMap::from([("the file".to_owned(), sha256(path)?)]));
            (file(&backup.join("database.sqlite"))?, file(Path::new(path))?)
        } else {
            let mut was = self.keeper.program("pg_restore");
            was.args(["--data-only", "--schema=public", "--file=-"]).arg(backup.join("database.dump"));
            let mut is = self.keeper.program("pg_dump");
            // What page tokens are sealed with is in no backup.
            is.args(["--data-only", "--schema=public", "--exclude-table-data=seal_keys", "--dbname", url]);
            (rows_of(was)?, rows_of(is)?)
        };
        let tables = was.keys().chain(is.keys()).find(|table| was.get(*table) != is.get(*table));
        Ok(tables.map(|table| format!("the tables are not equal: {table}")))
    }
}

/// SHA-256 of each table's rows, and of what stands outside of them, as one of PostgreSQL's programs writes it. By table: which of
/// them comes first follows from how it was asked, where keys of one refer to another.
fn rows_of(mut command: std::process::Command) -> Outcome<BTreeMap<String, String>> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let (mut digests, mut table) = (BTreeMap::<String, Sha256>::new(), String::new());
    let no_row: [&[u8]; 5] = [b"--", b"SET ", b"SELECT pg_catalog.set_config", b"\\restrict", b"\\unrestrict"];
    for line in output.stdout.split(|byte| *byte == b'\n') {
        let begins = table.is_empty() && line.starts_with(b"COPY ");
        if begins {
            table = String::from_utf8_lossy(line).into_owned();
        }
        if !table.is_empty() || (!line.is_empty() && !no_row.iter().any(|start| line.starts_with(start))) {
            let digest = digests.entry(table.clone()).or_default();
            digest.update(line);
            digest.update(b"\n");
        }
        if line == b"\\." {
            table.clear();
        }
    }
    Ok(digests.into_iter().map(|(table, digest)| (table, format!("{:x}", digest.finalize()))).collect())
}

fn sha256(path: &Path) -> Outcome<String> {
    let (mut file, mut digest) = (fs::File::open(path)?, Sha256::new());
    std::io::copy(&mut file, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

/// The hash of every blob, by its name.
fn files(root: &Path) -> Outcome<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for shard in fs::read_dir(root)?.flatten().filter(|shard| shard.path().is_dir()) {
        for entry in fs::read_dir(shard.path())?.flatten() {
            let name = format!("{}/{}", shard.file_name().display(), entry.file_name().display());
            all.insert(name, sha256(&entry.path())?);
        }
    }
    Ok(all)
}

fn row(args: &Backup, taken: &[Taken], restored: &Restored, samples: &Samples) -> Row {
    let during = |at: &Instant| taken.iter().any(|one| *at >= one.from && *at < one.from + one.took);
    let first = taken.iter().map(|one| one.from).min();
    let while_taken: Samples = samples.iter().filter(|(at, _)| during(at)).copied().collect();
    let quiet: Samples = samples.iter().filter(|(at, _)| first.is_some_and(|first| *at < first)).copied().collect();
    let (loaded, quiet) = (p99(while_taken), p99(quiet));
    let slowest = taken.iter().map(|one| one.took).max().unwrap_or_default();
    let name = args.database.name();
    let ratio = loaded.as_secs_f64() / quiet.as_secs_f64().max(f64::EPSILON);
    let result = format!(
        "{} restored equal; before each, summed over them: {}; a backup took {:.1} s at most; writers' p99 {:.1} ms during, {:.1} ms before (told, {}judged); \
         from restore to ready {:.1} s at most{}",
        restored.equal,
        restored.tally.line(),
        slowest.as_secs_f64(),
        loaded.as_secs_f64() * 1000.0,
        quiet.as_secs_f64() * 1000.0,
        if args.slower_at_most > 0.0 { "" } else { "not " },
        restored.back.as_secs_f64(),
        restored.words.iter().chain(&restored.tally.words).fold(String::new(), |all, words| all + "; " + words),
    );
    let held = restored.equal == args.backups
        && restored.tally.is_clean()
        && restored.back <= Duration::from_secs(args.restored_within_s)
        && (args.slower_at_most <= 0.0 || ratio <= args.slower_at_most);
    let what = format!(
        "backup while {} clients write, restored elsewhere, {name} ({} MiB of rows, {} photos beforehand)",
        args.clients, args.rows, args.photos
    );
    Row::new(what, format!("{} backups", args.backups), result, held)
}

fn p99(samples: Samples) -> Duration {
    let mut all: Vec<Duration> = samples.into_iter().map(|(_, took)| took).collect();
    all.sort();
    all.get(all.len() * 99 / 100).or(all.last()).copied().unwrap_or_default()
}
