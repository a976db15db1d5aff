//! A full disk: a small one in memory holds everything and is filled while clients write. Reads go on, changes are answered 507,
//! and once there is room again changes work, without a restart.

mod parts;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::fleet::{Fleet, Seen, Tally, Until, until};
use crate::house::House;
use crate::http::{Connection, Request};
use crate::kinds::{KINDS, Mark};
use crate::outcome::{Outcome, Row};
use crate::server::{PATIENCE, Server};
use crate::swept::swept;
use parts::Parts;

/// Fills the disk of the database and the blobs while clients write, and makes room again. Needs root, or user namespaces.
#[derive(Debug, Args)]
pub(crate) struct Full {
    /// Which database.
    #[arg(long, value_enum)]
    database: Database,
    /// How often the disk is filled.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Clients that write at once.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// How long it stays full, milliseconds.
    #[arg(long, default_value_t = 2000)]
    lasting_ms: u64,
    /// The disk's size, MiB.
    #[arg(long, default_value_t = 64)]
    size_mib: u32,
}

/// Set in the process that is root of its own namespace.
const INSIDE: &str = "CRASH_INSIDE";
/// A write of a kind may take so long to work again.
const AGAIN: Duration = Duration::from_secs(1);

/// A disk in memory. Unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, size_mib: u32) -> Outcome<Self> {
        fs::create_dir_all(at)?;
        let options = format!("size={size_mib}m,mode=755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output()?;
        if !mounted.status.success() {
            return Err(format!("mount: {}", String::from_utf8_lossy(&mounted.stderr).trim()).into());
        }
        Ok(Self(at.to_owned()))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Takes what room there is, to the last octet.
    fn fill(&self) -> Outcome<()> {
        let mut file = File::options().create(true).append(true).open(self.filler())?;
        for size in [1 << 20, 1 << 16, 1 << 12, 1] {
            let bytes = vec![0; size];
            while file.write(&bytes).is_ok_and(|written| written == size) {}
        }
        Ok(())
    }

    fn make_room(&self) -> Outcome<()> {
        Ok(fs::remove_file(self.filler())?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// What was seen, all rounds together.
#[derive(Default)]
struct Score {
    tally: Tally,
    /// Reads while the disk was full, and those that were not 200.
    reads: u64,
    unread: u64,
    /// Answers to writes that were no success.
    refused: std::collections::BTreeMap<u16, u64>,
    unanswered: u64,
    /// The kinds that were answered 507, each round.
    told: Vec<String>,
    /// Until a write of each kind worked again, at most.
    again: Duration,
    wrong: Vec<String>,
}

/// Fills it, again and again.
pub(crate) fn run(args: &Full) -> Outcome<Vec<Row>> {
    if !rustix::process::geteuid().is_root() && std::env::var_os(INSIDE).is_none() {
        return inside(args);
    }
    let folder = tempfile::Builder::new().prefix("sharehold-full").tempdir()?;
    let disk = Disk::mount(&folder.path().join("disk"), args.size_mib)?;
    let cluster = match args.database {
        Database::Sqlite => None,
        Database::Postgres => Some(Cluster::start_split(&disk.0, Some(&folder.path().join("log")), &[])?),
    };
    let url = cluster.as_ref().map(Cluster::url).unwrap_or_default();
    let house = House::make(folder.path(), &disk.0, &url)?;
    let mut server = Server::start(&house)?;
    let fleet = Fleet::launch(&house, args.clients, server.address)?;
    let mut score = Score::default();
    for round in 0..args.rounds {
        score.round(&fleet, &house, &server, &disk, args, round)?;
        if !score.holds() {
            break;
        }
    }
    // Said once for each time that the log could not be copied, however many times it was tried.
    let checkpoints = server.said(0).matches("is not copied into the database: the database's disk is full").count();
    let during = starts(&house, &mut server, &disk, &mut score, &fleet)?;
    let result = format!(
        "{}; {} of {} reads 200 while full; 507 to {}; other answers {:?}, {} unanswered; writing again {} ms after there was room at most; {checkpoints} checkpoints without room{}",
        score.tally.line(),
        score.reads - score.unread,
        score.reads,
        KINDS.iter().map(|(kind, _)| kind.name()).collect::<Vec<_>>().join(" and "),
        score.refused,
        score.unanswered,
        score.again.as_millis(),
        during
    );
    if score.refused.keys().any(|status| *status != 507) {
        let said = server.said(0);
        said.lines().filter(|line| line.contains("ERROR")).take(5).for_each(|line| eprintln!("{line}"));
    }
    score.wrong.iter().for_each(|wrong| eprintln!("{wrong}"));
    let what = format!("a full disk, {}", args.database.name());
    Ok(vec![Row::new(what, format!("{} times", args.rounds), result, score.holds())])
}

/// Runs this very command as root of a namespace of its own.
fn inside(args: &Full) -> Outcome<Vec<Row>> {
    if args.database == Database::Postgres {
        return Err("PostgreSQL's part needs root: it mounts a disk, and PostgreSQL runs as another user".into());
    }
    let status = Command::new("unshare")
        .args(["--map-root-user", "--mount"])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, "1")
        .status()?;
    if status.success() { Ok(Vec::new()) } else { Err("it needs root, or user namespaces (unshare -rm)".into()) }
}

impl Score {
    fn holds(&self) -> bool {
        let only_full = self.refused.keys().all(|status| *status == 507);
        self.wrong.is_empty() && self.tally.is_clean() && self.unread == 0 && self.unanswered == 0 && only_full
    }

    fn round(
        &mut self,
        fleet: &Fleet,
        house: &House,
        server: &Server,
        disk: &Disk,
        args: &Full,
        round: u32,
    ) -> Outcome<()> {
        let mut parts = Parts::begin(house, server, round)?;
        let (seen, done) = fleet.write_while(server.address, Until::Told, || -> Outcome<()> {
            std::thread::sleep(Duration::from_millis(200));
            disk.fill()?;
            self.while_full(fleet, house, server, disk, args, round)?;
            self.wrong.extend(parts.refused(server)?);
            disk.make_room()?;
            self.until_again(house, server, round)?;
            self.wrong.extend(parts.goes_on(server)?);
            std::thread::sleep(Duration::from_millis(200));
            Ok(())
        })?;
        done?;
        self.note(&seen)?;
        self.tally.add(fleet.check(server.address)?);
        Ok(())
    }

    fn note(&mut self, seen: &Seen) -> Outcome<()> {
        for (status, times) in seen.refused.lock().map_err(|_| "a client panicked")?.iter() {
            *self.refused.entry(*status).or_default() += times;
        }
        self.unanswered += seen.unanswered.load(Ordering::Relaxed);
        Ok(())
    }

    /// Reads all the time, and sees to it that each kind is told 507: by newcomers, whose rows need room that no old one leaves.
    fn while_full(
        &mut self,
        fleet: &Fleet,
        house: &House,
        server: &Server,
        disk: &Disk,
        args: &Full,
        round: u32,
    ) -> Outcome<()> {
        let begun = Instant::now();
        let mut connection = Connection::open(server.address, PATIENCE)?;
        let mut missing: Vec<usize> = (0..KINDS.len()).collect();
        let mut newcomer = 0;
        while begun.elapsed() < Duration::from_millis(args.lasting_ms) || !missing.is_empty() {
            if begun.elapsed() > PATIENCE {
                self.wrong.push(format!("round {round}: 507 did not come to {missing:?} of the kinds"));
                break;
            }
            disk.fill()?;
            for token in fleet.tokens() {
                let answer = connection.send(&Request::get("/v1.0/me"), Some(token))?;
                self.reads += 1;
                self.unread += u64::from(answer.status != 200);
            }
            newcomer += 1;
            let token = house.token(&format!("newcomer-{round}-{newcomer}"))?;
            for kind in missing.clone() {
                let (kind_written, _) = KINDS.get(kind).ok_or("no such kind")?;
                let request = kind_written.write(Mark { client: 0, number: 1 })?;
                let answer = connection.send(&request, Some(&token))?;
                if answer.status == 507 {
                    let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
                    let code = body.pointer("/error/code").and_then(serde_json::Value::as_str);
                    if code != Some("quotaLimitReached") {
                        self.wrong.push(format!("507 without its code: {}", answer.words()));
                    }
                    self.told.push(kind_written.name().to_owned());
                    missing.retain(|other| *other != kind);
                } else if answer.status >= 300 {
                    *self.refused.entry(answer.status).or_default() += 1;
                }
            }
        }
        Ok(())
    }

    /// How long until a write of each kind works.
    fn until_again(&mut self, house: &House, server: &Server, round: u32) -> Outcome<()> {
        let token = house.token(&format!("afterwards-{round}"))?;
        for (kind, _) in KINDS {
            let begun = Instant::now();
            let request = kind.write(Mark { client: 0, number: 1 })?;
            let works = until(PATIENCE, || {
                let asked = Connection::open(server.address, PATIENCE).and_then(|mut c| c.send(&request, Some(&token)));
                asked.is_ok_and(|answer| answer.status < 300)
            });
            if works.is_none() {
                self.wrong.push(format!("round {round}: a {} cannot be written again", kind.name()));
            }
            self.again = self.again.max(begun.elapsed());
            if begun.elapsed() > AGAIN {
                let (name, took) = (kind.name(), begun.elapsed().as_millis());
                self.wrong.push(format!("round {round}: a {name} is written again after {took} ms"));
            }
        }
        Ok(())
    }
}

/// A start over a full disk: it works or is refused in one line; with room it works, and all is there.
fn starts(house: &House, server: &mut Server, disk: &Disk, score: &mut Score, fleet: &Fleet) -> Outcome<&'static str> {
    server.kill()?;
    disk.fill()?;
    let mut words = "; a start without room works";
    if let Err(fault) = Server::start(house) {
        words = "; a start without room is refused in one line";
        let said = fault.to_string();
        if Server::plain(&said).len() != 1 || !said.contains("(exit status: ") || said.contains("panicked") {
            score.wrong.push(said);
        }
    }
    disk.make_room()?;
    *server = Server::start(house)?;
    let (_, left) = swept(house, server)?;
    score.wrong.extend(left.words());
    score.tally.add(fleet.check(server.address)?);
    Ok(words)
}
