//! `kill -9` of the server, of PostgreSQL, or of both, while sixteen clients write; after each the checker reads everything back.

use std::time::{Duration, Instant};

use clap::Args;
use rand::RngCore as _;
use rand::rngs::OsRng;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::fleet::{Fleet, Tally, Until, until};
use crate::house::House;
use crate::keeper::Keeper;
use crate::outcome::{Outcome, Row};
use crate::server::{PATIENCE, Server, Start};
use crate::sql;
use crate::swept::swept;

/// kill -9 of the server, of PostgreSQL or of both while clients write.
#[derive(Debug, Args)]
pub(crate) struct Kill {
    /// Which database.
    #[arg(long, value_enum)]
    database: Database,
    /// How often it is killed.
    #[arg(long, default_value_t = 10)]
    cycles: u32,
    /// Clients that write at once.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// The longest that a cycle lets them write, milliseconds; the shortest is 50.
    #[arg(long, default_value_t = 1500)]
    longest_ms: u64,
    /// Acknowledged writes that the run must have, so that something was put at risk.
    #[arg(long, default_value_t = 1000)]
    at_least: u64,
}

/// How many writes the access log has.
const LOGGED: &str = "SELECT CAST(coalesce(sum(items), 0) AS TEXT) FROM access_log WHERE operation = 1";
/// How many people have another number of changes than their access log has writes.
const UNLOGGED: &str = "SELECT CAST(count(*) AS TEXT) FROM people WHERE seq - 1 <> \
    (SELECT coalesce(sum(items), 0) FROM access_log WHERE person = people.id AND operation = 1)";

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Server,
    Postgres,
    Both,
}

struct Scene {
    house: House,
    cluster: Option<Cluster>,
    server: Server,
    fleet: Fleet,
    tally: Tally,
    slowest_start: Duration,
    /// Writes that the access log has.
    entries: u64,
    /// Answers that were no success although nothing was killed but the server, or none that an outage explains.
    odd: Vec<String>,
}

/// Kills, again and again.
pub(crate) fn run(args: &Kill) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-kill").tempdir()?;
    let (house, cluster) = args.database.house(folder.path())?;
    let server = Server::start(&house)?;
    let fleet = Fleet::launch(&house, args.clients, server.address)?;
    let mut scene = Scene {
        house,
        cluster,
        server,
        fleet,
        tally: Tally::default(),
        slowest_start: Duration::ZERO,
        entries: 0,
        odd: Vec::new(),
    };
    let (begun, mut cycles) = (Instant::now(), 0);
    while cycles < args.cycles && scene.tally.is_clean() && scene.odd.is_empty() {
        let victim = match (&scene.cluster, cycles % 3) {
            (None, _) | (Some(_), 0) => Victim::Server,
            (Some(_), 1) => Victim::Postgres,
            (Some(_), _) => Victim::Both,
        };
        scene.cycle(victim, pause(args.longest_ms))?;
        cycles += 1;
        if cycles % 50 == 0 {
            let seconds = begun.elapsed().as_secs();
            eprintln!("{cycles} of {} cycles, {seconds} s: {}", args.cycles, scene.tally.line());
        }
    }
    scene.end()?;
    for words in scene.tally.words.iter().chain(&scene.odd) {
        eprintln!("cycle {cycles}: {words}");
    }
    let what = match args.database {
        Database::Sqlite => "kill -9 of the server, SQLite",
        Database::Postgres => "kill -9 of the server, of PostgreSQL, of both in turn",
    };
    let started = scene.slowest_start.as_millis();
    let (tally, entries) = (scene.tally.line(), scene.entries);
    let result = format!("{tally}, {entries} in the access log; started again in {started} ms at most");
    let all = scene.tally.acknowledged >= args.at_least && entries >= scene.tally.acknowledged;
    let held = scene.tally.is_clean() && scene.odd.is_empty() && all;
    Ok(vec![Row::new(what, format!("{cycles} cycles"), result, held)])
}

fn pause(longest_ms: u64) -> Duration {
    Duration::from_millis(50 + OsRng.next_u64() % longest_ms.saturating_sub(50).max(1))
}

impl Scene {
    /// Lets the clients write for `pause`, kills `victim`, starts it again and checks.
    fn cycle(&mut self, victim: Victim, pause: Duration) -> Outcome<()> {
        let until_when = if victim == Victim::Postgres { Until::Told } else { Until::Cut };
        let (fleet, server, cluster) = (&self.fleet, &mut self.server, &mut self.cluster);
        let address = server.address;
        let (seen, killed) = fleet.write_while(address, until_when, || -> Outcome<()> {
            std::thread::sleep(pause);
            if victim != Victim::Postgres {
                server.kill()?;
            }
            if let (Some(cluster), Victim::Postgres | Victim::Both) = (cluster, victim) {
                cluster.kill()?;
                cluster.start()?;
            }
            Ok(())
        })?;
        killed?;
        for (status, times) in seen.refused.into_inner().map_err(|_| "a client panicked")? {
            // PostgreSQL's end is told as 503, and as 500 where a commit was under way; the server's own is told by nobody.
            if victim == Victim::Server || !matches!(status, 500 | 503) {
                self.odd.push(format!("{times} writes were answered {status} ({victim:?} was killed)"));
            }
        }
        if victim != Victim::Postgres {
            self.server = Start::default().serve(&self.house)?;
            self.slowest_start = self.slowest_start.max(self.server.started_in);
        }
        let ready = until(PATIENCE, || self.server.readiness().is_ok_and(|answer| answer.status == 200));
        ready.ok_or("the server does not become ready again")?;
        self.tally.add(self.fleet.check(self.server.address)?);
        self.log()
    }

    /// What there is, is whole; and the sweep leaves no content that no row names, and takes none that one does.
    fn end(&mut self) -> Outcome<()> {
        let verified = Keeper::of(&self.house, self.cluster.as_ref())?.run("verify", &[], &[])?;
        if verified.status != Some(0) {
            self.odd.push(format!("verify: {:?}: {}", verified.status, verified.said));
        }
        let (_, left) = swept(&self.house, &mut self.server)?;
        self.odd.extend(left.words());
        self.tally.add(self.fleet.check(self.server.address)?);
        Ok(())
    }

    /// The access log has an entry of each write that is there, and of no other: each of them is of one item, and takes one number
    /// of the person's changes, of which the first made the account.
    fn log(&mut self) -> Outcome<()> {
        let odd = sql::ask(&self.house.url, UNLOGGED)?;
        if odd != "0" {
            self.odd.push(format!("{odd} people's access logs do not have their writes, each once"));
        }
        let entries: u64 = sql::ask(&self.house.url, LOGGED)?.parse()?;
        self.entries = self.entries.max(entries);
        Ok(())
    }
}
