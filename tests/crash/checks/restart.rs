//! The one server of a SQLite file, stopped and started again, and killed: how long nobody is answered.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;

use crate::fleet::{Fleet, Tally, Until};
use crate::house::House;
use crate::http::{Connection, Request};
use crate::nginx::free_port;
use crate::outcome::{Fault, Outcome, Row};
use crate::server::{self, PATIENCE, Server, Start};
use crate::sql::Sql;

/// The goals (security.md §6-8).
const GONE: Duration = Duration::from_secs(10);
const FIRST_ANSWER: Duration = Duration::from_millis(500);
/// What a person takes in a database that is filled, octets.
const PERSON: u32 = 4096;

/// Restart and kill the one server on SQLite, over a database of some size.
#[derive(Debug, Args)]
pub(crate) struct Restart {
    /// How often it is restarted, and how often killed.
    #[arg(long, default_value_t = 3)]
    times: u32,
    /// How large the database is.
    #[arg(long, default_value_t = 10)]
    megabytes: u32,
}

struct Scene {
    house: House,
    start: Start,
    server: Server,
    fleet: Fleet,
    tally: Tally,
}

/// Restarts and kills.
pub(crate) fn run(args: &Restart) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-restart").tempdir()?;
    let house = House::on_sqlite(folder.path())?;
    let start = Start { sets: vec![format!("listen=127.0.0.1:{}", free_port()?)], ..Start::default() };
    start.serve(&house)?.stop()?;
    Sql::open(&house.url)?.fill(args.megabytes * (1_000_000 / PERSON), PERSON)?;
    let megabytes = std::fs::metadata(house.data.join("sharehold.db"))?.len() / 1_000_000;
    let server = start.serve(&house)?;
    let fleet = Fleet::launch(&house, 16, server.address)?;
    let mut scene = Scene { house, start, server, fleet, tally: Tally::default() };
    let [mut gone, mut silent, mut first, mut ready] = [Duration::ZERO; 4];
    for _ in 0..args.times {
        let (ended, gap) = scene.restart()?;
        (gone, silent) = (gone.max(ended), silent.max(gap));
        first = first.max(scene.kill()?);
        ready = ready.max(scene.server.started_in);
    }
    let clean = scene.tally.is_clean();
    let often = format!("{} times", args.times);
    let stopped = format!(
        "gone {:.1} s after SIGTERM, no answer for {} ms at most; {}",
        gone.as_secs_f64(),
        silent.as_millis(),
        scene.tally.line()
    );
    let (first_ms, ready_ms) = (first.as_millis(), ready.as_millis());
    let killed =
        format!("the first 200 came {first_ms} ms after the kill, at most; of that the start took {ready_ms} ms");
    Ok(vec![
        Row::new("restart of the one server on SQLite, under load", often.clone(), stopped, clean && gone <= GONE),
        Row::new(
            format!("kill -9 and start over a SQLite file of {megabytes} MB, under load"),
            often,
            killed,
            clean && first <= FIRST_ANSWER,
        ),
    ])
}

impl Scene {
    /// SIGTERM, the end, the start: how long the end took, and how long nobody was answered.
    fn restart(&mut self) -> Outcome<(Duration, Duration)> {
        let (address, token) = (self.server.address, self.house.token("prober")?);
        let stop = AtomicBool::new(false);
        let (ended, gap) = std::thread::scope(|scope| -> Outcome<_> {
            let probe = scope.spawn(|| widest(address, &token, &stop));
            let (fleet, house, start, server) = (&self.fleet, &self.house, &self.start, &mut self.server);
            let restarted = fleet.write_while(address, Until::Told, || -> Outcome<Duration> {
                std::thread::sleep(Duration::from_millis(500));
                let begun = Instant::now();
                if !server.stop()?.success() {
                    return Err("it did not end with 0".into());
                }
                let ended = begun.elapsed();
                *server = start.serve(house)?;
                std::thread::sleep(Duration::from_millis(500));
                Ok(ended)
            });
            stop.store(true, Ordering::Release);
            let gap = probe.join().map_err(|_| Fault::from("the prober panicked"))?;
            Ok((restarted?.1?, gap))
        })?;
        self.tally.add(self.fleet.check(address)?);
        Ok((ended, gap))
    }

    /// kill -9 while clients write, the start: how long until the first 200.
    fn kill(&mut self) -> Outcome<Duration> {
        let address = self.server.address;
        let (_, begun) = self.fleet.write_while(address, Until::Cut, || -> Outcome<Instant> {
            std::thread::sleep(Duration::from_millis(500));
            let begun = Instant::now();
            self.server.kill()?;
            Ok(begun)
        })?;
        let begun = begun?;
        // The clients are joined before: a few milliseconds that are counted too.
        self.server = self.start.serve(&self.house)?;
        let token = self.fleet.tokens().first().ok_or("no clients")?.to_string();
        let answer = server::get(address, "/v1.0/me", Some(&token))?;
        let first = begun.elapsed();
        if answer.status != 200 {
            return Err(format!("after the kill: {} {}", answer.status, answer.words()).into());
        }
        self.tally.add(self.fleet.check(address)?);
        Ok(first)
    }
}

/// Asks again and again, each time on a new connection: the longest time between two answers 200.
fn widest(address: SocketAddr, token: &str, stop: &AtomicBool) -> Duration {
    let (mut last, mut widest) = (Instant::now(), Duration::ZERO);
    while !stop.load(Ordering::Acquire) {
        let asked = Connection::open(address, PATIENCE)
            .and_then(|mut connection| connection.send(&Request::get("/v1.0/me"), Some(token)));
        if asked.is_ok_and(|answer| answer.status == 200) {
            widest = widest.max(last.elapsed());
            last = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    widest
}
