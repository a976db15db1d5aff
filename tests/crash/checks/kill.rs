//! `kill -9` of the server, of PostgreSQL, or of both, while sixteen clients write; after each the checker reads everything back.

use std::time::{Duration, Instant};

use clap::Args;
use rand::RngCore as _;
use rand::rngs::OsRng;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::fleet::{Fleet, Tally, Until, until};
use crate::house::House;
use crate::outcome::{Outcome, Row};
use crate::server::{PATIENCE, Server, Start};

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
    for words in scene.tally.words.iter().chain(&scene.odd) {
        eprintln!("cycle {cycles}: {words}");
    }
    let what = match args.database {
        Database::Sqlite => "kill -9 of the server, SQLite",
        Database::Postgres => "kill -9 of the server, of PostgreSQL, of both in turn",
    };
    let started = scene.slowest_start.as_millis();
    let result = format!("{}; started again in {started} ms at most", scene.tally.line());
    let held = scene.tally.is_clean() && scene.odd.is_empty() && scene.tally.acknowledged >= args.at_least;
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
        Ok(())
    }
}
