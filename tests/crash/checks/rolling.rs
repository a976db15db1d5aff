//! Two servers on one PostgreSQL behind nginx, stopped and started again in turn under load: not one request may fail.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;
use rustix::process::Signal;

use crate::asker::{Asker, Note, ask_while};
use crate::cluster::Cluster;
use crate::fleet::{Fleet, Seen, Tally, Until, until};
use crate::house::House;
use crate::http::Connection;
use crate::nginx::{Clients, Nginx, free_port};
use crate::outcome::{Fault, Outcome, Row};
use crate::server::{PATIENCE, Server, Start};

/// Readers; the fleet's sixteen write, and all together come to the rate.
const READERS: u32 = 8;
const WRITERS: u32 = 16;
/// The goals: no longer ready, and gone (security.md §4-G).
const NOT_READY: Duration = Duration::from_millis(100);
const GONE: Duration = Duration::from_secs(10);
/// How long the upload is. Half of it comes after the door is closed.
const UPLOAD: usize = 64 * 1024;

/// Restart each of two servers in turn behind nginx, under load.
#[derive(Debug, Args)]
pub(crate) struct Rolling {
    /// How often a server is restarted.
    #[arg(long, default_value_t = 4)]
    restarts: u32,
    /// Requests a second, half of them writes.
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// An older program that runs first, and is replaced by this one in the first two restarts; nginx is told before that it goes,
    /// for release 0.1.0 does not go by itself without a cut.
    #[arg(long, value_name = "PROGRAM")]
    before: Option<PathBuf>,
}

/// What the restarts took, at most.
#[derive(Debug, Default)]
struct Took {
    not_ready: Duration,
    gone: Duration,
    uploads: u32,
    faults: Vec<String>,
}

/// One of the two: where it listens, and its process.
struct Replica {
    start: Start,
    server: Server,
}

impl Replica {
    fn start(house: &House, name: &str, program: Option<PathBuf>) -> Outcome<(Self, u16)> {
        let port = free_port()?;
        let sets = [&format!("listen=127.0.0.1:{port}"), "trusted_proxies=127.0.0.1", "server.drain_wait_s=2"];
        let sets = sets.map(ToString::to_string).to_vec();
        let mut start = Start { sets, log: Some(format!("{name}.log")), program, ..Start::default() };
        let server = start.serve(house)?;
        start.program = None;
        Ok((Self { start, server }, port))
    }

    /// SIGTERM in the middle of an upload, the end, the start.
    fn restart(&mut self, house: &House, token: &str, took: &mut Took) -> Outcome<()> {
        let mut upload = Upload::begin(self.server.address, token)?;
        let begun = Instant::now();
        self.server.signal(Signal::TERM)?;
        took.not_ready = took.not_ready.max(last_ready(&self.server, begun));
        // The door is closed by now.
        std::thread::sleep((begun + Duration::from_millis(2800)).saturating_duration_since(Instant::now()));
        match upload.end() {
            Ok(()) => took.uploads += 1,
            Err(fault) => took.faults.push(format!("upload: {fault}")),
        }
        let status = self.server.ended()?;
        took.gone = took.gone.max(begun.elapsed());
        if !status.success() {
            took.faults.push(format!("it ended with {status}"));
        }
        self.server = self.start.serve(house)?;
        let ready = until(PATIENCE, || self.server.readiness().is_ok_and(|answer| answer.status == 200));
        ready.ok_or("a server does not become ready again")?;
        Ok(())
    }
}

/// How long after `begun` a question was sent that was still answered with "ready".
fn last_ready(server: &Server, begun: Instant) -> Duration {
    let mut last = Duration::ZERO;
    until(Duration::from_secs(1), || {
        let asked = begun.elapsed();
        let ready = server.readiness().is_ok_and(|answer| answer.status == 200);
        if ready {
            last = asked;
        }
        !ready
    });
    last
}

/// A body that comes in two halves.
struct Upload(Connection);

impl Upload {
    fn begin(address: SocketAddr, token: &str) -> Outcome<Self> {
        let mut connection = Connection::open(address, PATIENCE)?;
        let head = format!(
            "PATCH /v1.0/me HTTP/1.1\r\nHost: sharehold\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {UPLOAD}\r\n\r\n"
        );
        connection.write(head.as_bytes())?;
        connection.write(&vec![b' '; UPLOAD / 2])?;
        Ok(Self(connection))
    }

    fn end(&mut self) -> Outcome<()> {
        let words = r#"{"city":"late"}"#;
        self.0.write(format!("{words:>0$}", UPLOAD / 2).as_bytes())?;
        let answer = self.0.answer()?;
        if answer.status == 200 { Ok(()) } else { Err(format!("{} {}", answer.status, answer.words()).into()) }
    }
}

/// Restarts, again and again.
pub(crate) fn run(args: &Rolling) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-rolling").tempdir()?;
    let cluster = Cluster::start_new(folder.path())?;
    let house = House::make(folder.path(), folder.path(), &cluster.url())?;
    let (one, one_port) = Replica::start(&house, "one", args.before.clone())?;
    let (two, two_port) = Replica::start(&house, "two", args.before.clone())?;
    let clients = if args.before.is_some() { Clients::Leave } else { Clients::Keep };
    let nginx = Nginx::start(folder.path(), &[one_port, two_port], clients)?;
    let mut fleet = Fleet::launch(&house, WRITERS as usize, one.server.address)?;
    fleet.pace = Duration::from_secs(1) * WRITERS * 2 / args.rate.max(1);
    let (mut replicas, mut took) = ([one, two], Took::default());
    let token = house.token("uploader")?;
    let begun = Instant::now();
    let every = Duration::from_secs(1) * READERS * 2 / args.rate.max(1);
    let readers = fleet.tokens().into_iter().cycle().take(READERS as usize);
    let readers =
        readers.map(|token| Asker { address: nginx.address, path: "/v1.0/me", token: Some(token.into()), every });
    let (reads, written) = ask_while(&readers.collect::<Vec<_>>(), || {
        fleet.write_while(nginx.address, Until::Told, || -> Outcome<()> {
            std::thread::sleep(Duration::from_secs(1));
            for (number, place) in (0..args.restarts).zip([0_usize, 1].into_iter().cycle()) {
                let replica = replicas.get_mut(place).ok_or("two servers")?;
                let old = args.before.is_some() && number < 2;
                if old {
                    nginx.reload(Some(replica.server.address.port()))?;
                }
                replica.restart(&house, &token, &mut took)?;
                if old {
                    nginx.reload(None)?;
                }
            }
            Ok(())
        })
    })?;
    let (seen, done) = written?;
    done?;
    let reads: Vec<Note> = reads.into_iter().flatten().collect();
    let answered = seen.acknowledged.load(Ordering::Relaxed) + u64::try_from(reads.len())?;
    let rate = answered / begun.elapsed().as_secs().max(1);
    let [one, _] = replicas;
    let tally = fleet.check(one.server.address)?;
    row(args, rate, &seen, &reads, &tally, &took, &nginx)
}

fn row(
    args: &Rolling,
    rate: u64,
    seen: &Seen,
    reads: &[Note],
    tally: &Tally,
    took: &Took,
    nginx: &Nginx,
) -> Outcome<Vec<Row>> {
    let refused = seen.refused.lock().map_err(|_| Fault::from("a client panicked"))?.clone();
    let writes = seen.unanswered.load(Ordering::Relaxed) + refused.values().sum::<u64>();
    let unread: Vec<&Note> = reads.iter().filter(|note| note.status != 200).collect();
    let failed = writes + u64::try_from(unread.len())?;
    let clean = failed == 0 && tally.is_clean() && took.faults.is_empty();
    if !clean {
        unread.iter().take(10).for_each(|note| eprintln!("read: {} {}", note.status, note.words));
        eprintln!("{refused:?} {:#?} {:#?}\n{}", tally.words, took.faults, nginx.said());
    }
    let held = clean && took.not_ready <= NOT_READY && took.gone <= GONE;
    let what = match args.before {
        Some(_) => "rolling upgrade of two servers behind nginx",
        None => "rolling restart of two servers behind nginx, SIGTERM in the middle of an upload",
    };
    let slowest = reads.iter().map(|note| note.took_since(note.asked)).max().unwrap_or_default();
    let result = format!(
        "{failed} failed requests of {} reads and {} writes ({rate}/s, slowest read {} ms), {}; {} of {} uploads finished; \
         not ready {} ms and gone {:.1} s after SIGTERM at most",
        reads.len() - unread.len(),
        seen.acknowledged.load(Ordering::Relaxed),
        slowest.as_millis(),
        tally.line(),
        took.uploads,
        args.restarts,
        took.not_ready.as_millis(),
        took.gone.as_secs_f64(),
    );
    Ok(vec![Row::new(what, format!("{} restarts", args.restarts), result, held)])
}
